"""Linked tables and series: keys, numbers, relations, shapes over time, and the person."""

from __future__ import annotations

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from avatars import Manager, MultiTableAvatarizer
from avatars.datasets import make_clinic, make_heartbeats
from avatars.exceptions import (
    AvatarsError,
    InvalidInputError,
    InvalidParameterError,
    InvalidTableError,
    PeopleNotKeptError,
    SensitiveWarning,
    TooFewRowsError,
)
from avatars.metrics.linked import (
    LinkedFrames,
    cross_table_correlation_difference,
    linked_privacy_metrics,
)
from avatars.metrics.series import series_metrics
from avatars.models import JobKind, Link, LinkMethod, Relations, Results

DATA = Path(__file__).parents[2] / "shared" / "data"
KEYS = {"patient": "id", "doctor": "id", "visit": "id"}
LINKS = [("patient", "id", "visit", "patient_id"), ("doctor", "id", "visit", "doctor_id")]
K = {"patient": {"k": 15}, "doctor": {"k": 5}, "visit": {"k": 15}}
METHODS = [
    LinkMethod.LINEAR_SUM_ASSIGNMENT,
    LinkMethod.MINIMUM_DISTANCE_ASSIGNMENT,
    LinkMethod.SENSITIVE_ORIGINAL_ORDER_ASSIGNMENT,
]


def clinic(n_patients: int = 120, n_doctors: int = 30, seed: int = 0) -> dict[str, pd.DataFrame]:
    return make_clinic(n_patients, n_doctors, random_state=seed)


def avatarizer(links: Any = LINKS, **changes: Any) -> MultiTableAvatarizer:
    asked = {"primary_keys": KEYS, "table_parameters": K, "random_state": 0, **changes}
    return MultiTableAvatarizer(links, **asked)


@pytest.fixture(scope="module")
def people() -> dict[str, pd.DataFrame]:
    return clinic()


