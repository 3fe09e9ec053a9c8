"""Invented identifiers: what they look like, and that no person can be read from them."""

from __future__ import annotations

import importlib.util
import re
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from avatars.config import ColumnConfig, Config, TableConfig
from avatars.datasets import make_patients
from avatars.exceptions import (
    InvalidColumnError,
    InvalidTableError,
    MissingExtraError,
)
from avatars.jobs import Sources, execute
from avatars.models import JobKind, PiiType, Pseudonymization, Results
from avatars.pseudonyms import pseudonymize

N = 400
needs_faker = pytest.mark.skipif(
    importlib.util.find_spec("faker") is None, reason="needs the extra 'pseudonyms'"
)
how = Pseudonymization.checked
KINDS = {
    "HASH_SHA256": (how(kind="HASH_SHA256"), "[0-9a-f]{64}"),
    "UUID4": (
        how(kind="UUID4"),
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    "INTEGER": (how(kind="INTEGER"), "[1-9][0-9]{9}"),
    "SPECIFIC_ID": (how(kind="SPECIFIC_ID", pattern="Z-AA9999"), "Z-[A-Z]{2}[0-9]{4}"),
    "lower": (
        how(kind="SPECIFIC_ID", pattern="AAAA.99", letter_case="lower"),
        r"[a-z]{4}\.[0-9]{2}",
    ),
    "both": (how(kind="SPECIFIC_ID", pattern="AAAAAA", letter_case="both"), "[A-Za-z]{6}"),
}
FAKED = {
    PiiType.EMAIL: r"[\w.]+@example\.(com|org|net)",
    PiiType.FIRST_NAME: r"[A-Z]\w+",
    PiiType.LAST_NAME: r"[A-Z][\w']+",
    PiiType.FULL_NAME: r"[A-Z]\w+ [A-Z][\w']+",
    PiiType.PHONE: r"\+1-[1-9]\d\d-555-01\d\d",
    PiiType.SSN: r"\d{3}-\d{2}-\d{4}",
    PiiType.ADDRESS: r"[^\n]+ \d{5}",
    PiiType.FREE_TEXT: r"[A-Z][^\n]+\.",
}


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [f"P{i:04d}" for i in range(N)],
            "age": np.arange(N) % 70 + 18,
            "doctor": [f"Dr {i % 8}" for i in range(N)],
        }
    )


