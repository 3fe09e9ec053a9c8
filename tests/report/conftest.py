"""People, their release, and an evaluation written by hand, so that every status occurs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.metrics import AttackResult
from avatars.metrics.evaluation import Evaluation, evaluation_digest
from avatars.metrics.signal import by_column
from avatars.metrics.targets import get_targets
from avatars.report import Report, report

THREAT = "Somebody holds the release and a person's record."


def attack(name: str, criterion: str, value: float, half: float, **more: Any) -> AttackResult:
    return AttackResult(
        attack=name,
        criterion=criterion,
        threat=THREAT,
        value=value,
        low=value - half,
        high=value + half,
        **{"unit": "risk", "n_attempts": 400, "success": value + 0.02, "control": 0.02, **more},
    )


def some_attacks() -> list[AttackResult]:
    """Give attacks of every status in the context "external"."""
    exposed = attack("singling_out", "singling out", 0.3, 0.1, n_attempts=40)
    return [
        attack("singling_out", "singling out", 0.01, 0.02, exposed=exposed),
        attack("linkability", "linkability", -0.0004, 0.02),
        attack("attribute_inference", "inference", 0.08, 0.05),
        attack("membership_inference", "membership", 0.66, 0.03, unit="auc"),
        AttackResult.not_run("shadow_membership", "membership", THREAT, "it needs the generator"),
    ]


def evaluation_of(
    people: pd.DataFrame,
    released: pd.DataFrame,
    *,
    unseen: pd.DataFrame | None = None,
    attacks: list[AttackResult] | None = None,
    **changed: Any,
) -> Evaluation:
    """Give an evaluation whose figures by column are real, and the others invented."""
    kinds = dict.fromkeys(map(str, people.columns), "numeric")
    described = {
        "space": {"ncp": 5, "types": kinds, "gaps": "means and modes of the people"},
        "not_computed": {},
    }
    figures = {
        "hidden_rate": 97.25,
        "local_cloaking": 12.0,
        "distance_to_closest": 0.8123,
        "row_direct_match_protection": 100.0,
        "correlation_protection_rate": None,
        "targets": {},
        "metadata": {**described, "other_metrics": {"closer_to_training_share": 0.51}},
    }
    kept = {
        "hellinger_mean": 0.0712,
        "correlation_difference_ratio": 12.5,
        "targets": {},
        "metadata": {
            **described,
            "other_metrics": {"ks_mean": 0.05, "tstr_score": None},
            "hellinger_reference": 0.061,
        },
    }
    made = {
        "name": "patients",
        "privacy": [figures],
        "signal": [kept],
        "attacks": some_attacks() if attacks is None else attacks,
        "meta": {"meta_privacy_metric": 81.0, "meta_privacy_weakest": "membership_inference"},
        "columns": by_column(people, released),
        "context": "external",
        "targets": get_targets("external"),
        "not_computed": {
            "correlation_protection_rate": "it needs the columns that an attacker may know",
            "tstr_score": "it needs the column to predict",
        },
        "seconds": {"hidden_rate": 0.0123},
        "n_original": len(people),
        "n_avatars": len(released),
        "n_holdout": 100,
        "digests": {
            "original": evaluation_digest(people),
            "avatars": evaluation_digest(released),
            "holdout": None if unseen is None else evaluation_digest(unseen),
        },
    }
    return Evaluation(**{**made, **changed})


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    """Give 300 invented people."""
    return make_patients(300, random_state=0)


@pytest.fixture(scope="session")
def released(people: pd.DataFrame) -> pd.DataFrame:
    """Give their avatars."""
    return Avatarizer(k=20, random_state=0).fit_transform(people)


@pytest.fixture(scope="session")
def unseen() -> pd.DataFrame:
    """Give people who were not in the table."""
    return make_patients(100, random_state=1)


@pytest.fixture(scope="session")
def make_evaluation() -> Callable[..., Evaluation]:
    """Give the function that writes an evaluation of two tables by hand."""
    return evaluation_of


@pytest.fixture(scope="session")
def made(people: pd.DataFrame, released: pd.DataFrame, unseen: pd.DataFrame) -> Report:
    """Give a report in which every status occurs."""
    evaluation = evaluation_of(people, released, unseen=unseen)
    return report(people, released, holdout=unseen, evaluation=evaluation)
