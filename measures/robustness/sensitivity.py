"""How much each feature moves the score when it alone moves a little.

It looks at single steps from where people are: what several features do together, and what a
larger step does, is not seen. A step may lead to values the rows do not have.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from measures.explain.sampling import check_features, is_number, replaced
from measures.intervals.bootstrap import stream
from measures.robustness.perturbation import deviation, moved, otherwise
from measures.robustness.response import (
    Answers,
    Baseline,
    Mean,
    Rate,
    answered,
    mean_of,
    rate,
)


class Sensitivity(NamedTuple):
    """What one step of one feature does, in the unit of the score.

    `step` is what the number was moved by, up and down; None for a category, which is replaced
    by another. `absolute_change` is the mean over people of |change| (of both steps), `slope` the
    mean of half the difference between the steps, above 0 where more is a higher score.
    `flipped` counts people whose decision some step changes; people refused count in none.
    """

    feature: str
    step: float | None
    absolute_change: Mean
    slope: Mean | None
    flipped: Rate
    refused: Rate
    refusal: str | None


def feature_sensitivity(
    base: Baseline, *, deviations: float = 1.0, features: Sequence[str] | None = None
) -> list[Sensitivity]:
    """Move each feature by so many standard deviations, up and down; replace each category.

    Parameters
    ----------
    base : Baseline
        People as they are.
    deviations : float, default 1.0
        The step, in standard deviations of the feature over the rows; above 0. Whole numbers
        are rounded.
    features : sequence of str, optional
        All by default.

    Returns
    -------
    list of Sensitivity
        In the order of the features.

    Raises
    ------
    ValueError
        If the step is not above 0 or a feature is absent.

    References
    ----------
    A. Saltelli et al. (2008), "Global Sensitivity Analysis: The Primer", chapter 3 (elementary
    effects: mean of absolute finite differences).
    """
    if not deviations > 0:
        raise ValueError(f"deviations must be above 0, got {deviations}")
    names = base.rows.column_names if features is None else features
    check_features(base.rows, names)
    frozen = stream(base.seed)
    return [_sensitivity(base, name, deviations, frozen) for name in names]


def _sensitivity(
    base: Baseline, name: str, deviations: float, frozen: np.random.RandomState
) -> Sensitivity:
    column = base.rows.column(name)
    if not is_number(column.type):
        everybody = np.ones(len(column), dtype=bool)
        return _summed_up(
            base, name, None, [_asked(base, name, otherwise(column, everybody, frozen))]
        )
    step = deviations * deviation(column)
    up_and_down = [_asked(base, name, moved(column, by)) for by in (step, -step)]
    return _summed_up(base, name, step, up_and_down)


def _asked(base: Baseline, name: str, column: pa.Array) -> Answers:
    return answered(base.model, replaced(base.rows, name, column))


def _summed_up(
    base: Baseline, name: str, step: float | None, steps: Sequence[Answers]
) -> Sensitivity:
    scores = np.stack([each.scores for each in steps])
    known = ~np.isnan(scores).any(axis=0)
    before, after = base.scores[known], scores[:, known]
    flips = ((after >= base.model.threshold) != (before >= base.model.threshold)).any(axis=0)
    slope = None if step is None else mean_of((after[0] - after[-1]) / 2, base.confidence)
    return Sensitivity(
        name,
        step,
        mean_of(np.abs(after - before).mean(axis=0), base.confidence),
        slope,
        rate(int(flips.sum()), len(before), base.confidence),
        rate(int((~known).sum()), len(known), base.confidence),
        next((each.refusal for each in steps if each.refusal), None),
    )
