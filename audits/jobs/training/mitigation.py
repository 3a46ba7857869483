"""Mitigating a disparity while training, so that nothing sensitive is needed to predict.

Fairlearn's grid search fits the same pipeline under a range of trade-offs between error and
a parity constraint (Agarwal et al. 2018). Every point of the grid is kept in the record; the
point chosen has the smallest disparity on the training rows among those whose accuracy
lies within a stated tolerance of the best.

It mitigates on the training rows only. What remains on other people is for the audit to say.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from fairlearn.reductions import DemographicParity, EqualizedOdds, GridSearch
from sklearn.pipeline import Pipeline

from audits.jobs.contract import Refused
from audits.jobs.training.inputs import Inputs

#: How much accuracy, in points of 1, may be given up against the best of the grid.
TOLERANCE = 0.05

CONSTRAINTS = {
    "demographic_parity": (DemographicParity, demographic_parity_difference),
    "equalized_odds": (EqualizedOdds, equalized_odds_difference),
}


class GridPoint(NamedTuple):
    """One trade-off: its fitted pipeline and how it does on the training rows."""

    number: int
    pipeline: Pipeline
    accuracy: float
    selection_rate: float
    disparity: float

    def as_row(self) -> dict[str, Any]:
        """The point for the record, without the pipeline."""
        return {name: value for name, value in self._asdict().items() if name != "pipeline"}


def search(
    pipeline: Pipeline, inputs: Inputs, groups: np.ndarray, wanted: Mapping[str, Any]
) -> list[GridPoint]:
    """Fit the grid; one point per trade-off, in the grid's order."""
    constraint, disparity = CONSTRAINTS[wanted["constraint"]]
    grid = GridSearch(
        pipeline,
        constraint(),
        grid_size=wanted["grid_size"],
        sample_weight_name="estimator__sample_weight",
    )
    grid.fit(inputs.frame, inputs.target, sensitive_features=pd.Series(groups))
    points = [
        _point(number, fitted, inputs, groups, disparity)
        for number, fitted in enumerate(grid.predictors_)
        if _answers_both_ways(fitted)
    ]
    if not points:
        raise Refused("expected a usable trade-off, but every point of the grid was degenerate")
    return points


def choose(points: list[GridPoint]) -> GridPoint:
    """The smallest disparity within the tolerance; of equals the more accurate, then the first."""
    best = max(point.accuracy for point in points)
    close = [point for point in points if point.accuracy >= best - TOLERANCE]
    return min(close, key=lambda point: (point.disparity, -point.accuracy, point.number))


def _answers_both_ways(fitted: object) -> bool:
    # an extreme trade-off relabels all rows one way; Fairlearn then answers with a constant
    return isinstance(fitted, Pipeline)


def _point(
    number: int, fitted: Pipeline, inputs: Inputs, groups: np.ndarray, disparity: Any
) -> GridPoint:
    predicted = fitted.predict(inputs.frame)
    return GridPoint(
        number=number,
        pipeline=fitted,
        accuracy=float(np.mean(predicted == inputs.target)),
        selection_rate=float(np.mean(predicted)),
        disparity=float(disparity(inputs.target, predicted, sensitive_features=groups)),
    )
