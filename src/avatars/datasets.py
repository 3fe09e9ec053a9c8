"""Generated tables about people, for examples and tests: nobody in them exists."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError

__all__ = ["make_clinic", "make_heartbeats", "make_patients"]

_SEVERITIES = ["mild", "moderate", "severe", "critical"]
_TREATMENTS = ["observation", "medication", "surgery", "rehabilitation"]
# The chance of each treatment, by severity: a hospital operates on severe cases more often.
_TREATMENT_SHARES = np.array(
    [
        [0.55, 0.35, 0.02, 0.08],
        [0.25, 0.50, 0.10, 0.15],
        [0.08, 0.42, 0.30, 0.20],
        [0.02, 0.33, 0.55, 0.10],
    ]
)
_BLOOD_GROUPS = {
    "O+": 0.38,
    "A+": 0.34,
    "B+": 0.09,
    "O-": 0.07,
    "A-": 0.06,
    "AB+": 0.03,
    "B-": 0.02,
    "AB-": 0.01,
}


def make_patients(
    n_samples: int = 500,
    *,
    missing: float = 0.05,
    random_state: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Make a mixed table about invented hospital patients.

    Numbers, ordered and unordered categories, flags, dates and gaps, tied together by a law that
    is written down below, so that an example has something to find and a test something to check.

    Parameters
    ----------
    n_samples : int, default=500
        How many patients, one row each.
    missing : float, default=0.05
        The share of cells missing from ``cholesterol`` and from ``blood_group``, between 0
        and 0.5.
    random_state : int, numpy.random.Generator or None, default=None
        Where the randomness comes from. The same int gives the same table; ``None`` draws from
        the operating system.

    Returns
    -------
    pandas.DataFrame
        One row per patient, with the columns described in the notes.

    Raises
    ------
    InvalidParameterError
        When ``n_samples`` is less than 1 or ``missing`` lies outside 0 to 0.5.

    Notes
    -----
    In the order of the columns; N(m, s) is a normal draw, logit(p) = x means that the flag is
    set with probability p.

    ``age`` : int64, years
        N(58, 17), rounded, within 18 to 95.
    ``sex`` : str
        ``female`` for 52 %, else ``male``.
    ``height`` : int64, cm
        N(177, 7) for men, N(164, 6.5) for women, less 0.1 per year of age above 50.
    ``weight`` : float64, kg, one decimal
        The body mass index, 26 exp(N(0, 0.16)) + 0.03 (age - 58) and at least 15, times the
        squared height in metres.
    ``smoker`` : bool
        logit(p) = -0.7 - 0.02 (age - 58), plus 0.4 for men.
    ``systolic`` : int64, mmHg
        100 + 0.45 age + 0.9 (bmi - 26) + 5 smoker + N(0, 11), within 80 to 230.
    ``cholesterol`` : float64, mmol/l, two decimals
        4.6 + 0.05 (bmi - 26) + 0.3 smoker - 0.0007 (age - 60)^2 + N(0, 0.8), at least 2: it rises
        with age, then falls.
    ``blood_group`` : str
        Eight groups with the uneven shares of a European population, from ``O+`` (38 %) to
        ``AB-`` (1 %). It depends on nothing.
    ``severity`` : ordered category
        ``mild`` < ``moderate`` < ``severe`` < ``critical``: the score
        0.03 (age - 58) + 0.02 (systolic - 126) + 0.5 smoker + N(0, 1), cut at 0.2, 1.2 and 2.3.
    ``treatment`` : str
        ``observation``, ``medication``, ``surgery`` or ``rehabilitation``, with shares that
        depend on the severity: 2 % of mild and 55 % of critical cases have surgery.
    ``admission`` : datetime64[s], whole days
        Between 2022-01-01 and 2024-12-30; winter days are likelier than summer days.
    ``n_visits`` : int64
        Poisson, with mean exp(0.1 + 0.25 severity + 0.008 (age - 58)), severity counted from 0.
    ``readmitted`` : bool
        logit(p) = -2.4 + 0.0015 (age - 55)^2 + 0.5 severity + 0.25 min(n_visits, 6), plus 1.2 for
        a smoker whose systolic pressure is above 135, less 1.0 after rehabilitation. The squared
        age, the smoker's threshold and the cap are there so that a linear model falls short.

    Cells are missing at random given what is observed: a cell of ``cholesterol`` is three times
    as likely to be missing below the age of 50, one of ``blood_group`` four times as likely
    without surgery. ``missing`` is the share over the whole table, up to chance.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> patients = make_patients(n_samples=200, random_state=0)
    >>> patients.shape
    (200, 13)
    >>> patients.columns[patients.isna().any()].tolist()
    ['cholesterol', 'blood_group']
    >>> patients["severity"].cat.categories.tolist()
    ['mild', 'moderate', 'severe', 'critical']
    """
    if n_samples < 1:
        raise InvalidParameterError("n_samples", f"must be at least 1, got {n_samples}.")
    if not 0 <= missing <= 0.5:
        raise InvalidParameterError("missing", f"must lie between 0 and 0.5, got {missing}.")
    rng = np.random.default_rng(random_state)

    age = np.clip(rng.normal(58, 17, n_samples).round(), 18, 95).astype(np.int64)
    is_man = rng.random(n_samples) >= 0.52
    height = np.where(is_man, rng.normal(177, 7, n_samples), rng.normal(164, 6.5, n_samples))
    height = (height - 0.1 * np.maximum(age - 50, 0)).round().astype(np.int64)
    bmi = np.maximum(26 * np.exp(rng.normal(0, 0.16, n_samples)) + 0.03 * (age - 58), 15)
    weight = (bmi * (height / 100) ** 2).round(1)
    smoker = _flag(rng, -0.7 - 0.02 * (age - 58) + 0.4 * is_man)
    systolic = 100 + 0.45 * age + 0.9 * (bmi - 26) + 5 * smoker + rng.normal(0, 11, n_samples)
    systolic = np.clip(systolic.round(), 80, 230).astype(np.int64)
    cholesterol = 4.6 + 0.05 * (bmi - 26) + 0.3 * smoker - 0.0007 * (age - 60) ** 2
    cholesterol = np.maximum(cholesterol + rng.normal(0, 0.8, n_samples), 2).round(2)
    blood_group = rng.choice(list(_BLOOD_GROUPS), n_samples, p=list(_BLOOD_GROUPS.values()))

    score = 0.03 * (age - 58) + 0.02 * (systolic - 126) + 0.5 * smoker
    severity = np.digitize(score + rng.normal(0, 1, n_samples), [0.2, 1.2, 2.3])
    passed = rng.random((n_samples, 1)) > _TREATMENT_SHARES.cumsum(axis=1)[severity, :-1]
    treatment = np.array(_TREATMENTS)[passed.sum(axis=1)]
    n_visits = rng.poisson(np.exp(0.1 + 0.25 * severity + 0.008 * (age - 58)))
    readmitted = _flag(
        rng,
        -2.4
        + 0.0015 * (age - 55) ** 2
        + 0.5 * severity
        + 0.25 * np.minimum(n_visits, 6)
        + 1.2 * (smoker & (systolic > 135))
        - 1.0 * (treatment == "rehabilitation"),
    )

    patients = pd.DataFrame(
        {
            "age": age,
            "sex": np.where(is_man, "male", "female").tolist(),
            "height": height,
            "weight": weight,
            "smoker": smoker,
            "systolic": systolic,
            "cholesterol": cholesterol,
            "blood_group": blood_group.tolist(),
            "severity": pd.Categorical(
                np.array(_SEVERITIES)[severity].tolist(), _SEVERITIES, ordered=True
            ),
            "treatment": treatment.tolist(),
            "admission": _admissions(rng, n_samples),
            "n_visits": n_visits.astype(np.int64),
            "readmitted": readmitted,
        }
    )
    no_cholesterol = _gaps(rng, missing, np.where(age < 50, 3.0, 1.0))
    no_blood_group = _gaps(rng, missing, np.where(treatment == "surgery", 1.0, 4.0))
    patients["cholesterol"] = patients["cholesterol"].mask(no_cholesterol)
    patients["blood_group"] = patients["blood_group"].mask(no_blood_group)
    return patients


