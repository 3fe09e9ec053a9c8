"""Everything that may hold a table, and back to the same kind of thing."""

from __future__ import annotations

import gzip
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    UnsupportedTypeError,
)
from avatars.tables import like_source, read_path, read_table

SOURCE = Path(__file__).parents[2] / "src"


def there_and_back(source: Any, **options: Any) -> Any:
    table = read_table(source, **options)
    rng = np.random.default_rng(0)
    frame = table.schema.frame(table.numeric, table.codes, identifiers_seed=rng)
    return like_source(frame, source)


@pytest.mark.parametrize(
    "dtype",
    ["float16", "float32", "float64", "int8", "uint64", "bool", "<U5", "S5", ">f8", "object"],
)
def test_array_comes_back_with_its_dtype(dtype: str) -> None:
    source = np.array([[1, 0], [0, 1], [1, 1]], dtype=dtype)
    before = source.copy()
    released = there_and_back(source)
    assert isinstance(released, np.ndarray)
    assert released.dtype == source.dtype
    np.testing.assert_array_equal(released, source)
    np.testing.assert_array_equal(source, before)
    assert not np.shares_memory(released, source)


def test_array_of_dates_comes_back() -> None:
    source = np.array([["2020-01-01", "NaT"], ["2020-01-05", "2021-01-01"]], dtype="M8[D]")
    released = there_and_back(source)
    assert released.dtype == source.dtype
    np.testing.assert_array_equal(released, source)


def test_array_of_objects_is_typed_column_by_column() -> None:
    source = np.array([[1, "f", 2.5], [2, None, np.nan], [2, "m", 0.5]], dtype=object)
    table = read_table(source)
    assert [column.kind for column in table.schema.columns] == ["numeric", "category", "numeric"]
    released = there_and_back(source)
    assert released.dtype == object
    assert released[:2, :2].tolist() == [[1, "f"], [2, None]]


def test_lists_keep_their_numbers_when_strings_are_among_them() -> None:
    table = read_table([[41, "f"], [50, "m"], [38, "f"]])
    assert [column.kind for column in table.schema.columns] == ["numeric", "category"]
    assert there_and_back([[1.5, 2], [2.5, 3]]).tolist() == [[1.5, 2.0], [2.5, 3.0]]


def test_object_with_an_array_inside_is_read() -> None:
    class Wrapped:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array([[1.5, 2.5], [3.5, 4.5]], dtype=dtype)

    assert read_table(Wrapped()).numeric.tolist() == [[1.5, 2.5], [3.5, 4.5]]


def test_frame_of_polars_comes_back_with_its_schema() -> None:
    pl = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    n = 12
    columns = {
        "i8": (range(n), pl.Int8),
        "u64": ([2**63 - 1 - i % 3 for i in range(n)], pl.UInt64),
        "f32": ([None, 1.5] * 6, pl.Float32),
        "bool": ([True, None, False] * 4, pl.Boolean),
        "str": (["a", "b", None] * 4, pl.String),
        "cat": (["a", "b", None] * 4, pl.Categorical),
        "enum": (["a", "b", None] * 4, pl.Enum(["b", "a"])),
        "date": ([None, *range(n - 1)], pl.Date),
        "time": ([3_600_000_000_000 * (i % 5) for i in range(n)], pl.Time),
        "ms": ([86_400_000 * i for i in range(n)], pl.Datetime("ms")),
        "zoned": ([86_400_000_000 * i for i in range(n)], pl.Datetime("us", "Europe/Paris")),
        "span": ([1_000 * (i % 4) for i in range(n)], pl.Duration("ms")),
    }
    source = pl.DataFrame(
        {name: pl.Series(list(cells)).cast(dtype) for name, (cells, dtype) in columns.items()}
    )
    released = there_and_back(source)
    assert isinstance(released, pl.DataFrame)
    assert released.schema == source.schema
    assert released.equals(source)


