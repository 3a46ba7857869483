"""Every group metric of every group and every resample at once, from counts.

Definitions are Fairlearn's, to the last case: a rate whose denominator is zero is 0.0 (and
flagged here, which Fairlearn does not do), a group nobody belongs to is NaN and left out of
the comparison. `certificate` proves the agreement each time numbers are published.
"""

from typing import NamedTuple

import numpy as np

#: The metrics, in the order of the last axis of `Evaluation.rates`.
METRICS = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "true_negative_rate",
    "accuracy",
    "precision",
    "f1",
)

# What each metric adds up, over the counts (tn, fp, fn, tp).
_NUMERATORS = np.array(
    [
        [0, 1, 0, 1],
        [0, 0, 0, 1],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 0, 0, 2],
    ],
    dtype=np.float64,
).T
_DENOMINATORS = np.array(
    [
        [1, 1, 1, 1],
        [0, 0, 1, 1],
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [1, 1, 0, 0],
        [1, 1, 1, 1],
        [0, 1, 0, 1],
        [0, 1, 1, 2],
    ],
    dtype=np.float64,
).T


class Evaluation(NamedTuple):
    """Metrics of groups; leading axes, if any, are resamples.

    `rates` has shape (..., n_groups, n_metrics), a fraction in [0, 1] or NaN for an empty
    group; `overall` (..., n_metrics) is of all people together; `defined` (like `rates`) is
    False where the denominator is zero.
    """

    rates: np.ndarray
    overall: np.ndarray
    defined: np.ndarray


class Disparities(NamedTuple):
    """How far groups lie apart; each of shape (..., n_metrics) and in Fairlearn's definition."""

    difference: np.ndarray
    ratio: np.ndarray
    difference_to_overall: np.ndarray
    ratio_to_overall: np.ndarray


class Gaps(NamedTuple):
    """The disparities that policies speak of; each of shape (...), a fraction in [0, 1]."""

    selection_rate_ratio: np.ndarray
    selection_rate_difference: np.ndarray
    equalized_odds_difference: np.ndarray
    equal_opportunity_difference: np.ndarray


def position(metric: str) -> int:
    """Where a metric lies on the last axis."""
    return METRICS.index(metric)


def fractions(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each metric divides by what.

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., n_groups, 2, 2)
        People per group, label and prediction.

    Returns
    -------
    tuple of two numpy.ndarray of shape (..., n_groups, n_metrics)
        Numerators and denominators, whole numbers as float64.
    """
    flat = counts.reshape(*counts.shape[:-2], 4).astype(np.float64)
    return flat @ _NUMERATORS, flat @ _DENOMINATORS


def evaluate(counts: np.ndarray) -> Evaluation:
    """All metrics of all groups (and resamples).

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., n_groups, 2, 2)
        People per group, label and prediction.

    Returns
    -------
    Evaluation
        By group and overall.

    References
    ----------
    Fairlearn, ``fairlearn.metrics.MetricFrame`` and its base metrics.
    """
    numerators, denominators = fractions(counts)
    inhabited = counts.sum(axis=(-2, -1))[..., np.newaxis] > 0
    rates = np.where(inhabited, _divided(numerators, denominators), np.nan)
    together = _divided(numerators.sum(axis=-2), denominators.sum(axis=-2))
    return Evaluation(rates, together, denominators > 0)


def disparities(evaluation: Evaluation) -> Disparities:
    """Largest differences and smallest ratios between groups, and of groups to all people.

    A ratio of zero to zero is NaN, as in Fairlearn.
    """
    rates, overall = evaluation.rates, evaluation.overall[..., np.newaxis, :]
    highest = np.fmax.reduce(rates, axis=-2)
    lowest = np.fmin.reduce(rates, axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, relative = lowest / highest, rates / overall
        folded = np.where(relative > 1, 1 / relative, relative)
    return Disparities(
        difference=highest - lowest,
        ratio=ratio,
        difference_to_overall=np.fmax.reduce(np.abs(rates - overall), axis=-2),
        ratio_to_overall=np.fmin.reduce(folded, axis=-2),
    )


def gaps(evaluation: Evaluation) -> Gaps:
    """The disparities that policies speak of, between groups."""
    apart = disparities(evaluation)
    selection = position("selection_rate")
    true_positives = apart.difference[..., position("true_positive_rate")]
    false_positives = apart.difference[..., position("false_positive_rate")]
    return Gaps(
        selection_rate_ratio=apart.ratio[..., selection],
        selection_rate_difference=apart.difference[..., selection],
        equalized_odds_difference=np.maximum(true_positives, false_positives),
        equal_opportunity_difference=true_positives,
    )


def _divided(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """Quotients, 0.0 where the denominator is zero."""
    zeros = np.zeros_like(numerators)
    return np.divide(numerators, denominators, out=zeros, where=denominators > 0)