def _flag(rng: np.random.Generator, logit: NDArray[np.float64]) -> NDArray[np.bool_]:
    chance: NDArray[np.float64] = 1 / (1 + np.exp(-logit))
    return rng.random(len(logit)) < chance


def _admissions(rng: np.random.Generator, n_samples: int) -> NDArray[np.datetime64]:
    days = np.arange(3 * 365)
    shares = 1 + 0.35 * np.cos(2 * np.pi * days / 365.25)
    drawn = rng.choice(days, n_samples, p=shares / shares.sum())
    return (np.datetime64("2022-01-01") + drawn).astype("datetime64[s]")


def _gaps(
    rng: np.random.Generator, share: float, weights: NDArray[np.float64]
) -> NDArray[np.bool_]:
    chance: NDArray[np.float64] = share * weights / weights.mean()
    return rng.random(len(weights)) < chance


def make_clinic(
    n_patients: int = 200,
    n_doctors: int = 40,
    *,
    random_state: int | np.random.Generator | None = None,
) -> dict[str, pd.DataFrame]:
    """Make three linked tables about invented visits to a clinic.

    Parameters
    ----------
    n_patients, n_doctors : int, default=200, 40
        How many people, one row each.
    random_state : int, numpy.random.Generator or None, default=None
        Where the randomness comes from; ``None`` draws from the operating system.

    Returns
    -------
    dict of {str: DataFrame}
        ``patient`` (``id``, ``age``, ``sex``, ``weight``), ``doctor`` (``id``, ``field``,
        ``seniority``) and ``visit`` (``id``, ``patient_id``, ``doctor_id``, ``minutes``, ``exam``,
        ``on``).

    Raises
    ------
    InvalidParameterError
        If there is nobody to make.

    Notes
    -----
    Older patients come more often (a Poisson number with mean 1 + (age - 20) / 20) and stay longer
    (10 minutes and a quarter of one per year). Half of the time they see a doctor of the field
    that people of their age need, else anybody. The exam goes with the field: four in five visits
    get the one that is usual there.

    Examples
    --------
    >>> from avatars.datasets import make_clinic
    >>> clinic = make_clinic(random_state=0)
    >>> {name: table.shape[1] for name, table in clinic.items()}
    {'patient': 4, 'doctor': 3, 'visit': 6}
    """
    if min(n_patients, n_doctors) < 1:
        raise InvalidParameterError("n_patients", "and n_doctors must be at least 1.")
    rng = np.random.default_rng(random_state)
    age = rng.integers(20, 90, n_patients)
    patients = pd.DataFrame(
        {
            "id": rng.permutation(n_patients) + 1,
            "age": age,
            "sex": rng.choice(["female", "male"], n_patients).tolist(),
            "weight": (rng.normal(72, 11, n_patients) + 0.1 * (age - 55)).round(1),
        }
    )
    fields = np.array(["pediatrics", "surgery", "cardiology"])
    field = rng.integers(0, 3, n_doctors)
    doctors = pd.DataFrame(
        {
            "id": rng.permutation(n_doctors) + 101,
            "field": fields[field].tolist(),
            "seniority": rng.integers(1, 35, n_doctors),
        }
    )
    patient = np.repeat(np.arange(n_patients), rng.poisson(1 + (age - 20) / 20))
    needed = np.digitize(age[patient], [40, 65])
    doctor = rng.integers(0, n_doctors, len(patient))
    for which in range(3):
        able = np.flatnonzero(field == which)
        looking = np.flatnonzero((needed == which) & (rng.random(len(patient)) < 0.5))
        if len(able):
            doctor[looking] = rng.choice(able, len(looking))
    usual = np.where(
        rng.random(len(patient)) < 0.8, field[doctor], rng.integers(0, 3, len(patient))
    )
    visits = pd.DataFrame(
        {
            "id": rng.permutation(len(patient)) + 1001,
            "patient_id": patients["id"].to_numpy()[patient],
            "doctor_id": doctors["id"].to_numpy()[doctor],
            "minutes": (10 + age[patient] / 4 + rng.exponential(5, len(patient))).round(),
            "exam": np.array(["growth", "scan", "ecg"])[usual].tolist(),
            "on": np.datetime64("2024-01-01", "s")
            + rng.integers(0, 366, len(patient)).astype("timedelta64[D]"),
        }
    )
    order = rng.permutation(len(visits))
    return {
        "patient": patients,
        "doctor": doctors,
        "visit": visits.take(order).reset_index(drop=True),
    }