@pytest.fixture(scope="module")
def released(people: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return avatarizer().fit_transform(people)


# ---- keys


def test_columns_and_dtypes_stay_and_rows_are_as_many(
    people: dict[str, pd.DataFrame], released: dict[str, pd.DataFrame]
) -> None:
    assert list(released) == list(people)
    for name, table in people.items():
        assert released[name].dtypes.equals(table.dtypes)
        assert len(released[name]) == len(table)
        assert released[name].index.equals(pd.RangeIndex(len(table)))


def test_keys_are_fresh_and_every_child_has_its_parent(
    people: dict[str, pd.DataFrame], released: dict[str, pd.DataFrame]
) -> None:
    for name, key in KEYS.items():
        assert released[name][key].is_unique
        assert not set(released[name][key]) & set(people[name][key])
    for parent, key, child, field in LINKS:
        assert released[child][field].isin(released[parent][key]).all()


def test_numbers_of_parents_with_children_stay_within_a_tenth(
    people: dict[str, pd.DataFrame], released: dict[str, pd.DataFrame]
) -> None:
    for _, _, child, field in LINKS:
        before, after = people[child][field].nunique(), released[child][field].nunique()
        assert abs(after - before) <= 0.1 * before


@pytest.mark.parametrize("method", METHODS)
def test_every_method_links_every_child(method: LinkMethod, people: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SensitiveWarning)
        found = avatarizer([(*link, method) for link in LINKS]).fit_transform(people)
    for parent, key, child, field in LINKS:
        assert found[child][field].isin(found[parent][key]).all()


def test_sensitive_method_warns_and_keeps_each_child_with_its_parents_avatar(people: Any) -> None:
    method = LinkMethod.SENSITIVE_ORIGINAL_ORDER_ASSIGNMENT
    links = [(*link, method) for link in LINKS]
    with pytest.warns(SensitiveWarning, match="'doctor' to 'visit'|'patient' to 'visit'"):
        found = avatarizer(links, shuffle=False).fit_transform(people)
    for parent, key, child, field in LINKS:
        place = {k: row for row, k in enumerate(people[parent][key])}
        expected = found[parent][key].to_numpy()[people[child][field].map(place)]
        assert (found[child][field].to_numpy() == expected).all()


def test_children_seldom_come_to_the_avatar_of_their_own_parent(people: Any) -> None:
    aligned = avatarizer(shuffle=False).fit_transform(people)
    relations = _relations()
    first, second = LinkedFrames(people, relations), LinkedFrames(aligned, relations)
    for link in relations.links:
        own = (first.rows[link] == second.rows[link]).mean()
        assert own < 6 / len(people[link.parent]) + 0.02


def test_relations_across_tables_survive(people: Any, released: Any) -> None:
    relations = _relations()
    first, second = LinkedFrames(people, relations), LinkedFrames(released, relations)
    change = cross_table_correlation_difference(first, second, "visit")
    assert change is not None and change["mean"] < 0.1
    age = released["patient"].set_index("id")["age"].reindex(released["visit"]["patient_id"])
    assert np.corrcoef(age, released["visit"]["minutes"])[0, 1] > 0.35


def _relations() -> Relations:
    links = tuple(Link(parent=p, parent_field=k, child=c, child_field=f) for p, k, c, f in LINKS)
    return Relations(tables=tuple(KEYS), primary_keys=KEYS, links=links)


# ---- seeds, copies, pickles


def test_seed_decides_everything_and_order_of_calls_nothing(people: Any, released: Any) -> None:
    again = avatarizer(n_jobs=2).fit(people).transform(people)
    other = avatarizer(random_state=1).fit_transform(people)
    for name in people:
        assert_frame_equal(again[name], released[name])
        assert not other[name].equals(released[name])


def test_runner_and_estimator_give_the_same_tables(people: Any, released: Any) -> None:
    runner = Manager().create_runner("clinic", seed=0)
    for name in ("patient", "doctor"):
        runner.add_table(name, people[name], primary_key="id")
    runner.add_table(
        "visit", people["visit"], primary_key="id", foreign_keys=["patient_id", "doctor_id"]
    )
    for link in LINKS:
        runner.add_link(*link)
    for name, parameters in K.items():
        runner.set_parameters(name, **parameters)
    runner.run([JobKind.standard], wait=True)
    for name in people:
        assert_frame_equal(runner.shuffled(name), released[name])
    first, second = runner.projections("visit")
    assert len(first) == len(second) == len(people["visit"])


def test_aligned_and_shuffled_tables_hold_the_same_rows(people: Any, released: Any) -> None:
    aligned = avatarizer(shuffle=False).fit_transform(people)
    for name, key in KEYS.items():
        first, second = (
            frame.sort_values(key).reset_index(drop=True)
            for frame in (aligned[name], released[name])
        )
        assert_frame_equal(first, second)
        assert not aligned[name].equals(released[name])


def test_pickles_and_reprs_hold_nobody(people: Any) -> None:
    marked = copy.deepcopy(people)
    marked["patient"].loc[marked["patient"].index[:60], "sex"] = "Planted"
    fitted = avatarizer(random_state=4242).fit(marked)
    stored = pickle.dumps(fitted)
    assert b"Planted" not in stored and "4242" not in repr(fitted)
    with pytest.raises(PeopleNotKeptError, match="fit again"):
        pickle.loads(stored).transform(marked)
    assert "Planted" in copy.deepcopy(fitted).transform(marked)["patient"]["sex"].to_numpy()


def test_other_tables_are_refused(people: Any) -> None:
    fitted = avatarizer().fit(people)
    with pytest.raises(InvalidParameterError, match="other tables"):
        fitted.transform(clinic(seed=1))


# ---- the person, not the row


def test_person_with_hundreds_of_rows_stays_out_of_the_release() -> None:
    rng = np.random.default_rng(0)
    patients = pd.DataFrame({"id": np.arange(400), "age": rng.integers(20, 90, 400)})
    owner = np.concatenate([np.repeat(np.arange(400), 5), np.zeros(500, dtype=int)])
    is_wild = np.arange(len(owner)) >= 2000
    visits = pd.DataFrame(
        {
            "patient": owner,
            "cost": np.where(
                is_wild, 5_000 + rng.normal(size=len(owner)), rng.normal(size=len(owner))
            ),
            "ward": np.where(is_wild, "theirs alone", rng.choice(list("abc"), len(owner))).tolist(),
        }
    )
    found = MultiTableAvatarizer(
        [("patients", "id", "visits", "patient")], k=10, random_state=0
    ).fit_transform({"patients": patients, "visits": visits})
    counts = found["visits"]["patient"].value_counts()
    assert counts.max() <= 8 and len(found["visits"]) == len(visits)
    assert "theirs alone" not in set(found["visits"]["ward"])
    assert found["visits"]["cost"].max() < 100


def test_exact_numbers_of_children_are_kept_on_request(people: Any) -> None:
    found = avatarizer(cardinality="exact").fit_transform(people)
    for _, _, child, field in LINKS:
        before, after = (frames[child][field].value_counts() for frames in (people, found))
        assert sorted(before) == sorted(after)


def test_smoothed_numbers_of_children_are_nobodys() -> None:
    tables = clinic()
    tables["visit"].loc[:59, "patient_id"] = tables["patient"]["id"].iloc[0]
    found = avatarizer().fit_transform(tables)
    # One of them is scaled and rounded up at most.
    usual = sorted(tables["visit"]["patient_id"].value_counts())[-15]
    assert found["visit"]["patient_id"].value_counts().max() <= 1.4 * usual + 1


# ---- other schemas


def test_levels_below_levels_and_many_to_many() -> None:
    rng = np.random.default_rng(0)
    tables = clinic(80, 20)
    n_visits = len(tables["visit"])
    drugs = pd.DataFrame({"code": [f"d{n}" for n in range(12)], "price": rng.integers(1, 9, 12)})
    tables["dose"] = pd.DataFrame(
        {
            "visit": tables["visit"]["id"].to_numpy()[rng.integers(0, n_visits, 300)],
            "drug": drugs["code"].to_numpy()[rng.integers(0, 12, 300)],
        }
    )
    tables["drug"] = drugs
    links = [*LINKS, ("visit", "id", "dose", "visit"), ("drug", "code", "dose", "drug")]
    found = MultiTableAvatarizer(
        links,
        reference_tables=["drug"],
        k=8,
        random_state=0,
    ).fit_transform(tables)
    assert found["dose"]["visit"].isin(found["visit"]["id"]).all()
    assert found["dose"]["drug"].isin(found["drug"]["code"]).all()
    # A table of things is released as it is, under other names.
    assert sorted(found["drug"]["price"]) == sorted(drugs["price"])
    assert not set(found["drug"]["code"]) & set(drugs["code"])


def test_table_that_is_nobodys_level_is_still_drawn() -> None:
    tables = clinic()
    found = avatarizer(individual_level=["patient"]).fit_transform(tables)
    people, avatars = tables["doctor"], found["doctor"]
    pairs = set(zip(people["field"], people["seniority"], strict=True))
    assert set(zip(avatars["field"], avatars["seniority"], strict=True)) != pairs


def test_reference_tables_belong_to_nobody_and_have_no_neighbours() -> None:
    with pytest.raises(InvalidParameterError, match="'k'.*'doctor', a reference table"):
        avatarizer(reference_tables=["doctor"]).fit(clinic())
    links = [LINKS[0], ("visit", "id", "doctor", "seniority")]
    with pytest.raises(InvalidTableError, match="'doctor' is a reference table"):
        avatarizer(links, reference_tables=["doctor"], table_parameters=None).fit(clinic())


def test_rare_levels_of_series_are_not_among_the_categories_of_the_dtype() -> None:
    tables = beats(n=60)
    states = tables["beat"]["state"].to_numpy(dtype=object)
    states[0] = "theirs alone"
    tables["beat"]["state"] = pd.Categorical(states)
    found = with_series().fit_transform(tables)["beat"]["state"]
    assert "theirs alone" not in found.cat.categories
    assert set(found.cat.categories) == {"asleep", "awake"}


def test_children_without_parents_parents_without_children_and_no_children() -> None:
    tables = clinic()
    visits = tables["visit"].astype({"patient_id": "Int64"})
    visits.loc[visits.index[:80], "patient_id"] = pd.NA
    tables["visit"] = visits
    found = avatarizer().fit_transform(tables)
    assert found["visit"]["patient_id"].dtype == "Int64"
    assert 50 < found["visit"]["patient_id"].isna().sum() < 110
    assert found["visit"]["patient_id"].dropna().isin(found["patient"]["id"]).all()
    tables["visit"] = tables["visit"].iloc[:0]
    found = avatarizer().fit_transform(tables)
    assert len(found["visit"]) == 0 and found["visit"].dtypes.equals(tables["visit"].dtypes)
    assert len(found["patient"]) == 120


@pytest.mark.parametrize("dtype", ["string", "category", "int64[pyarrow]", "Int64", "object"])
def test_keys_of_any_dtype_come_back_in_it(dtype: str) -> None:
    tables = clinic(60, 20)
    text = dtype in ("string", "category", "object")
    for name, column in (("patient", "id"), ("visit", "patient_id")):
        cells = tables[name][column]
        tables[name][column] = (cells.map("p{:04d}".format) if text else cells).astype(dtype)
    found = avatarizer(table_parameters={n: {"k": 5} for n in KEYS}).fit_transform(tables)
    for name, column in (("patient", "id"), ("visit", "patient_id")):
        assert type(found[name][column].dtype) is type(tables[name][column].dtype)
    keys = set(found["patient"]["id"].astype(object))
    assert set(found["visit"]["patient_id"].astype(object)) <= keys


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(25, 60), st.integers(0, 120))
def test_release_is_whole_whatever_the_numbers_of_children(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    parents = pd.DataFrame({"id": rng.permutation(n), "x": rng.normal(size=n)})
    children = pd.DataFrame({"p": rng.integers(0, n, m), "y": rng.normal(size=m)})
    try:
        found = MultiTableAvatarizer(
            [("parents", "id", "children", "p")], k=5, random_state=0
        ).fit_transform({"parents": parents, "children": children})
    except TooFewRowsError:
        assert children["p"].nunique() <= 5
        return
    assert len(found["children"]) == m and len(found["parents"]) == n
    assert found["children"]["p"].isin(found["parents"]["id"]).all()


# ---- bad input


def broken(change: str) -> dict[str, pd.DataFrame]:
    tables = clinic(60, 20)
    patients, visits = tables["patient"], tables["visit"]
    if change == "orphan":
        visits.loc[3, "patient_id"] = 987654
    elif change == "repeated key":
        patients.loc[3, "id"] = patients["id"].iloc[4]
    elif change == "missing key":
        tables["patient"] = patients.astype({"id": "Int64"})
        tables["patient"].loc[3, "id"] = pd.NA
    elif change == "other dtype":
        visits["patient_id"] = visits["patient_id"].map(str)
    elif change == "no column":
        del visits["patient_id"]
    elif change == "no table":
        del tables["patient"]
    elif change == "empty parent":
        tables["patient"] = patients.iloc[:0]
    return tables


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("orphan", "'patient_id' of table 'visit' has 1 cells that name no row of table 'patient'"),
        ("repeated key", "'id' is the primary key of table 'patient', but 0 .* and 1 repeat"),
        ("missing key", "'id' is the primary key of table 'patient', but 1 of its cells are miss"),
        ("other dtype", "'patient_id' of table 'visit' holds strings .* table 'patient'"),
        ("no column", "'links' names column 'patient_id', which table 'visit' doesn't have"),
        ("no table", "names table 'patient', which was not passed"),
        ("empty parent", "table 'patient' has no rows, but table 'visit' is linked to it"),
    ],
)
def test_broken_tables_are_named_and_no_key_is_shown(change: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says) as error:
        avatarizer().fit(broken(change))
    assert "987654" not in str(error.value)


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ([("patient", "id", "visit", "patient_id"), ("visit", "id", "patient", "age")], "ancestor"),
        ([("patient", "id", "patient", "age")], "ancestor"),
        ([LINKS[0], ("patient", "id", "visit", "doctor_id")], "is there already"),
        ([("patient", ["id", "sex"], "visit", "patient_id")], "composite key"),
        ([(*LINKS[0], "by lot")], "must name a method"),
        ([(*LINKS[0], "time_series")], "'visit' has no time column"),
        ([LINKS[0], ("patient", "age", "visit", "doctor_id")], "another key|primary key"),
        ("patient", "must be tuples"),
    ],
)
def test_links_that_can_not_be_are_named(links: Any, says: str) -> None:
    with pytest.raises(AvatarsError, match=says):
        avatarizer(links, table_parameters=None, primary_keys=None).fit(clinic(60, 20))


