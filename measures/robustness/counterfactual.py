"""Whether a decision changes when one sensitive attribute changes and nothing else does.

A flip shows that the model itself uses the attribute. No flip shows less than it seems to: a
model never given the attribute cannot flip, and may still use what stands in for it (a proxy).
What the attribute brings about in the other features is left as it is, so this is not
counterfactual fairness in the causal sense (Kusner et al. 2017).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from measures.explain.sampling import check_features, replaced
from measures.robustness.perturbation import always, levels_of
from measures.robustness.response import Answers, Baseline, Rate, Response, answered, compare, rate

#: What a group without a known value is called.
MISSING = "(missing)"

_MOST_VALUES = 20


class Swap(NamedTuple):
    """Everybody of one group, answered as if of another."""

    group: str
    set_to: str
    response: Response


class Counterfactual(NamedTuple):
    """All swaps, and the share of people whose decision changes under at least one of them.

    `flipped` is of the people answered in every swap of theirs; `by_group` the same by group.
    """

    feature: str
    flipped: Rate
    by_group: dict[str, Rate]
    swaps: tuple[Swap, ...]


def counterfactual_change(
    base: Baseline, feature: str, *, values: Sequence[Any] | None = None
) -> Counterfactual:
    """Set one attribute to each of its values for everybody of the other groups.

    Parameters
    ----------
    base : Baseline
        People as they are.
    feature : str
        The attribute; the model must be given it.
    values : sequence, optional
        Values to set; all that occur by default, at most 20.

    Returns
    -------
    Counterfactual
        Swaps in the order of groups, then of values; groups by name, people without a known
        value are the group "(missing)". Rates with Wilson's interval.

    Raises
    ------
    ValueError
        If the feature is absent, or has fewer than two or more than 20 values.

    References
    ----------
    M. J. Kusner, J. Loftus, C. Russell, R. Silva (2017), "Counterfactual fairness", Advances in
    Neural Information Processing Systems 30 (the causal notion this does not measure).
    """
    check_features(base.rows, [feature])
    column = base.rows.column(feature)
    set_to = _values(feature, column, values)
    groups = _groups(column)
    asked = {
        str(value): answered(base.model, replaced(base.rows, feature, always(column, value)))
        for value in set_to
    }
    names = sorted(set(groups.tolist()))
    swaps = [
        _swap(base, name, value, answers, np.flatnonzero(groups == name))
        for name in names
        for value, answers in asked.items()
        if name != value
    ]
    flips, known = _flips(base, groups, asked)
    by_group = {
        name: rate(
            int(flips[known & (groups == name)].sum()),
            int((known & (groups == name)).sum()),
            base.confidence,
        )
        for name in names
    }
    flipped = rate(int(flips[known].sum()), int(known.sum()), base.confidence)
    return Counterfactual(feature, flipped, by_group, tuple(swaps))


def _values(feature: str, column: pa.ChunkedArray, values: Sequence[Any] | None) -> list[Any]:
    found = levels_of(column) if values is None else list(values)
    if not 1 < len(found) <= _MOST_VALUES:
        raise ValueError(
            f"expected {feature!r} to have 2 to {_MOST_VALUES} values, got {len(found)}:"
            " name the values to set"
        )
    return found


def _swap(base: Baseline, group: str, value: str, answers: Answers, people: np.ndarray) -> Swap:
    scores = answers.scores[people]
    own = Answers(scores, answers.refusal if np.isnan(scores).any() else None)
    return Swap(group, value, compare(base, f"{group} to {value}", own, people))


def _flips(
    base: Baseline, groups: np.ndarray, asked: dict[str, Answers]
) -> tuple[np.ndarray, np.ndarray]:
    """Whose decision changes under some swap of theirs, and who was answered in all of them."""
    was = base.scores >= base.model.threshold
    flips = np.zeros(len(was), dtype=bool)
    known, swapped = np.ones(len(was), dtype=bool), np.zeros(len(was), dtype=bool)
    for value, answers in asked.items():
        others = groups != value
        known &= ~(others & np.isnan(answers.scores))
        flips |= others & ((answers.scores >= base.model.threshold) != was)
        swapped |= others
    return flips, known & swapped


def _groups(column: pa.ChunkedArray) -> np.ndarray:
    names = [MISSING if value is None else str(value) for value in column.to_pylist()]
    return np.array(names, dtype=object)