def test_level_is_in_no_enum_of_polars_when_it_is_not_kept() -> None:
    pl = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    cells = ["ZZSECRET", "b", "b", "c"] * 3
    source = pl.DataFrame(
        {
            "enum": pl.Series(cells, dtype=pl.Enum(["ZZSECRET", "ZZUNUSED", "b", "c"])),
            "cat": pl.Series(cells, dtype=pl.Categorical),
        }
    )
    table = read_table(source)
    codes = np.where(table.codes == 0, -1, table.codes)
    frame = table.schema.frame(
        table.numeric,
        codes,
        identifiers_seed=np.random.default_rng(0),
        kept_levels=[np.array([False, False, True, True]), np.array([False, True, True])],
    )
    released = like_source(frame, source)
    assert dict(released.schema) == {"enum": pl.Enum(["b", "c"]), "cat": pl.Categorical}
    assert b"ZZ" not in pickle.dumps(released)


def test_arrow_table_comes_back_with_its_types_and_without_metadata() -> None:
    pa = pytest.importorskip("pyarrow")
    source = pa.table(
        {
            "i": pa.array([1, None, 5], pa.int16()),
            "s": pa.array(["a", "b", None]),
            "d": pa.array(["a", "b", "a"]).dictionary_encode(),
            "t": pa.array([0, 86_400, None], pa.timestamp("s", "UTC")),
        }
    ).replace_schema_metadata({"note": "ZZSECRET"})
    released = there_and_back(source)
    assert released.equals(source.replace_schema_metadata(None))
    assert released.schema.metadata is None
    twice = pa.table([[1], [2]], names=["a", "a"])
    with pytest.raises(InvalidTableError, match="several columns named 'a'"):
        read_table(twice)


@pytest.mark.parametrize("kind", ["List", "Struct", "Binary", "Object", "Int128"])
def test_column_of_polars_is_refused_by_name(kind: str) -> None:
    pl = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    if not hasattr(pl, kind):
        pytest.skip(f"this version of polars has no {kind}")
    cells = {
        "List": lambda: pl.Series([["ZZSECRET"], ["b"]]),
        "Struct": lambda: pl.Series([{"x": "ZZSECRET"}, {"x": "b"}]),
        "Binary": lambda: pl.Series([b"ZZSECRET", b"b"]),
        "Object": lambda: pl.Series([object(), object()], dtype=pl.Object),
        "Int128": lambda: pl.Series([1, 2], dtype=pl.Int128),
    }[kind]()
    with pytest.raises(UnsupportedTypeError, match="column 'bad' ") as caught:
        read_table(pl.DataFrame({"bad": cells}))
    assert "ZZSECRET" not in str(caught.value)


def test_dictionary_in_pieces_is_read_as_one() -> None:
    pa = pytest.importorskip("pyarrow")
    pieces = [pa.array(cells).dictionary_encode() for cells in (["b", "a"], ["c", None, "a"])]
    cells = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array(pieces)))
    table = read_table(pd.DataFrame({"x": cells}))
    assert table.codes.ravel().tolist() == [1, 0, 2, -1, 0]
    numbers = pa.chunked_array([pa.array([7, 5, None, 7]).dictionary_encode()])
    released = there_and_back(pd.DataFrame({"x": pd.arrays.ArrowExtensionArray(numbers)}))
    assert released["x"].tolist() == [7, 5, pd.NA, 7]
    assert str(released["x"].dtype).startswith("dictionary<values=int64")


def test_lazy_frame_and_series_of_polars_are_refused() -> None:
    pl = pytest.importorskip("polars")
    with pytest.raises(UnsupportedTypeError, match="LazyFrame, which is no table"):
        read_table(pl.DataFrame({"a": [1]}).lazy())
    with pytest.raises(InvalidTableError, match="Reshape your data"):
        read_table(pl.Series([1, 2]))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".CSV"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_csv_is_read_whatever_separates_it(
    tmp_path: Path, separator: str, suffix: str, mark: bytes
) -> None:
    lines = [["âge", "city, or town", "note"], ["41", "Orléans", "a"], ["50", '"x;y,z|t"', ""]]
    lines[0][1] = f'"{lines[0][1]}"'
    text = "\n".join(separator.join(line) for line in lines) + "\n"
    content = mark + text.encode()
    path = tmp_path / f"people{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    frame = read_path(path)
    assert list(frame.columns) == ["âge", "city, or town", "note"]
    assert frame["âge"].tolist() == [41, 50]
    assert frame["city, or town"].tolist() == ["Orléans", "x;y,z|t"]
    assert read_table(str(path)).n_rows == 2
    assert isinstance(there_and_back(path), pd.DataFrame)