def test_error_says_which_of_the_linked_tables_it_is_about() -> None:
    wrong = {**K, "visit": {"k": 15, "exclude_variable_names": ["nowhere"]}}
    with pytest.raises(InvalidParameterError, match="'nowhere'") as error:
        avatarizer(table_parameters=wrong).fit(clinic())
    assert error.value.__notes__ == ["This is about table 'visit'."]


def test_more_neighbours_than_people_behind_the_rows_are_refused() -> None:
    with pytest.raises(TooFewRowsError, match="rows of table 'visit' belong to"):
        avatarizer(table_parameters={**K, "visit": {"k": 40}}).fit(clinic())


# ---- series


def beats(regular: bool = True, n: int = 100) -> dict[str, pd.DataFrame]:
    return make_heartbeats(n, regular=regular, random_state=0)


def with_series(**changes: Any) -> MultiTableAvatarizer:
    asked: dict[str, Any] = {"time_columns": {"beat": "at"}, "k": 10, "random_state": 0, **changes}
    return MultiTableAvatarizer([("patient", "id", "beat", "patient_id", "time_series")], **asked)


@pytest.mark.parametrize("projection", ["fpca", "flatten"])
def test_series_keep_their_shape(projection: str) -> None:
    tables = beats()
    parameters = {"beat": {"time_series_projection_type": projection}}
    found = with_series(table_parameters=parameters).fit_transform(tables)
    assert found["beat"].dtypes.equals(tables["beat"].dtypes)
    assert set(found["beat"]["at"]) == set(tables["beat"]["at"])
    figures = series_metrics(
        tables["beat"], found["beat"], id_column="patient_id", time_column="at"
    )["rate"]
    assert figures["mean_curve_difference"] < 0.1
    assert 0.9 < figures["variance_ratio"] < 1.1
    assert 0.9 < figures["autocorrelation_ratio"] < 1.1
    changes = [_change_rate(frames["beat"]) for frames in (tables, found)]
    assert abs(changes[0] - changes[1]) < 0.05


