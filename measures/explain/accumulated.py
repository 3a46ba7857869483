"""How a model's score moves with a feature, asking only about rows that could occur.

Each row is moved from the lower to the upper edge of the bin its own value lies in, and no
further; the mean changes are added up from bin to bin. Unlike partial dependence this never
pairs a value with rows far from it, so features that move together are kept apart.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from measures.explain.sampling import (
    Score,
    as_floats,
    check_features,
    is_number,
    replaced,
    scored,
)
from measures.intervals.interval import Interval, check_confidence

#: What the reports call the method.
METHOD = "normal (central limit theorem) over rows within bins, at each edge on its own"


class AccumulatedEffects(NamedTuple):
    """Effect at each edge, in the unit of the score, 0 on average over the rows.

    `intervals` hold for each edge on its own, given the bins; a bin with one row has no spread,
    and the intervals are then NaN. `counts` are the rows of each bin, one fewer than the edges.
    """

    feature: str
    edges: tuple[float, ...]
    effects: tuple[float, ...]
    intervals: tuple[Interval, ...]
    counts: tuple[int, ...]
    n: int


def accumulated_effects(
    rows: pa.Table, feature: str, score: Score, *, bins: int = 12, confidence: float = 0.95
) -> AccumulatedEffects:
    """Accumulated local effects of a numeric feature, of first order.

    Parameters
    ----------
    rows : pyarrow.Table
        The features.
    feature : str
        A column of numbers with at least two values; rows where it is missing are left out.
    score : callable
        ``score(table)`` gives one finite number per row; the feature comes as float64.
    bins : int, default 12
        Bins with about as many rows each; fewer where values repeat.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    AccumulatedEffects
        With the rows whose value is known.

    Raises
    ------
    ValueError
        If the feature is absent, is no number, or has fewer than two values.

    References
    ----------
    D. W. Apley, J. Zhu (2020), "Visualizing the effects of predictor variables in black box
    supervised learning models", J. R. Statist. Soc. B 82(4), 1059-1086.
    """
    check_confidence(confidence)
    check_features(rows, [feature])
    if not is_number(rows.schema.field(feature).type):
        kind = rows.schema.field(feature).type
        raise ValueError(f"expected {feature!r} to be numbers, but its column is {kind}")
    values = as_floats(rows.column(feature))
    known = rows.filter(pa.array(~np.isnan(values)))
    values = values[~np.isnan(values)]
    edges = _edges(feature, values, bins)
    place = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)
    low, high = (_at(known, feature, edges[place + step], score) for step in (0, 1))
    return _effects(feature, edges, place, high - low, float(ndtri((1 + confidence) / 2)))


def _edges(feature: str, values: np.ndarray, bins: int) -> np.ndarray:
    """Quantiles that occur; bins are (edge, next edge], the first one closed on both sides."""
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    distinct = np.unique(values)
    if len(distinct) < 2:
        raise ValueError(f"expected at least two values of {feature!r}, got {len(distinct)}")
    if len(distinct) <= bins + 1:
        return distinct
    return np.unique(np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf"))


def _at(rows: pa.Table, feature: str, values: np.ndarray, score: Score) -> np.ndarray:
    return scored(score, replaced(rows, feature, pa.array(values)))


def _effects(
    feature: str, edges: np.ndarray, place: np.ndarray, steps: np.ndarray, z: float
) -> AccumulatedEffects:
    bins = len(edges) - 1
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, steps, bins)
    means = sums / counts
    within = np.bincount(place, (steps - means[place]) ** 2, bins)
    variances = np.full(bins, np.nan)
    np.divide(within, counts * (counts - 1.0), out=variances, where=counts > 1)
    weights = _weights(counts)
    effects = weights @ means
    errors = np.sqrt((weights**2) @ variances)
    return AccumulatedEffects(
        feature,
        tuple(edges.tolist()),
        tuple(effects.tolist()),
        tuple(
            Interval(float(effect - z * error), float(effect + z * error))
            for effect, error in zip(effects, errors, strict=True)
        ),
        tuple(counts.tolist()),
        len(steps),
    )


def _weights(counts: np.ndarray) -> np.ndarray:
    """Effects at the edges as sums of bin means; shape (n_bins + 1, n_bins).

    An edge adds up the bins below it; rows, taken at the middle of their bin, average to 0.
    """
    bins = len(counts)
    added = np.tril(np.ones((bins + 1, bins)), -1)
    middle = (added[:-1] + added[1:]) / 2
    return added - (counts / counts.sum()) @ middle
