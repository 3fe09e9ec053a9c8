"""What the name of a column gives away.

Names are hints and no proof: whoever takes one up says so in the reason, and looks at the cells
as well.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

__all__ = ["names_identifier", "names_known", "names_person", "stem", "words"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_IDENTIFIERS = frozenset(
    {
        *("id", "ids", "uid", "uuid", "guid", "pk", "fk", "key", "identifier", "ssn", "nhs"),
        *("nir", "mrn", "iban", "imei", "passport", "matricule"),
    }
)
_PERSONAL = frozenset(
    {
        *("email", "mail", "courriel", "phone", "telephone", "address", "surname"),
        *("lastname", "firstname", "fullname", "username", "nom", "prenom"),
    }
)
_WHOSE_NAME = frozenset(
    {
        *("first", "last", "full", "family", "given", "maiden", "middle", "user", "sur", "birth"),
    }
)
_KNOWN = frozenset(
    {
        *("age", "sex", "gender", "sexe", "zip", "zipcode", "postcode", "postal", "birth"),
        *("birthdate", "birthday", "dob", "naissance", "born", "country", "nationality"),
        *("nacionality", "race", "ethnicity", "marital", "occupation", "job", "profession"),
        *("education", "region", "county", "city", "town", "language", "religion"),
    }
)


def words(label: Hashable) -> tuple[str, ...]:
    """Split a label into its words, in lower case.

    Parameters
    ----------
    label : hashable
        The label of a column; the parts of a tuple count as words.

    Returns
    -------
    tuple of str
        Split at spaces, signs and between a small and a capital letter.

    Examples
    --------
    >>> from avatars.advice.names import words
    >>> words("patientID"), words("date_of.birth"), words(7)
    (('patient', 'id'), ('date', 'of', 'birth'), ('7',))
    """
    parts = label if isinstance(label, tuple) else (label,)
    return tuple(word.lower() for part in parts for word in _WORD.findall(str(part)))


def names_identifier(label: Hashable) -> bool:
    """Tell whether a name says that the column identifies something.

    Parameters
    ----------
    label : hashable
        The label of a column.

    Returns
    -------
    bool
        True where the first or the last word is one such as "id", "uuid" or "key".

    Examples
    --------
    >>> from avatars.advice.names import names_identifier
    >>> [names_identifier(name) for name in ("patient_id", "idPatient", "paid", "width")]
    [True, True, False, False]
    """
    found = words(label)
    return bool(found) and not {found[0], found[-1]}.isdisjoint(_IDENTIFIERS)


def names_person(label: Hashable) -> bool:
    """Tell whether a name says that the cells name people or say how to reach them.

    Parameters
    ----------
    label : hashable
        The label of a column.

    Returns
    -------
    bool
        True for names, addresses and numbers to call.

    Examples
    --------
    >>> from avatars.advice.names import names_person
    >>> [names_person(name) for name in ("e-mail", "Last name", "name", "hospital_name")]
    [True, True, True, False]
    """
    found = words(label)
    if not found:
        return False
    if found[-1] == "name":
        return len(found) == 1 or found[-2] in _WHOSE_NAME
    return found[-1] in _PERSONAL


def names_known(label: Hashable) -> bool:
    """Tell whether a name speaks of what others often know of a person.

    Parameters
    ----------
    label : hashable
        The label of a column.

    Returns
    -------
    bool
        True for age, sex, place, birth, trade and the like.

    Examples
    --------
    >>> from avatars.advice.names import names_known
    >>> [names_known(name) for name in ("Age at enrolment", "sex", "cholesterol")]
    [True, True, False]
    """
    return not _KNOWN.isdisjoint(words(label))


def stem(label: Hashable) -> tuple[str, ...]:
    """Return the words of a name without those that say "identifier", in the singular.

    Parameters
    ----------
    label : hashable
        The label of a column, or the name of a table.

    Returns
    -------
    tuple of str
        What is identified; empty for a bare "id".

    Examples
    --------
    >>> from avatars.advice.names import stem
    >>> stem("patient_id"), stem("Patients"), stem("id"), stem("visit_diagnoses")
    (('patient',), ('patient',), (), ('visit', 'diagnose'))
    """
    return tuple(_singular(word) for word in words(label) if word not in _IDENTIFIERS)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