def _change_rate(frame: pd.DataFrame) -> float:
    frame = frame.sort_values(["patient_id", "at"])
    before = frame.groupby("patient_id")["state"].shift()
    return float((frame["state"] != before)[before.notna()].mean())


def test_no_avatar_has_the_series_or_the_times_of_a_person() -> None:
    tables = beats(regular=False)
    found = with_series().fit_transform(tables)
    series, times = (
        [
            {tuple(group[column]) for _, group in frames["beat"].groupby("patient_id")}
            for frames in (tables, found)
        ]
        for column in ("rate", "at")
    )
    assert not series[0] & series[1] and not times[0] & times[1]
    gaps = found["beat"].sort_values(["patient_id", "at"]).groupby("patient_id")["at"].diff()
    assert (gaps.dropna() > pd.Timedelta(0)).all()
    # Times of the source are whole minutes.
    assert (found["beat"]["at"].dt.second == 0).all()
    lengths = [frames["beat"].groupby("patient_id").size() for frames in (tables, found)]
    assert abs(lengths[0].mean() - lengths[1].mean()) < 0.15 * lengths[0].mean()


@pytest.mark.parametrize("method", ["specified", "max", "min", "mean"])
def test_every_way_of_alignment_works(method: str) -> None:
    tables = beats(regular=False, n=60)
    parameters: dict[str, Any] = {"time_series_method": method}
    if method == "specified":
        parameters["time_series_nb_points"] = 12
    found = with_series(table_parameters={"beat": parameters}).fit_transform(tables)
    assert found["beat"]["patient_id"].nunique() == 60


