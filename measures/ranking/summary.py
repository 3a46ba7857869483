"""What a measure of rankings comes to over all queries, and how sure we are of it.

Queries are what was sampled, so they are what is resampled: items of one query say little
about other queries.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.ranked import QueryScores

#: Distinct values above which the normal interval stands in for the bootstrap.
MOST_DISTINCT = 20_000

METHOD_BOOTSTRAP = "percentile bootstrap over queries, widened to hold the estimate"
METHOD_NORMAL = "normal (central limit theorem) over queries"
METHOD_BOUNDED = "Wilson's form, all queries having one value"


class Figure(NamedTuple):
    """A mean over `n` queries; `undefined` more have no value and are left out.

    `value` is None if no query has one. `interval` is found by `method`; None for a single
    query, and for an unbounded measure whose queries all have one value. `normal` is the
    interval by the central limit theorem, beside it.
    """

    name: str
    value: float | None
    interval: Interval | None
    normal: Interval | None
    method: str
    n: int
    undefined: int


def mean_over_queries(scores: QueryScores, drawing: Drawing) -> Figure:
    """The weighted mean of a measure over queries, with two intervals.

    Parameters
    ----------
    scores : QueryScores
        Any number of queries.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Figure
        In the unit of the measure: all are fractions in [0, 1] but DCG. Above 20,000 distinct
        values the interval is the normal one, which no bootstrap could then be told from.

    Raises
    ------
    ValueError
        If the confidence or number of resamples is out of range.

    References
    ----------
    B. Efron, R. J. Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13. Variance
    of a weighted mean: W. G. Cochran (1977), "Sampling Techniques", chapter 6.
    """
    check_confidence(drawing.confidence)
    known = ~np.isnan(scores.values)
    values, weights = scores.values[known], scores.weights[known]
    n, undefined = int(known.sum()), int((~known).sum())
    if not n:
        return Figure(scores.measure, None, None, None, METHOD_NORMAL, 0, undefined)
    value = float(np.dot(weights, values) / weights.sum())
    top = np.inf if scores.measure.startswith("dcg") else 1.0
    if n > 1 and not np.ptp(values):
        value = float(values[0])
        effective = float(weights.sum() ** 2 / np.dot(weights, weights))
        interval = _bounded(value, effective, top, drawing.confidence)
        return Figure(scores.measure, value, interval, None, METHOD_BOUNDED, n, undefined)
    normal = _normal(value, values, weights, top, drawing.confidence)
    interval, method = _resampled(value, values, weights, drawing)
    return Figure(scores.measure, value, interval or normal, normal, method, n, undefined)


def _normal(
    value: float, values: np.ndarray, weights: np.ndarray, top: float, confidence: float
) -> Interval | None:
    n = len(values)
    if n < 2:
        return None
    moved = weights * (values - value)
    error = sqrt(float(np.dot(moved, moved)) * n / (n - 1)) / float(weights.sum())
    reach = float(ndtri((1 + confidence) / 2)) * error
    return Interval(max(0.0, value - reach), min(top, value + reach))


def _resampled(
    value: float, values: np.ndarray, weights: np.ndarray, drawing: Drawing
) -> tuple[Interval | None, str]:
    """Queries with equal value and weight are one cell of a multinomial draw."""
    cells, counts = np.unique(np.stack([values, weights]), axis=1, return_counts=True)
    if len(values) < 2 or len(counts) > MOST_DISTINCT:
        return None, METHOD_NORMAL
    distinct, weight = cells

    def mean(drawn: np.ndarray) -> np.ndarray:
        return np.asarray((drawn @ (distinct * weight)) / (drawn @ weight))

    replicates = bootstrap.replicates(counts, mean, drawing)
    interval = bootstrap.percentile_interval(replicates, value, confidence=drawing.confidence)
    return interval, METHOD_BOOTSTRAP


def _bounded(value: float, n: float, top: float, confidence: float) -> Interval | None:
    """Of a measure within [0, 1], whose variance can be no more than value·(1 − value)."""
    if not np.isfinite(top):
        return None
    z = float(ndtri((1 + confidence) / 2))
    scale = 1 + z * z / n
    centre = (value + z * z / (2 * n)) / scale
    reach = z / scale * sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return Interval(max(0.0, min(centre - reach, value)), min(1.0, max(centre + reach, value)))
