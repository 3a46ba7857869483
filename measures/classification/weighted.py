"""Figures of people who count for more or less than one, and how sure we are of them.

Values are scikit-learn's with ``sample_weight``, from exact sums of weights; errors come from
what each person adds to the figure, times his weight, squared and summed, which needs the sums
of squared weights only.
"""

from math import sqrt

import numpy as np
from scipy.special import ndtri

from measures.classification.performance import UNKNOWN, Figure, undefined
from measures.classification.ranking import (
    average_precisions,
    on_logit_scale,
    precision_influence,
)
from measures.intervals.delong import widest
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.scores import WeightedScores

#: How each figure's interval is found.
METHODS = {
    "roc_auc": "DeLong, weighted",
    "average_precision": "infinitesimal jackknife on the logit scale",
    "brier": "normal (linearised weighted mean)",
    "log_loss": "normal (linearised weighted mean)",
}


def weighted_figures(scores: WeightedScores, *, confidence: float = 0.95) -> list[Figure]:
    """Weighted ROC AUC, average precision, Brier score and log loss.

    Parameters
    ----------
    scores : WeightedScores
        Sums of weights and squared weights by score and label.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Figure
        Fractions in [0, 1]; log loss in nats. Areas are undefined where a label they need has
        no weight; losses where nobody has, or scores are no probabilities.

    References
    ----------
    D. A. Binder (1983), "On the variances of asymptotically normal estimators from complex
    surveys", Int. Statist. Rev. 51(3), 279-292.
    """
    check_confidence(confidence)
    z = float(ndtri((1 + confidence) / 2))
    total, squares = (part.astype(np.float64) for part in (scores.total, scores.squares))
    return [
        _area(total, squares, scores.rows, z),
        _precision(total, squares, scores.rows, z),
        *_losses(scores.scores, total, squares, scores.rows, z),
    ]


def _area(total: np.ndarray, squares: np.ndarray, n: int, z: float) -> Figure:
    """The share of the weight of pairs that is ranked rightly, ties counting half."""
    negatives, positives = total.T
    if not (negatives.sum() and positives.sum()):
        return undefined("roc_auc", n=n)
    below = np.cumsum(negatives) - negatives
    above = positives.sum() - np.cumsum(positives)
    of_positives = (below + negatives / 2) / negatives.sum()
    of_negatives = (above + positives / 2) / positives.sum()
    area = float((positives * of_positives).sum() / positives.sum())
    placed = np.stack([of_negatives, of_positives], axis=-1) - area
    error = sqrt(float((squares * (placed / total.sum(axis=0)) ** 2).sum()))
    if not error > 0:  # as for people who count alike, the effective number of the fewer
        effective = float((total.sum(axis=0) ** 2 / squares.sum(axis=0)).min())
        return Figure("roc_auc", area, widest(area, effective, z), n)
    return Figure("roc_auc", area, _within(area, z * error, 1.0), n)


def _precision(total: np.ndarray, squares: np.ndarray, n: int, z: float) -> Figure:
    if not total[:, 1].sum():
        return undefined("average_precision", n=n)
    value = float(average_precisions(total))
    error = sqrt(float((squares * precision_influence(total) ** 2).sum()))
    return Figure("average_precision", value, on_logit_scale(value, error, z), n)


def _losses(
    scores: np.ndarray, total: np.ndarray, squares: np.ndarray, n: int, z: float
) -> list[Figure]:
    if not total.sum() or scores[0] < 0 or scores[-1] > 1:
        return [undefined("brier", n=n), undefined("log_loss", UNKNOWN, n, "nats")]
    unit = np.finfo(np.float64).eps
    likely = np.clip(scores, unit, 1 - unit)
    brier = np.stack([scores**2, (1 - scores) ** 2], axis=-1)
    surprise = np.stack([-np.log1p(-likely), -np.log(likely)], axis=-1)
    found = []
    for name, unit_name, loss in (("brier", "fraction", brier), ("log_loss", "nats", surprise)):
        mean = float((total * loss).sum() / total.sum())
        error = sqrt(float((squares * (loss - mean) ** 2).sum())) / float(total.sum())
        high = 1.0 if name == "brier" else float("inf")
        found.append(Figure(name, mean, _within(mean, z * error, high), n, unit_name))
    return found


def _within(value: float, reach: float, high: float) -> Interval:
    return Interval(max(0.0, value - reach), min(high, value + reach))