def test_series_without_a_table_of_people_and_with_zones_gaps_and_whole_numbers() -> None:
    frame = beats(n=60)["beat"]
    frame["at"] = frame["at"].dt.tz_localize("Europe/Paris")
    frame["rate"] = frame["rate"].round().astype("Int64")
    frame.loc[frame.sample(frac=0.1, random_state=0).index, "rate"] = pd.NA
    found = MultiTableAvatarizer(time_columns={"beat": "at"}, k=8, random_state=0)
    with pytest.raises(InvalidTableError, match="says in 0 columns whose they are"):
        found.fit({"beat": frame})
    runner = Manager().create_runner("beats", seed=0)
    runner.add_table("beat", frame, foreign_keys=["patient_id"], time_series_time="at")
    runner.run([JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics], wait=True)
    released = runner.shuffled("beat")
    assert released.dtypes.equals(frame.dtypes)
    assert 0.05 < released["rate"].isna().mean() < 0.15
    assert not set(released["patient_id"]) & set(frame["patient_id"])
    signal = runner.signal_metrics("beat")[0]
    assert 0 <= signal["pointwise_hellinger_mean"] < 0.4
    assert runner.privacy_metrics("beat")[0]["metadata"]["computation_type"] == "standalone"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("twice", "table 'beat' has 1 rows at a time .column 'at'. at which"),
        ("never", "'at' orders the series of table 'beat', but 1 of its cells are missing"),
        ("nobody", "table 'beat' holds series, but 1 of its rows belong to nobody"),
        ("words", "'at' of table 'beat' is the time of series, but holds neither"),
        ("few", "holds the series of 3 individuals"),
    ],
)
def test_broken_series_are_named(change: str, says: str) -> None:
    tables = beats(n=40)
    frame = tables["beat"]
    if change == "twice":
        frame.loc[1, "at"] = frame.loc[0, "at"]
    elif change == "never":
        frame.loc[1, "at"] = pd.NaT
    elif change == "nobody":
        frame["patient_id"] = frame["patient_id"].astype("Int64")
        frame.loc[1, "patient_id"] = pd.NA
    elif change == "words":
        frame["at"] = frame["at"].map(str)
    else:
        tables["beat"] = frame[frame["patient_id"] <= 3]
    with pytest.raises(InvalidInputError, match=says):
        with_series().fit(tables)


