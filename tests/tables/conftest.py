"""The dtype matrix: one short column of every kind that a table may have."""

from __future__ import annotations

import datetime
import decimal
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

try:
    import pyarrow as pa
except ImportError:
    pa = None

N = 24
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
WHOLE = [(7 * i) % 11 for i in range(N)]
WORDS = [("red", "Grün", "blue", "")[i % 4] for i in range(N)]
DAYS = pd.date_range("1985-03-01", periods=N, freq="97D")
HOURS = pd.date_range("2021-01-05 07:00", periods=N, freq="371h")


def with_gaps(cells: Any, gap: Any = None) -> list[Any]:
    return [gap if i % 5 == 2 else cell for i, cell in enumerate(cells)]


def of(cells: Any, dtype: Any) -> Callable[[], pd.Series]:
    return lambda: pd.Series(cells, dtype=dtype)


def moments(index: Any, dtype: str) -> Callable[[], pd.Series]:
    return lambda: pd.Series(index).astype(dtype)


def big_integers() -> pd.Series:
    return pd.Series([2**62 + 3 + i for i in WHOLE])


COLUMNS: dict[str, Callable[[], pd.Series]] = {
    **{
        name: of(WHOLE, name)
        for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    },
    **{name: of(with_gaps(WHOLE), name) for name in ("Int8", "Int32", "Int64", "UInt64")},
    "int64 beyond 2**53": big_integers,
    "int64, both ends": of([-(2**63), 2**63 - 1] * (N // 2), "int64"),
    "uint64 near 2**64": of([2**64 - 1 - i for i in WHOLE], "uint64"),
    "Int64 beyond 2**53": of(with_gaps([-(2**62) - i for i in WHOLE]), "Int64"),
    "int64, big-endian": lambda: pd.Series(np.array(WHOLE, dtype=">i8")),
    "float16": of(np.array(WHOLE) / 4, "float16"),
    "float32": of(with_gaps([i + 0.1 for i in WHOLE], np.nan), "float32"),
    "float64": of(with_gaps([i + 0.01 for i in WHOLE], np.nan), "float64"),
    "float64, all digits": of(np.sqrt(np.arange(N) + 0.5), "float64"),
    "float64, whole": of(with_gaps(WHOLE, np.nan), "float64"),
    "float64, huge": of([1e300 * (1 + i) for i in WHOLE], "float64"),
    "float64, tiny": of([1e-300 * (1 + i) for i in WHOLE], "float64"),
    "float64, all missing": of([np.nan] * N, "float64"),
    "longdouble": of([i + 0.5 for i in WHOLE], np.longdouble),
    "Float32": of(with_gaps([i + 0.1 for i in WHOLE]), "Float32"),
    "Float64": of(with_gaps([i + 0.25 for i in WHOLE]), "Float64"),
    "bool": of([i % 3 == 0 for i in range(N)], "bool"),
    "boolean": of(with_gaps([i % 3 == 0 for i in range(N)]), "boolean"),
    "boolean, all missing": of([pd.NA] * N, "boolean"),
    "str": of(WORDS, "str"),
    "object str": of(with_gaps(WORDS), object),
    "object str, NaN": of(with_gaps(WORDS, np.nan), object),
    "string[python]": of(with_gaps(WORDS), "string[python]"),
    "object bool": of(with_gaps([True, False] * (N // 2)), object),
    "object int": of(with_gaps(WHOLE), object),
    "object int beyond 64 bits": of([2**70 + i for i in WHOLE], object),
    "object float": of(with_gaps([i + 0.5 for i in WHOLE], pd.NA), object),
    "object Decimal": of(with_gaps([decimal.Decimal(i) / 4 for i in WHOLE]), object),
    "object date": of(with_gaps([day.date() for day in DAYS]), object),
    "object datetime": of(with_gaps([hour.to_pydatetime() for hour in HOURS]), object),
    "object datetime, year 9999": of([datetime.datetime(9999, 1, 1 + i) for i in WHOLE], object),
    "object datetime with zone": of(
        [datetime.datetime(2021, 1 + i, 1, 12, tzinfo=PARIS) for i in WHOLE], object
    ),
    "object Timestamp": of([pd.Timestamp(hour) for hour in HOURS], object),
    "object Timestamp with zone": of(list(HOURS.tz_localize("UTC")), object),
    "object timedelta": of([datetime.timedelta(hours=i) for i in WHOLE], object),
    "object Timedelta": of([pd.Timedelta(i, unit="h") for i in WHOLE], object),
    "object bytes": of([b"red" if i % 2 else b"blue" for i in range(N)], object),
    "object mixed": of([(1, "1", 1.0, True, None, "b")[i % 6] for i in range(N)], object),
    "object, all missing": of([None] * N, object),
    "category": lambda: pd.Series(
        pd.Categorical(with_gaps(WORDS), categories=["blue", "red", "never", "Grün", ""])
    ),
    "category, ordered": lambda: pd.Series(
        pd.Categorical(WORDS, categories=["", "blue", "red", "Grün"], ordered=True)
    ),
    "category of int": of(with_gaps(WHOLE), "category"),
    "category of dates": of(list(DAYS[:4]) * (N // 4), "category"),
    "category of intervals": lambda: pd.Series(pd.cut(pd.Series(WHOLE), 3)),
    "category of nothing": of([None] * N, "category"),
    **{f"datetime64[{u}]": moments(HOURS, f"datetime64[{u}]") for u in ("s", "ms", "us", "ns")},
    "datetime64, whole days": moments(with_gaps(DAYS, pd.NaT), "datetime64[ns]"),
    "datetime64, year 9000": of(np.array(["9000-01-01", "9001-05-06"] * 12, "M8[s]"), "M8[s]"),
    "datetime64, all missing": of([pd.NaT] * N, "datetime64[ns]"),
    "datetime64 with zone": lambda: pd.Series(HOURS.tz_localize("Europe/Paris")),
    "datetime64[s, offset]": moments(HOURS.tz_localize("+02:00"), "datetime64[s, UTC+02:00]"),
    **{
        f"timedelta64[{u}]": moments(pd.to_timedelta(WHOLE, unit="h"), f"timedelta64[{u}]")
        for u in ("s", "ns")
    },
    "period[M]": lambda: pd.Series(pd.period_range("2001-01", periods=N, freq="M")),
    "period[D], gaps": lambda: pd.Series(
        pd.PeriodIndex(with_gaps(pd.period_range("2001-01-01", periods=N)), freq="D")
    ),
}

if pa is not None:
    CENTS = [decimal.Decimal(i) / 4 for i in WHOLE]
    ARROW = {
        "int8": (WHOLE, pa.int8()),
        "int64": ([2**62 + i for i in WHOLE], pa.int64()),
        "uint64": ([2**64 - 1 - i for i in WHOLE], pa.uint64()),
        "float": ([i + 0.1 for i in WHOLE], pa.float32()),
        "double": ([i + 0.01 for i in WHOLE], pa.float64()),
        "bool": ([i % 3 == 0 for i in range(N)], pa.bool_()),
        "string": (WORDS, pa.string()),
        "large_string": (WORDS, pa.large_string()),
        "dictionary": (WORDS, pa.dictionary(pa.int8(), pa.string())),
        "ordered dictionary": (WORDS, pa.dictionary(pa.int32(), pa.string(), ordered=True)),
        "decimal128": (CENTS, pa.decimal128(12, 4)),
        "decimal256": (CENTS, pa.decimal256(50, 2)),
        "date32": ([day.date() for day in DAYS], pa.date32()),
        "date64": ([day.date() for day in DAYS], pa.date64()),
        "time32": ([datetime.time(i) for i in WHOLE], pa.time32("s")),
        "time64": ([datetime.time(i, 30) for i in WHOLE], pa.time64("us")),
        "duration": ([datetime.timedelta(hours=i) for i in WHOLE], pa.duration("ms")),
        "timestamp": (list(HOURS), pa.timestamp("s")),
        "timestamp with zone": (
            list(HOURS.tz_localize("Europe/Paris")),
            pa.timestamp("us", "Europe/Paris"),
        ),
        "timestamp with offset": (list(HOURS.tz_localize("UTC")), pa.timestamp("ns", "+05:30")),
        "null": ([None] * N, pa.null()),
    }

    def arrow_column(cells: list[Any], dtype: pa.DataType) -> Callable[[], pd.Series]:
        return lambda: pd.Series(
            pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(with_gaps(cells), dtype)]))
        )

    COLUMNS |= {f"arrow {name}": arrow_column(*pair) for name, pair in ARROW.items()}
    COLUMNS["arrow decimal, sliced"] = lambda: arrow_column(
        [decimal.Decimal(-1)] * 2 + CENTS, pa.decimal128(12, 2)
    )()[2:]
    COLUMNS["string[pyarrow]"] = of(with_gaps(WORDS), "string[pyarrow]")


@pytest.fixture(params=COLUMNS, ids=str)
def column(request: pytest.FixtureRequest) -> pd.Series:
    """One column of the matrix, 24 rows long."""
    return COLUMNS[request.param]()


@pytest.fixture
def mixed() -> pd.DataFrame:
    """The whole matrix side by side."""
    return pd.DataFrame({name: make().reset_index(drop=True) for name, make in COLUMNS.items()})
