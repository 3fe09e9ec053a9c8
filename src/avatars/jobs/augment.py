"""More avatars than there are people, everywhere or in classes that few people are in."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from avatars.engine.model import AvatarModel
from avatars.exceptions import InvalidParameterError, shown
from avatars.jobs.fit import sampled_frame
from avatars.models import AugmentationStrategy, AvatarizationParameters, TableParameters

__all__ = ["augmented"]

_ROUNDS = 20


def augmented(
    model: AvatarModel, shuffled: pd.DataFrame, parameters: AvatarizationParameters
) -> pd.DataFrame:
    """Return a release with more avatars.

    Parameters
    ----------
    model : AvatarModel
        Fitted.
    shuffled : DataFrame
        One avatar per person.
    parameters : TableParameters
        ``data_augmentation_strategy`` is the number of avatars per person, at least 1; or
        "minority", which brings the rarest class to the size of the largest; "not_majority", which
        does so with all but the largest; or the number of avatars per person by class.

    Returns
    -------
    DataFrame
        In a new random order.

    Raises
    ------
    InvalidParameterError
        If the strategy can't be carried out.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.engine.streams import seed_bytes
    >>> from avatars.jobs import fit_table, released_frame
    >>> from avatars.jobs.augment import augmented
    >>> from avatars.models import TableParameters
    >>> wanted = TableParameters.checked(k=10, data_augmentation_strategy=2.5)
    >>> model = fit_table(make_patients(100, random_state=0), wanted, seed=seed_bytes(0))
    >>> len(augmented(model, released_frame(model), wanted))
    250
    """
    assert isinstance(parameters, TableParameters)
    strategy = parameters.data_augmentation_strategy
    if isinstance(strategy, (int, float)):
        if strategy < 1:
            raise InvalidParameterError(
                "data_augmentation_strategy", "must be at least 1: it can't take people away."
            )
        more = round(len(shuffled) * strategy) - len(shuffled)
        return _together(model, shuffled, sampled_frame(model, more)) if more else shuffled
    target = parameters.data_augmentation_target_column
    if target not in shuffled.columns:
        raise InvalidParameterError(
            "data_augmentation_target_column", f"names no column: {shown(target)}."
        )
    counts = shuffled[target].value_counts()
    missing = _missing(counts, strategy)
    parts: list[pd.DataFrame] = []
    for round_ in range(_ROUNDS):
        if not any(missing.values()):
            break
        drawn = sampled_frame(model, len(shuffled) + round_)
        for level, wanted in missing.items():
            taken = drawn[drawn[target] == level].head(wanted)
            missing[level] -= len(taken)
            parts.append(taken)
    if any(missing.values()):
        raise InvalidParameterError(
            "data_augmentation_strategy",
            f"asks for {sum(missing.values())} more avatars of a class that hardly comes up: ask "
            "for fewer.",
        )
    return _together(model, shuffled, *parts)


def _missing(
    counts: pd.Series[int], strategy: AugmentationStrategy | Mapping[str, float] | None
) -> dict[object, int]:
    if isinstance(strategy, Mapping):
        known = {str(level): level for level in counts.index}
        strange = [level for level in strategy if level not in known]
        if strange or any(ratio < 1 for ratio in strategy.values()):
            raise InvalidParameterError(
                "data_augmentation_strategy",
                "must map classes of the release to numbers of at least 1.",
            )
        return {
            known[level]: round(counts[known[level]] * ratio) - int(counts[known[level]])
            for level, ratio in strategy.items()
        }
    largest = int(counts.max())
    levels = list(counts.index[counts < largest])
    if strategy is AugmentationStrategy.MINORITY:
        levels = levels[-1:]
    return {level: largest - int(counts[level]) for level in levels}


def _together(model: AvatarModel, *frames: pd.DataFrame) -> pd.DataFrame:
    """Mix frames, so that nobody can tell first avatars from later ones, with fresh identifiers."""
    whole = pd.concat(frames, ignore_index=True)
    order = model.identifiers_seed(model.table, f"augment-{len(whole)}")
    mixed = whole.iloc[order.permutation(len(whole))].reset_index(drop=True)
    for column in model.table.schema.identifiers:
        issued = column.codec.issue(len(mixed), order, column.label)  # type: ignore[union-attr]
        mixed[column.label] = pd.Series(issued)
    return mixed