def test_one_point_series_and_people_without_series_are_fine() -> None:
    tables = beats(regular=False, n=80)
    frame = tables["beat"]
    frame = frame[~frame["patient_id"].isin(range(1, 21))]
    single = frame["patient_id"].isin(range(21, 41))
    frame = pd.concat([frame[~single], frame[single].drop_duplicates("patient_id")])
    tables["beat"] = frame.sample(frac=1, random_state=0)
    found = with_series().fit_transform(tables)
    lengths = found["beat"].groupby("patient_id").size()
    assert 45 <= len(lengths) <= 75 and lengths.min() == 1


# ---- published tables


@pytest.mark.skipif(not DATA.exists(), reason="the tables of the project's folder are not here")
def test_tutorial_tables_keep_links_and_relations() -> None:
    tables = {name: pd.read_csv(DATA / f"{name}.csv") for name in ("patient", "doctor", "visit")}
    links = [("patient", "p_id", "visit", "patient_id"), ("doctor", "d_id", "visit", "doctor_id")]
    keys = {"patient": "p_id", "doctor": "d_id", "visit": "visit_id"}
    found = MultiTableAvatarizer(
        links, primary_keys=keys, table_parameters=K, random_state=0
    ).fit_transform(tables)
    assert len(found["visit"]) == 300
    for parent, key, child, field in links:
        assert found[child][field].isin(found[parent][key]).all()
        before, after = tables[child][field].nunique(), found[child][field].nunique()
        assert abs(before - after) <= 0.1 * before
    relations = Relations(
        tables=tuple(keys),
        primary_keys=keys,
        links=tuple(Link(parent=p, parent_field=k, child=c, child_field=f) for p, k, c, f in links),
    )
    first, second = LinkedFrames(tables, relations), LinkedFrames(found, relations)
    change = cross_table_correlation_difference(first, second, "visit")
    assert change is not None and change["mean"] < 0.1