def released(people: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return people.drop(columns=list(columns)).iloc[::-1].reset_index(drop=True)


def invented(
    people: pd.DataFrame, column: str, rule: Pseudonymization, seed: int | None = 0
) -> pd.Series:
    return pseudonymize(people, released(people, column), {column: rule}, seed=seed)[column]


@pytest.mark.parametrize("name", KINDS)
def test_keys_stay_keys_of_the_kind_that_is_asked_for(people: pd.DataFrame, name: str) -> None:
    rule, shape = KINDS[name]
    ids = invented(people, "id", rule)
    assert ids.is_unique
    assert ids.astype(str).str.fullmatch(shape).all()
    assert ids.dtype == ("int64" if name == "INTEGER" else people["id"].dtype)


@pytest.mark.parametrize("name", KINDS)
def test_seed_decides_and_none_never_gives_the_same(people: pd.DataFrame, name: str) -> None:
    rule, _ = KINDS[name]
    same, again, other = (invented(people, "id", rule, seed) for seed in (3, 3, 4))
    pd.testing.assert_series_equal(same, again)
    for ids in (other, invented(people, "id", rule, None), invented(people, "id", rule, None)):
        assert (same != ids).mean() > 0.9
        same = ids


def test_columns_come_in_the_order_of_the_people_and_the_rest_is_untouched(
    people: pd.DataFrame,
) -> None:
    people["note"] = pd.Series(["a"] * N, dtype=object)
    frame = released(people, "id", "doctor")
    before = frame.copy(deep=True)
    rules = {"doctor": how(kind="UUID4"), "id": how(kind="INTEGER")}
    result = pseudonymize(people, frame, rules, seed=0)
    assert list(result) == list(people)
    pd.testing.assert_frame_equal(result[["age", "note"]], frame)
    pd.testing.assert_frame_equal(frame, before)


def test_columns_are_drawn_apart(people: pd.DataFrame) -> None:
    people["card"] = people["id"].str.replace("P", "C")
    frame, rule = released(people, "id", "card"), how(kind="UUID4")
    constant = how(kind="CONSTANT", value="none")
    one = pseudonymize(people, frame, {"id": rule, "card": constant}, seed=0)
    two = pseudonymize(people, frame, {"card": rule, "id": rule}, seed=0)
    pd.testing.assert_series_equal(one["id"], two["id"])
    assert set(two["id"]).isdisjoint(two["card"])


@pytest.mark.parametrize(("value", "dtype"), [("gone", None), (7, "int64"), (0.5, "float64")])
def test_constant_fills_every_cell(people: pd.DataFrame, value: Any, dtype: str | None) -> None:
    people.loc[:50, "id"] = None
    ids = invented(people, "id", how(kind="CONSTANT", value=value))
    assert ids.tolist() == [value] * N
    assert ids.dtype == (dtype or people["id"].dtype)


class TestPeople:
    """What a reader of the release, even one who has the seed, can learn about a person."""

    def test_identifiers_of_the_people_decide_nothing_about_who_gets_what(
        self, people: pd.DataFrame
    ) -> None:
        # The same identifiers in the hands of other persons: were a pseudonym made from a
        # person's identifier, the pseudonyms of the two releases would be those of the same set.
        ids = invented(people, "id", how(kind="HASH_SHA256"))
        swapped = people.assign(id=people["id"].to_numpy()[::-1])
        assert set(ids).isdisjoint(invented(swapped, "id", how(kind="HASH_SHA256")))

    @pytest.mark.parametrize("name", KINDS)
    def test_pseudonyms_dont_follow_the_order_of_the_people(
        self, people: pd.DataFrame, name: str
    ) -> None:
        ids = invented(people, "id", KINDS[name][0])
        order = np.argsort(np.argsort(ids.astype(str).to_numpy()))
        # Five standard deviations of the correlation of two random orders.
        assert abs(np.corrcoef(order, np.arange(N))[0, 1]) < 5 / np.sqrt(N)

    @pytest.mark.parametrize("kind", ["UUID4", "INTEGER", "HASH_SHA256"])
    def test_rows_at_the_same_place_of_two_frames_arent_linked(
        self, people: pd.DataFrame, kind: str
    ) -> None:
        frame = released(people, "id")
        shuffled = frame.sample(frac=1, random_state=0, ignore_index=True)
        one, two = (
            pseudonymize(people, rows, {"id": how(kind=kind)}, seed=0)["id"]
            for rows in (frame, shuffled)
        )
        assert set(one).isdisjoint(two)

    def test_release_and_seed_without_the_people_dont_repeat_the_draws(
        self, people: pd.DataFrame
    ) -> None:
        # The attacker would see which draws were passed over because a person has them.
        frame, rule = released(people, "id"), {"id": how(kind="SPECIFIC_ID", pattern="A9999")}
        real = pseudonymize(people, frame, rule, seed=0)["id"]
        decoy = people.assign(id=[f"Q{i:04d}" for i in range(N)])
        assert (pseudonymize(decoy, frame, rule, seed=0)["id"] != real).mean() > 0.9

    @pytest.mark.parametrize("spelled", ["A-{}", "a{}", " A 00{}", "{}"])
    def test_no_pseudonym_is_a_value_of_the_people_however_it_is_spelled(
        self, people: pd.DataFrame, spelled: str
    ) -> None:
        taken = [f"{i:03d}" for i in range(N)]
        people["id"] = [spelled.format(number) for number in taken]
        pattern = "999" if spelled == "{}" else ("A-00999" if "00" in spelled else "A-999")
        rule = how(kind="SPECIFIC_ID", pattern=pattern)
        ids = pseudonymize(people, released(people, "id").head(40), {"id": rule}, seed=0)["id"]

        def plain(cell: str) -> str:
            return re.sub("[^a-z0-9]", "", cell.lower())

        assert {plain(cell) for cell in ids}.isdisjoint(map(plain, people["id"]))
        assert len(ids) == 40

    def test_numbers_are_avoided_whatever_their_dtype(self) -> None:
        people = pd.DataFrame({"id": np.arange(600.0), "age": 1})
        rule = how(kind="SPECIFIC_ID", pattern="0999")
        ids = pseudonymize(people, people[["age"]].head(100), {"id": rule}, seed=0)["id"]
        assert ids.astype(int).min() >= 600

    def test_value_of_another_replaced_column_is_avoided(self, people: pd.DataFrame) -> None:
        people["deputy"] = [f"{i % 500:03d}" for i in range(N)]
        people["code"] = [f"{i:03d}" for i in range(600, 600 + N)]
        rule = how(kind="SPECIFIC_ID", pattern="999")
        frame = released(people, "deputy", "code").head(30)
        result = pseudonymize(people, frame, {"deputy": rule, "code": rule}, seed=0)
        there = set(people["deputy"]) | set(people["code"])
        assert there.isdisjoint(result["deputy"])
        assert there.isdisjoint(result["code"])

    def test_absence_from_the_release_doesnt_tell_who_is_there(self) -> None:
        # Everything that the release may use is used, again and again: what never comes is
        # people's, or was left out by chance.
        people = pd.DataFrame({"id": [f"{i:03d}" for i in range(0, 200, 2)] * 2, "age": range(200)})
        rule = how(kind="SPECIFIC_ID", pattern="999")
        frame = people[["age"]].head(150)
        seen: set[str] = set()
        for seed in range(60):
            seen |= set(pseudonymize(people, frame, {"id": rule}, seed=seed)["id"])
        absent = {f"{i:03d}" for i in range(1000)} - seen
        assert set(people["id"]) <= absent
        others = absent - set(people["id"])
        assert 0.4 < len(others) / 900 < 0.6

    def test_levels_of_a_category_stay_at_home(self, people: pd.DataFrame) -> None:
        people["id"] = people["id"].astype("category")
        ids = invented(people, "id", how(kind="UUID4"))
        assert isinstance(ids.dtype, pd.CategoricalDtype)
        assert set(ids.cat.categories).isdisjoint(people["id"].cat.categories)


class TestGroups:
    def test_groups_are_about_as_large_as_the_people_s(self, people: pd.DataFrame) -> None:
        sizes = invented(people, "doctor", how(kind="UUID4", consistent=True)).value_counts()
        assert 6 <= len(sizes) <= 11
        # People's doctors have 50 each: Poisson noise around it, the last group cut short.
        assert sizes.iloc[:-1].between(15, 85).all()
        assert sizes.iloc[:-1].nunique() > 1

    def test_members_of_a_group_are_drawn_at_random(self, people: pd.DataFrame) -> None:
        # Sorted by doctor: members in a row, or those of the same doctor, would differ by group.
        people["age"] = np.sort(people["age"])
        people["doctor"] = np.sort(people["doctor"])
        frame = people.drop(columns="doctor")
        doctors = pseudonymize(people, frame, {"doctor": how(kind="UUID4")}, seed=0)["doctor"]
        assert people["age"].groupby(people["doctor"]).mean().std() > 15
        assert people["age"].groupby(doctors).mean().std() < 8

    def test_each_row_has_its_own_when_not_consistent(self, people: pd.DataFrame) -> None:
        assert invented(people, "doctor", how(kind="UUID4", consistent=False)).is_unique

    def test_keys_stay_keys_when_more_rows_are_released_than_people(
        self, people: pd.DataFrame
    ) -> None:
        frame = pd.concat([released(people, "id")] * 3, ignore_index=True)
        result = pseudonymize(people, frame, {"id": how(kind="INTEGER")}, seed=0)
        assert result["id"].is_unique
        assert len(result) == 3 * N

    @pytest.mark.parametrize("kind", ["UUID4", "INTEGER"])
    def test_gaps_are_about_as_many_and_elsewhere(self, people: pd.DataFrame, kind: str) -> None:
        people.loc[: N // 4 - 1, "id"] = None
        ids = invented(people, "id", how(kind=kind))
        assert 0.15 < ids.isna().mean() < 0.35
        assert 0 < ids.iloc[-N // 4 :].isna().mean() < 0.5
        assert ids.dropna().is_unique
        assert ids.dtype == ("Int64" if kind == "INTEGER" else people["id"].dtype)

    @pytest.mark.parametrize("gaps", [1, 4])
    def test_gap_of_a_few_isnt_shown(self, people: pd.DataFrame, gaps: int) -> None:
        people.loc[: gaps - 1, "id"] = None
        assert all(
            invented(people, "id", how(kind="UUID4"), seed).notna().all() for seed in range(5)
        )

    def test_column_without_any_value_stays_empty(self, people: pd.DataFrame) -> None:
        people["id"] = pd.Series([None] * N, dtype=people["id"].dtype)
        assert invented(people, "id", how(kind="UUID4")).isna().all()


@pytest.mark.parametrize(
    "dtype", ["object", "string", "category", "string[pyarrow]", "large_string[pyarrow]"]
)
def test_text_keeps_its_dtype(people: pd.DataFrame, dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    people["id"] = people["id"].astype(dtype)
    ids = invented(people, "id", how(kind="UUID4"))
    assert isinstance(ids.dtype, type(people["id"].dtype))
    if dtype != "category":
        assert ids.dtype == people["id"].dtype


@pytest.mark.parametrize("dtype", ["int32", "uint64", "Int64", "float64", "datetime64[ns]"])
def test_other_dtypes_become_what_is_invented(people: pd.DataFrame, dtype: str) -> None:
    people["id"] = pd.Series(np.arange(N)).astype(dtype)
    text = invented(people, "id", how(kind="UUID4"))
    assert text.dtype == pd.Series(["a"]).dtype
    assert invented(people, "id", how(kind="INTEGER")).dtype == (
        "Int64" if dtype == "Int64" else "int64"
    )


def test_cells_of_several_kinds_are_replaced(people: pd.DataFrame) -> None:
    people["id"] = pd.Series([[1], {"a": 2}, 3, "4", b"5", None, 7.5, True] * (N // 8))
    ids = invented(people, "id", how(kind="UUID4"))
    assert ids.dropna().str.len().eq(36).all()


class TestErrors:
    def test_pattern_that_runs_out_is_refused(self, people: pd.DataFrame) -> None:
        with pytest.raises(InvalidColumnError, match="lengthen the pattern") as error:
            invented(people, "id", how(kind="SPECIFIC_ID", pattern="P99"))
        assert error.value.column == "id"
        assert "P0" not in str(error.value)

    def test_pattern_that_only_people_have_is_refused(self, people: pd.DataFrame) -> None:
        people["id"] = "AB-1"
        with pytest.raises(InvalidColumnError, match="that no person has"):
            invented(people, "id", how(kind="SPECIFIC_ID", pattern="ab1"))

    @pytest.mark.parametrize(
        ("columns", "kept"),
        [
            (["phone"], ["id", "age", "doctor"]),
            (["id"], ["id", "age", "doctor"]),
            (["id"], ["age"]),
        ],
        ids=["no column of the people", "still in the release", "lost from the release"],
    )
    def test_columns_that_dont_fit_are_refused(
        self, people: pd.DataFrame, columns: list[str], kept: list[str]
    ) -> None:
        rules = {column: how(kind="UUID4") for column in columns}
        with pytest.raises(InvalidTableError, match="isn't where it should be"):
            pseudonymize(people, people[kept], rules, seed=0)

    def test_missing_faker_is_named(
        self, people: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "faker", None)
        with pytest.raises(MissingExtraError, match=r"avatars\[pseudonyms\]"):
            invented(people, "id", how(kind="FAKER", pii_type="EMAIL"))


@needs_faker
class TestFaker:
    @pytest.mark.parametrize("pii_type", PiiType, ids=lambda pii_type: pii_type.value)
    def test_inventions_look_like_what_is_asked_for(
        self, people: pd.DataFrame, pii_type: PiiType
    ) -> None:
        rule = how(kind="FAKER", pii_type=pii_type, consistent=False)
        texts = invented(people.head(60), "id", rule)
        assert texts.str.fullmatch(FAKED[pii_type]).all()
        pd.testing.assert_series_equal(texts, invented(people.head(60), "id", rule))

    @pytest.mark.parametrize("pii_type", PiiType, ids=lambda pii_type: pii_type.value)
    def test_numbers_keep_them_from_running_out(
        self, people: pd.DataFrame, pii_type: PiiType
    ) -> None:
        rule = how(kind="FAKER", pii_type=pii_type, high_variability=True)
        many = pd.concat([people] * 5, ignore_index=True)
        many["id"] = [f"P{i}" for i in range(len(many))]
        texts = invented(many, "id", rule)
        assert texts.is_unique
        if pii_type is PiiType.EMAIL:
            assert texts.str.fullmatch(FAKED[pii_type]).all()

    def test_names_that_run_out_are_refused_where_people_s_are_all_different(
        self, people: pd.DataFrame
    ) -> None:
        many = pd.concat([people] * 3, ignore_index=True)
        many["id"] = [f"P{i}" for i in range(len(many))]
        with pytest.raises(InvalidColumnError, match="high_variability=True"):
            invented(many, "id", how(kind="FAKER", pii_type="FIRST_NAME"))

    def test_names_may_repeat_where_people_s_do(self, people: pd.DataFrame) -> None:
        many = pd.concat([people] * 3, ignore_index=True)
        rule = how(kind="FAKER", pii_type="FIRST_NAME", consistent=False)
        assert 100 < invented(many, "doctor", rule).nunique() < len(many)

    def test_names_of_people_never_come(self, people: pd.DataFrame) -> None:
        from faker.providers.person.en_US import Provider

        names = list(Provider.first_names)[::2]
        people["doctor"] = [names[i % len(names)].upper() for i in range(N)]
        rule = how(kind="FAKER", pii_type="FIRST_NAME", consistent=False)
        firsts = set(invented(people, "doctor", rule).str.upper())
        assert firsts.isdisjoint(people["doctor"])


class TestRuns:
    """Through ``execute``, as a run does it."""

    @pytest.fixture
    def patients(self) -> pd.DataFrame:
        patients = make_patients(120, random_state=0)
        patients.insert(0, "record", [f"R{i:05d}" for i in range(len(patients))])
        patients.insert(3, "ward", [f"W{i % 6}" for i in range(len(patients))])
        return patients

    def run(self, patients: pd.DataFrame, seed: int | None = 0, **parameters: Any) -> Any:
        record = how(kind="HASH_SHA256")
        ward = how(kind="SPECIFIC_ID", pattern="W-A999")
        table = TableConfig(
            name="patients",
            columns=(
                ColumnConfig(field="record", primary_key=True, pseudonymization=record),
                ColumnConfig(field="ward", pseudonymization=ward),
            ),
        )
        config = Config(display_name="demo", seed=seed).with_table(table)
        config = config.with_parameters("patients", k=10, **parameters)
        return execute(JobKind.standard, config, Sources({"patients": patients}))["patients"]

    def test_release_has_inventions_in_their_places(self, patients: pd.DataFrame) -> None:
        found = self.run(patients)
        for result in (Results.SHUFFLED, Results.UNSHUFFLED):
            frame = found[result]
            assert list(frame) == list(patients)
            assert frame["record"].is_unique
            assert set(frame["record"]).isdisjoint(patients["record"])
            assert set(frame["ward"]).isdisjoint(patients["ward"])

    def test_shuffled_and_unshuffled_share_no_pseudonym(self, patients: pd.DataFrame) -> None:
        found = self.run(patients)
        shuffled, aligned = found[Results.SHUFFLED], found[Results.UNSHUFFLED]
        assert set(shuffled["record"]).isdisjoint(aligned["record"])

    def test_same_seed_gives_the_same_release(self, patients: pd.DataFrame) -> None:
        one, two = (self.run(patients)[Results.SHUFFLED] for _ in range(2))
        pd.testing.assert_frame_equal(one, two)

    def test_more_rows_than_people_have_a_key_each(self, patients: pd.DataFrame) -> None:
        found = self.run(patients, data_augmentation_strategy=2.0)
        assert len(found[Results.SHUFFLED]) > len(patients)
        assert found[Results.SHUFFLED]["record"].is_unique