def test_csv_of_one_column_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("age\n41\n50\n", "utf-8")
    assert read_path(path)["age"].tolist() == [41, 50]


def test_parquet_is_read(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"age": [41, 50], "sex": pd.Categorical(["f", "m"])})
    path = tmp_path / "people.parquet"
    frame.to_parquet(path)
    pd.testing.assert_frame_equal(read_path(path), frame)
    path.write_bytes(b"ZZSECRET")
    with pytest.raises(InvalidTableError, match=r"'people\.parquet' can't be read") as caught:
        read_path(path)
    assert "ZZSECRET" not in repr(caught.value.__context__)


# name of the file, its content, what the message holds
FILES: dict[str, tuple[str, bytes, str]] = {
    "another encoding": ("a.csv", "nom\nZZSECRET é\n".encode("latin-1"), "'a.csv'.*UTF-8"),
    "UTF-16": ("a.csv", "nom\nZZSECRET\n".encode("utf-16"), "UTF-8"),
    "empty": ("a.csv", b"", "'a.csv' is empty"),
    "blank": ("a.csv", b"\n \n", "'a.csv' is empty"),
    "repeated header": ("a.csv", b"a,b,a\n1,2,3\n", "several columns named 'a'"),
    "long line": ("a.csv", b"a,b\n1,2\n3,4,ZZSECRET\n5,6\n", "'a.csv' isn't a table.*has 2"),
    "open quote": ("a.csv", b'a,b\n1,"ZZSECRET\n3,4\n', "isn't a table"),
    "broken gzip": ("a.csv.gz", gzip.compress(b"a,b\n1,ZZSECRET\n")[:-9], "complete gzip"),
    "no gzip": ("a.csv.gz", b"a,b\n1,ZZSECRET\n", "complete gzip"),
}


@pytest.mark.parametrize("case", FILES, ids=str)
def test_file_is_refused_without_its_content(tmp_path: Path, case: str) -> None:
    name, content, message = FILES[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidTableError, match=message) as caught:
        read_path(path)
    error: BaseException | None = caught.value
    while error is not None:
        assert "ZZSECRET" not in repr(error.args)
        error = error.__context__


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a.csv",
        "https://example.org/a.csv",
        "s3://bucket/a.parquet",
        "file:///etc/a.csv",
        "file:/etc/a.csv",
        "gs://bucket/a.csv.gz",
        Path("https://example.org/a.csv"),
    ],
)
def test_url_is_never_fetched(url: Any) -> None:
    with pytest.raises(InvalidParameterError, match="is a URL .* only files of this machine"):
        read_path(url)
    with pytest.raises(InvalidParameterError, match="is a URL"):
        read_table(url)


def test_path_is_refused_when_its_suffix_is_unknown_or_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=r"'\.xlsx'.*\.csv\.gz"):
        read_path("people.xlsx")
    with pytest.raises(FileNotFoundError):
        read_path(tmp_path / "none.csv")


WITHOUT_ARROW = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pyarrow", "polars", "narwhals"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
import numpy as np, pandas as pd
import avatars.tables as tables
from avatars.exceptions import MissingExtraError
heavy = {"pydantic", "scipy", "sklearn", "pyarrow", "polars"} & set(sys.modules)
assert not heavy, heavy
frame = pd.DataFrame({
    "i": [1, 2, 2], "s": ["a", "b", "a"], "o": pd.Series(["x", None, "x"], dtype=object),
    "t": pd.to_datetime(["2020-01-01"] * 3), "c": pd.Categorical(["u", "v", "u"]),
    "b": pd.array([True, None, False], dtype="boolean"),
})
table = tables.read_table(frame)
back = table.schema.frame(table.numeric, table.codes, identifiers_seed=np.random.default_rng(0))
pd.testing.assert_frame_equal(back, frame)
assert tables.conform(frame, table.schema).digest() == table.digest()
try:
    tables.read_path("people.parquet")
except MissingExtraError as error:
    assert "pyarrow" in str(error)
else:
    raise AssertionError
"""


def test_table_without_arrow_columns_needs_no_pyarrow() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ARROW],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
