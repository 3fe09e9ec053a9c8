"""Names of columns: what they give away and what they don't."""

from __future__ import annotations

import pytest

from avatars.advice.names import names_identifier, names_known, names_person, stem, words


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("patientID", ("patient", "id")),
        ("HTTPServer", ("http", "server")),
        ("date-of.birth 2", ("date", "of", "birth", "2")),
        ("prénom", ("pr", "é", "nom")),
        (("visit", "id"), ("visit", "id")),
        (3, ("3",)),
        ("", ()),
    ],
)
def test_words(label: object, expected: tuple[str, ...]) -> None:
    assert words(label) == expected


@pytest.mark.parametrize("label", ["id", "ID", "patient_id", "idPatient", "row key", "uuid", "SSN"])
def test_identifier_is_named(label: str) -> None:
    assert names_identifier(label)


@pytest.mark.parametrize("label", ["paid", "width", "valid_until", "keyboard", "monkey", "age", ""])
def test_no_identifier_is_named(label: str) -> None:
    assert not names_identifier(label)


def test_people_are_named_by_some_names_only() -> None:
    people = ["name", "last_name", "firstName", "e-mail", "phone", "home address"]
    others = ["hospital_name", "name_length", "email_count", "addressee", ""]
    assert [label for label in people + others if names_person(label)] == people


def test_known_things_are_named_by_words_and_not_by_letters() -> None:
    assert names_known("Age at enrolment")
    assert not names_known("package")


def test_stem_leaves_what_is_identified() -> None:
    assert stem("patient_id") == stem("Patients") == stem("patientUUID") == ("patient",)
    assert stem("countries") == ("country",)
    assert stem("address") == ("address",)
    assert stem("id") == ()