@pytest.mark.skipif(not DATA.exists(), reason="the tables of the project's folder are not here")
@pytest.mark.parametrize("projection", ["fpca", "flatten"])
def test_tutorial_sensors_keep_their_shape(projection: str) -> None:
    series = ("timeseries1", "timeseries2")
    tables = {name: pd.read_csv(DATA / f"sensors_{name}.csv") for name in ("vanilla", *series)}
    found = MultiTableAvatarizer(
        [("vanilla", "id", name, "id", "time_series") for name in series],
        primary_keys=dict.fromkeys(series, "primary_key"),
        time_columns=dict.fromkeys(series, "t"),
        table_parameters={name: {"time_series_projection_type": projection} for name in series},
        k=10,
        random_state=0,
    ).fit_transform(tables)
    for name in series:
        # A wild value of one person is a tenth of one sensor's variance, and doesn't come back.
        before = tables[name].copy()
        for label in before.columns[before.columns.str.startswith("sensor")]:
            by_time = before.groupby("t")[label]
            far = (before[label] - by_time.transform("median")).abs()
            before[label] = before[label].mask(far > 6 * by_time.transform("std"))
        figures = series_metrics(
            before.drop(columns="primary_key"),
            found[name].drop(columns="primary_key"),
            id_column="id",
            time_column="t",
        )
        for of_sensor in figures.values():
            assert of_sensor["mean_curve_difference"] < 0.1
            assert 0.9 < of_sensor["variance_ratio"] < 1.1
            assert 0.9 < of_sensor["autocorrelation_ratio"] < 1.1


def test_attacks_are_run_on_people_across_all_tables(people: Any) -> None:
    found = linked_privacy_metrics(people, people, _relations(), holdout=clinic(seed=1))
    attacks = found["patient"][1]["metadata"]["attacks"]
    membership = next(a for a in attacks if a["attack"].startswith("membership"))
    assert membership["value"] > 0.9
    assert all(not figures["metadata"]["attacks"] for figures in found["visit"])


def test_metrics_say_which_way_of_looking_they_are_of(people: Any) -> None:
    runner = Manager().create_runner("clinic", seed=0)
    runner.add_table("patient", people["patient"], primary_key="id")
    visits = people["visit"].drop(columns=["doctor_id"])
    runner.add_table("visit", visits, primary_key="id", foreign_keys=["patient_id"])
    runner.add_link("patient", "id", "visit", "patient_id")
    for name in ("patient", "visit"):
        runner.set_parameters(name, k=10)
    runner.run([JobKind.standard, JobKind.signal_metrics, JobKind.privacy_metrics], wait=True)
    kinds = {
        name: [
            (figures["metadata"]["computation_type"], figures["metadata"]["reference"])
            for figures in runner.privacy_metrics(name)
        ]
        for name in ("patient", "visit")
    }
    assert kinds == {
        "patient": [("standalone", None), ("to_top_enriched", "patient.id")],
        "visit": [
            ("standalone", None),
            ("to_bottom_id_propagated", "patient.id"),
            ("full_enriched", "patient.id"),
        ],
    }
    linked = runner.privacy_metrics("visit")[0]["metadata"]["linked"][0]
    assert linked["referential_integrity"] == 1.0 and linked["cardinality_similarity"] > 0.8
    assert linked["own_parent_rate"]["low"] <= linked["own_parent_rate"]["chance"] + 0.02
    assert runner.privacy_metrics("visit")[0]["metadata"]["attacks"] == []
    summary = runner.metrics_summary()
    assert ("patient.id", "privacy") in summary.columns
    assert runner.get_specific_result("visit", JobKind.standard, Results.METADATA)