def make_heartbeats(
    n_patients: int = 120,
    *,
    regular: bool = True,
    random_state: int | np.random.Generator | None = None,
) -> dict[str, pd.DataFrame]:
    """Make a table of invented patients and a table of their series.

    Parameters
    ----------
    n_patients : int, default=120
        How many people, one row each in the first table.
    regular : bool, default=True
        Whether all are measured at the same 24 hours. Otherwise each has a start, a number of
        points (from 8 to 30) and times of its own.
    random_state : int, numpy.random.Generator or None, default=None
        Where the randomness comes from; ``None`` draws from the operating system.

    Returns
    -------
    dict of {str: DataFrame}
        ``patient`` (``id``, ``age``, ``smoker``) and ``beat`` (``patient_id``, ``at``, ``rate``,
        ``state``).

    Raises
    ------
    InvalidParameterError
        If there is nobody to make.

    Notes
    -----
    A rate is 60 beats, a fifth of one per year of age, 8 for smokers, a daily wave whose height
    differs by person, and a noise that forgets half of itself from point to point. People are
    "awake" while their wave is above zero.

    Examples
    --------
    >>> from avatars.datasets import make_heartbeats
    >>> tables = make_heartbeats(random_state=0)
    >>> tables["beat"].shape
    (2880, 4)
    """
    if n_patients < 1:
        raise InvalidParameterError("n_patients", "must be at least 1.")
    rng = np.random.default_rng(random_state)
    age, smoker = rng.integers(20, 90, n_patients), rng.random(n_patients) < 0.3
    ids = rng.permutation(n_patients) + 1
    height, phase = rng.normal(12, 3, n_patients), rng.normal(0, 0.4, n_patients)
    parts = []
    for person in range(n_patients):
        n_points = 24 if regular else int(rng.integers(8, 31))
        hours = np.arange(24.0)
        if not regular:
            hours = np.sort(rng.choice(24 * 60, n_points, replace=False)) / 60
        wave = np.sin(2 * np.pi * (hours - 8) / 24 + phase[person])
        noise = rng.normal(0, 2, n_points)
        for point in range(1, n_points):
            noise[point] += 0.5 * noise[point - 1]
        rate = 60 + age[person] / 5 + 8 * smoker[person] + height[person] * wave + noise
        start = np.datetime64("2024-03-01", "s")
        if not regular:
            start = start + np.timedelta64(int(rng.integers(0, 90)), "D")
        parts.append(
            pd.DataFrame(
                {
                    "patient_id": ids[person],
                    "at": start + (hours * 3600).round().astype("timedelta64[s]"),
                    "rate": rate.round(1),
                    "state": np.where(wave > 0, "awake", "asleep").tolist(),
                }
            )
        )
    patients = pd.DataFrame({"id": ids, "age": age, "smoker": smoker})
    return {"patient": patients, "beat": pd.concat(parts, ignore_index=True)}
