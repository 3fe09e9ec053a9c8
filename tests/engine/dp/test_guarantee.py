"""Sensitivities on neighbouring tables, the accountant, and an audit that would catch a lie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, norm

from avatars.engine.dp import DpModel, PrivacyLedger, measure
from avatars.engine.dp.accounting import epsilon_of, rho_of
from avatars.engine.dp.measure import Meter, counted, crossed, histogram, scores
from avatars.engine.dp.public import Asked, PublicTable
from avatars.exceptions import InvalidParameterError, PrivacyBudgetError
from avatars.models import AvatarizationParameters, PublicColumn

pytest.importorskip("opendp")
checked = AvatarizationParameters.checked
two_columns = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40)


@settings(max_examples=40)
@given(two_columns, st.data())
def test_one_row_more_changes_what_is_measured_by_one(
    rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    table = np.array(rows, dtype=np.int64)
    gone = data.draw(st.integers(0, len(rows) - 1))
    other = np.delete(table, gone, axis=0)
    expected = np.array(data.draw(st.lists(st.integers(0, 9), min_size=20, max_size=20)))
    single = [counted(t[:, 0], 4) for t in (table, other)]
    pair = [counted(*crossed([t[:, 0], t[:, 1]], [4, 5])) for t in (table, other)]
    for one, two in (single, pair):
        assert np.linalg.norm(one - two) == 1
    assert abs(scores(pair[0], expected, 3) - scores(pair[1], expected, 3)) <= 1


MESSY = pd.DataFrame(
    {
        "n": pd.array([1, None, 40, 90, 7], dtype="Int64"),
        "x": [0.5, np.nan, -3.0, 99.0, 0.0],
        "s": pd.Series(["a", None, "rare", "b", "a"], dtype=object),
        "c": pd.Categorical(["u", "v", None, "u", "w"]),
        "d": pd.to_datetime(["2001-01-01", None, "1900-05-05", "2020-02-02", "2040-01-01"]),
        "z": pd.to_datetime(["2001-06-01"] * 5).tz_localize("Europe/Paris"),
        "b": [True, False, True, True, False],
    }
)
DOMAIN: dict[Any, PublicColumn] = {
    "n": PublicColumn(bounds=(0, 50)),
    "x": PublicColumn(bounds=(-1.0, 1.0)),
    "s": PublicColumn(categories=["a", "b"]),
    "c": PublicColumn(categories=["u", "v"]),
    "d": PublicColumn(bounds=("2000-01-01", "2030-01-01")),
    "z": PublicColumn(bounds=("2000-01-01", "2030-01-01")),
}


def test_cell_of_a_row_depends_on_that_row_alone_and_cells_on_no_row() -> None:
    asked = Asked(DOMAIN, {}, frozenset())
    public, of_few = (
        PublicTable.settled(t, asked, rho=0.0, delta=0.0, meter=Meter(1.0))
        for t in (MESSY, MESSY.head(1))
    )
    assert [cell.size for cell in public.cells] == [cell.size for cell in of_few.cells]
    together = np.array(public.rows(MESSY))
    alone = [np.array(of_few.rows(MESSY.iloc[[i]].reset_index(drop=True)))[:, 0] for i in range(5)]
    assert np.array_equal(together, np.array(alone).T)
    assert all(
        (cells >= 0).all() and (cells < cell.size).all()
        for cells, cell in zip(together, public.cells, strict=True)
    )


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-5])
def test_accountant_claims_no_less_than_is_true_of_a_gaussian(epsilon: float, delta: float) -> None:
    # Exactly, by Balle & Wang (ICML 2018, Theorem 8).
    mu = math.sqrt(2 * rho_of(epsilon, delta))
    true = norm.cdf(mu / 2 - epsilon / mu) - math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu)
    assert delta / 30 < true <= delta
    assert epsilon_of(rho_of(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-6)


def lower_bound(inside: np.ndarray, outside: np.ndarray, limit: float, delta: float) -> float:
    """Return the epsilon that 95 % confidence leaves no doubt of, by Clopper and Pearson."""
    n, hits, false = len(inside), int((inside > limit).sum()), int((outside > limit).sum())
    least = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    most = float(beta.ppf(0.975, false + 1, n - false)) if false < n else 1.0
    return math.log((least - delta) / most) if least > delta else -math.inf


def test_audit_stays_below_the_claim_and_catches_halved_noise() -> None:
    epsilon, delta, n = 1.0, 1e-5, 100_000
    rho = rho_of(epsilon, delta)
    there, nobody = np.arange(n), np.zeros(0, dtype=np.int64)
    found = {}
    for spent in (rho, 4 * rho):
        # Each cell is one run: a table of one row there, of none here.
        one, scale = histogram(there, n, spent, Meter(spent))
        none, _ = histogram(nobody, n, spent, Meter(spent))
        found[spent] = max(lower_bound(one, none, t * scale, delta) for t in (2.5, 2.75, 3.0))
    assert 0 < found[rho] < epsilon < found[4 * rho]


@pytest.mark.filterwarnings("ignore::avatars.exceptions.PrivacyBudgetWarning")
@pytest.mark.parametrize("noise", ["as it is", "a twentieth"])
def test_audit_of_whole_fits(noise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if noise != "as it is":
        honest = measure._noisy
        monkeypatch.setattr(measure, "_noisy", lambda c, rho, m: honest(c, 400 * rho, Meter(9e9)))
        monkeypatch.setattr(Meter, "pay", lambda self, rho, delta=0.0: _pay_little(self, rho))
    asked = checked(dp_epsilon=1.0, dp_domain={"there": {"categories": ["yes", "no"]}})
    tables = [pd.DataFrame({"there": ["no"] * 3 + ["yes"] * yes}) for yes in (1, 0)]
    counts = [
        np.array([float(DpModel(t, asked).fit()._groupings[0].counts.sum()) for _ in range(80)])
        for t in tables
    ]
    bound = lower_bound(counts[0], counts[1], 3.5, 1e-5)
    assert (bound < 1.0) == (noise == "as it is")


def _pay_little(meter: Meter, rho: float) -> None:
    meter.spent = min(meter.rho, meter.spent + rho)


def test_meter_refuses_to_overspend() -> None:
    meter = Meter(1.0)
    meter.pay(0.9)
    with pytest.raises(PrivacyBudgetError):
        meter.pay(0.2)
    with pytest.raises(PrivacyBudgetError):
        meter.pay(0.05, 1e-9)
    assert meter.left == pytest.approx(0.1)


# ---- ledger


@pytest.fixture(params=["memory", "file"])
def ledger(request: pytest.FixtureRequest, tmp_path: Any) -> PrivacyLedger:
    return PrivacyLedger(1.0, 1e-5, tmp_path / "a.ledger" if request.param == "file" else None)


def test_ledger_composes_and_refuses_and_spends_nothing_then(ledger: PrivacyLedger) -> None:
    half = rho_of(1.0, 1e-5) / 2
    ledger.charge(half, note="first")
    ledger.charge(half * 0.999)
    with pytest.raises(PrivacyBudgetError, match="epsilon 1 at delta 1e-05"):
        ledger.charge(half)
    with pytest.raises(PrivacyBudgetError):
        ledger.charge(1e-9, delta=1e-5)
    assert [entry["note"] for entry in ledger.entries] == ["first", ""]
    assert 0.99 < ledger.epsilon_spent <= 1.0
    assert PrivacyLedger.from_json(ledger.to_json()).entries == ledger.entries


def test_threads_never_overspend_together(ledger: PrivacyLedger) -> None:
    from concurrent.futures import ThreadPoolExecutor

    share = rho_of(1.0, 1e-5) / 5.5

    def spend(_: int) -> bool:
        try:
            ledger.charge(share)
        except PrivacyBudgetError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(24))) == 5
    assert len(ledger.entries) == 5


def test_file_is_shared_and_memory_is_not_copied(tmp_path: Any) -> None:
    import copy
    import pickle

    path = tmp_path / "a.ledger"
    kept = PrivacyLedger(1.0, 1e-5, path)
    kept.charge(0.001)
    assert pickle.loads(pickle.dumps(kept)).entries == PrivacyLedger.open(path).entries != []
    with pytest.raises(InvalidParameterError, match="'path'"):
        PrivacyLedger(2.0, 1e-5, path)
    (tmp_path / "text").write_text("no ledger" * 99)
    for wrong in ("text", "nowhere"):
        with pytest.raises(InvalidParameterError, match="'path'"):
            PrivacyLedger.open(tmp_path / wrong)
    alone = PrivacyLedger(1.0, 1e-5)
    assert copy.deepcopy(alone) is alone
    with pytest.raises(TypeError, match="path"):
        pickle.dumps(alone)
