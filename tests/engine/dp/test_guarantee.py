"""Sensitivities on neighbouring tables, the accountant, and an audit that would catch a lie."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import beta, norm

from avatars.engine.dp import DpModel, PrivacyLedger, adaptive, measure
from avatars.engine.dp.accounting import epsilon_of, rho_of
from avatars.engine.dp.bought import powers
from avatars.engine.dp.measure import (
    Meter,
    counted,
    crossed,
    held,
    histogram,
    scores,
    select,
    stable_levels,
)
from avatars.engine.dp.public import Asked, PublicTable
from avatars.exceptions import InvalidColumnError, InvalidParameterError, PrivacyBudgetError
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


anything = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True)


@settings(max_examples=60)
@given(st.lists(anything, min_size=1, max_size=20), st.data())
def test_power_of_two_of_a_number_is_its_own(numbers: list[float], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(numbers) - 1))
    of = powers(np.array(numbers))
    assert (of >= 0).all() and (of < 170).all()
    assert np.array_equal(np.delete(of, gone), powers(np.delete(np.array(numbers), gone)))


@settings(max_examples=40)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=30), st.data())
def test_one_row_more_holds_one_level_more(levels: list[int], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(levels) - 1))
    there, away = held(np.array(levels)), held(np.delete(np.array(levels), gone))
    changes = [there.get(level, 0) - away.get(level, 0) for level in {*there, *away}]
    assert sorted(change for change in changes if change) == [1] * (levels[gone] >= 0)


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


TEN = PublicColumn(bounds=(0, 10))
ODD: dict[str, tuple[list[Any], Any, PublicColumn]] = {
    "numbers beside text": (
        [1, "1", 1.0, True, None, "a", Decimal(1), date(2001, 1, 1), datetime(2001, 1, 1, 5)],
        object,
        PublicColumn(categories=["1", "a"]),
    ),
    "floats": ([0.0, -0.0, np.nan, 1e300, -1e300, 5.5, 1e-300], float, TEN),
    "rounded": ([0.04, 1.25, np.nan, 7.77], float, PublicColumn(bounds=(0, 9), decimals=1)),
    "great": ([2**53 + 1, 2**53, None, 2**60], "Int64", PublicColumn(bounds=(0, 2**62))),
    "codes": ([1, 2, 3, None], "category", PublicColumn(categories=[1, 2])),
    "numbers as levels": ([0.0, -0.0, 1.0, np.nan], float, PublicColumn(categories=[0.0, 1.0])),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_cells_are_read_alike_in_any_company_or_not_at_all(kind: str) -> None:
    pool, dtype, said = ODD[kind]
    asked = Asked({"c": said}, {}, frozenset())
    generator = np.random.default_rng(0)
    read: dict[int, set[int]] = {}
    for turn in range(60):
        chosen = [turn] if turn < len(pool) else generator.choice(len(pool), 1 + turn % 5).tolist()
        table = pd.DataFrame({"c": pd.Series([pool[i] for i in chosen], dtype=dtype)})
        try:
            public = PublicTable.settled(table, asked, rho=0.0, delta=0.0, meter=Meter(1.0))
            (cells,) = public.rows(table)
        except InvalidColumnError:
            continue  # The whole fit is refused, and says so.
        for place, cell in zip(chosen, cells.tolist(), strict=True):
            read.setdefault(place, set()).add(cell)
    assert len(read) > 2 and all(len(cells) == 1 for cells in read.values())


@pytest.mark.parametrize("dtype", [object, "string", pd.ArrowDtype(pa.decimal128(9, 2))])
@pytest.mark.parametrize("said", [TEN, None])
def test_numbers_need_a_dtype_of_numbers(dtype: Any, said: PublicColumn | None) -> None:
    # Among objects, one decimal of many digits, or one date among moments, moves all the others.
    cells = [Decimal("1.50"), Decimal("2.25")] if dtype is not object else [1, Decimal("2.5")]
    values = [str(c) for c in cells] if dtype == "string" else cells
    table = pd.DataFrame({"c": pd.Series(values, dtype=dtype)})
    asked = Asked({} if said is None else {"c": said}, {"c": "float"}, frozenset())
    with pytest.raises(InvalidColumnError, match=r"'c' has dtype .* Cast it before"):
        PublicTable.settled(table, asked, rho=1.0, delta=0.0, meter=Meter(1.0))


def test_bought_level_is_spelt_the_same_whoever_comes_first() -> None:
    others = ["x"] * 500 + [1] * 500
    for first in (True, 1.0, Decimal(1), 1):
        column = pd.Series([first, *others], dtype=object)
        asked = Asked({}, {}, frozenset())
        public = PublicTable.settled(
            pd.DataFrame({"c": column}), asked, rho=5.0, delta=1e-6, meter=Meter(5.0, 1e-6)
        )
        (codec,) = (column.codec for column in public.schema.categories)
        assert list(codec.levels) == ["x"]


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-5])
def test_accountant_claims_no_less_than_is_true_of_a_gaussian(epsilon: float, delta: float) -> None:
    # Exactly, by Balle & Wang (ICML 2018, Theorem 8).
    true = _delta_of(math.sqrt(2 * rho_of(epsilon, delta)), epsilon)
    assert delta / 30 < true <= delta
    assert epsilon_of(rho_of(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-6)


@pytest.mark.parametrize("epsilon", [1e-9, 1e-6, 1e3])
def test_least_and_greatest_epsilon_are_kept_to(epsilon: float) -> None:
    assert 0 < epsilon_of(rho_of(epsilon, 1e-9), 1e-9) <= epsilon


def certain(hits: int, n: int) -> tuple[float, float]:
    """Return the interval of a share that Clopper and Pearson give at 97.5 % a side."""
    least = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    return least, float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0


def lower_bound(inside: np.ndarray, outside: np.ndarray, limit: float, delta: float) -> float:
    """Return the epsilon that 95 % confidence leaves no doubt of."""
    least, _ = certain(int((inside > limit).sum()), len(inside))
    _, most = certain(int((outside > limit).sum()), len(outside))
    return math.log((least - delta) / most) if least > delta else -math.inf


@pytest.mark.once
def test_audit_of_counts_stays_below_the_claim_and_catches_halved_noise() -> None:
    # A great delta is the claim that few runs can check most sharply.
    epsilon, delta, n = 1.0, 0.05, 10_000
    rho = rho_of(epsilon, delta)
    there, nobody = np.arange(n), np.zeros(0, dtype=np.int64)
    found = {}
    for spent in (rho, 4 * rho):
        # Each cell is one run: a table of one row there, of none here.
        one, scale = histogram(there, n, spent, Meter(spent))
        none, _ = histogram(nobody, n, spent, Meter(spent))
        found[spent] = lower_bound(one, none, round(1.4 * scale), delta)
    assert 0 < found[rho] < epsilon < found[4 * rho]


@pytest.mark.once
def test_audit_of_choices_stays_below_the_claim_and_catches_halved_noise() -> None:
    # The first error is one more, all others one less: what a row could do at worst.
    n, others = 1_000, 20
    found = {}
    for rho in (0.5, 2.0):
        one, none = (
            np.array([select(errors, rho, Meter(rho)) == 0 for _ in range(n)], dtype=float)
            for errors in ([1] + [0] * others, [0] + [1] * others)
        )
        found[rho] = lower_bound(one, none, 0.5, 0.0)
    # A choice of bounded range r costs r**2 / 8, and no two chances differ by more than exp(r).
    assert 0.5 < found[0.5] < 2.0 < found[2.0]


def test_level_of_one_row_is_named_as_rarely_as_delta_says() -> None:
    n, delta = 20_000, 0.01
    found, threshold = stable_levels(np.arange(n), 0.5, delta, Meter(0.5, delta))
    assert certain(len(found), n)[0] <= delta
    # The threshold isn't far from what delta needs: levels of two more rows pass far more often.
    often, _ = stable_levels(np.repeat(np.arange(2000), 3), 0.5, delta, Meter(0.5, delta))
    assert len(often) / 2000 > 2 * len(found) / n and threshold > 3


@pytest.mark.once
@pytest.mark.filterwarnings("ignore::avatars.exceptions.PrivacyBudgetWarning")
@pytest.mark.parametrize("noise", ["as it is", "halved"])
def test_audit_of_whole_fits(noise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every noisy count of a fit, weighed as whoever knows all others would weigh it.

    Such a sum is Gaussian with the same noise on both sides, so the errors of one threshold bound
    the distance of the two, and that an epsilon (Nasr et al., USENIX Security 2023, section 4.3).
    """
    if noise == "halved":
        honest = measure._noisy

        def careless(counts: Any, rho: float, meter: Meter) -> Any:
            noisy, scale = honest(counts, 4 * rho, Meter(9e9))
            meter.pay(rho)
            return noisy, 2 * scale  # ... and says the noise were what it should be

        monkeypatch.setattr(measure, "_noisy", careless)
    # How well the model is fitted is nobody's secret: few steps make many fits.
    for name, value in {"_STEPS": 1, "_LAST_STEPS": 1, "_DRAWN": 100}.items():
        monkeypatch.setattr(adaptive, name, value)
    epsilon, delta, n = 10.0, 1e-5, 150
    domain = {label: {"categories": ["here", "there"]} for label in "abc"}
    asked = checked(dp_epsilon=epsilon, dp_delta=delta, dp_domain=domain)
    others = [["there"] * 3] * 40
    sums = []
    for rows in ([*others, ["here"] * 3], others):
        table = pd.DataFrame(rows, columns=list("abc"))
        sums.append(np.array([_weighed(DpModel(table, asked).fit()) for _ in range(n)]))
    limit = float(np.concatenate(sums).mean())
    _, missed = certain(int((sums[0] <= limit).sum()), n)
    _, false = certain(int((sums[1] > limit).sum()), n)
    best = float(norm.isf(false) - norm.ppf(missed))
    # The epsilon of a Gaussian at that distance (Balle & Wang, ICML 2018, Theorem 8).
    found = brentq(lambda e: _delta_of(best, e) - delta, 0.0, 200.0)
    assert (found <= epsilon) == (noise == "as it is")


def _weighed(model: DpModel) -> float:
    total = 0.0
    for group, (counts, precision) in model._estimate._measured.items():
        cell = tuple(int(model._groupings[c].group[0]) for c in group)
        total += float(counts[cell] * precision[cell])
    return total


def _delta_of(distance: float, epsilon: float) -> float:
    first = norm.cdf(distance / 2 - epsilon / distance)
    return float(first - math.exp(epsilon) * norm.cdf(-distance / 2 - epsilon / distance))


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
    gone = pickle.dumps(kept)
    path.unlink()
    with pytest.raises(InvalidParameterError, match="'path'"):
        pickle.loads(gone)
    alone = PrivacyLedger(1.0, 1e-5)
    assert copy.deepcopy(alone) is alone
    # As after a fork: the process that made it would not learn of what is spent.
    alone._process += 1
    with pytest.raises(PrivacyBudgetError, match="another process"):
        alone.charge(0.001)
    with pytest.raises(TypeError, match="path"):
        pickle.dumps(alone)
