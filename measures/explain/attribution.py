"""What each feature adds to the score of each person, and what that comes to over all of them.

Shapley values share the distance of a person's score from the base (the mean score of a
background) among the features. They say how the model came to the score, relative to that
background; another background gives other values. They do not say what would happen if the
person changed, nor what causes the outcome.
"""

from math import pi, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.explain.metric import standard_error
from measures.intervals.interval import Interval, check_confidence

#: What the reports call the method.
METHOD = "normal (central limit theorem) over rows, the lower bound less what noise may add"


class ShapleyValues(NamedTuple):
    """Values of shape (n_rows, n_features), in the unit of the score.

    `errors` are the standard errors of sampled values, same shape; None where values are exact.
    """

    features: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray | None
    base: float
    scores: np.ndarray

    @property
    def gap(self) -> float:
        """The largest |score − base − sum of values| of a row: 0 but for rounding."""
        return float(np.abs(self.scores - self.base - self.values.sum(axis=1)).max())


class MeanAbsolute(NamedTuple):
    """Mean over rows of a feature's absolute value, in the unit of the score.

    `noise` bounds by how much sampling noise can have raised it; 0 where values are exact.
    """

    feature: str
    value: float
    standard_error: float
    interval: Interval
    noise: float
    n: int


def mean_absolute(found: ShapleyValues, *, confidence: float = 0.95) -> list[MeanAbsolute]:
    """Global importance: the mean absolute Shapley value of each feature.

    Noise of mean 0 can only raise a mean of absolute values, by at most the mean absolute
    noise, √(2/π) times its standard error where it is normal. The lower bound is lowered by it.

    Parameters
    ----------
    found : ShapleyValues
        Of a random sample of rows; 1,000 to 2,000 usually do.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of MeanAbsolute
        In the order of the features; never below 0. Of a single row the interval is NaN.

    References
    ----------
    S. M. Lundberg, S.-I. Lee (2017), "A unified approach to interpreting model predictions",
    Advances in Neural Information Processing Systems 30, 4765-4774.
    """
    check_confidence(confidence)
    z, sizes = float(ndtri((1 + confidence) / 2)), np.abs(found.values)
    return [
        _summed_up(name, sizes[:, i], _noise(found.errors, i), z)
        for i, name in enumerate(found.features)
    ]


def _summed_up(feature: str, sizes: np.ndarray, noise: float, z: float) -> MeanAbsolute:
    value, error = float(sizes.mean()), standard_error(sizes)
    low = value - z * error - noise
    interval = Interval(max(0.0, low) if low == low else low, value + z * error)
    return MeanAbsolute(feature, value, error, interval, noise, len(sizes))


def _noise(errors: np.ndarray | None, i: int) -> float:
    return 0.0 if errors is None else sqrt(2 / pi) * float(errors[:, i].mean())
