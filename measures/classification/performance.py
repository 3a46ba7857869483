"""How well predictions and scores agree with what came true, and how sure we are of it.

Shares carry Wilson intervals; what is no share of people (F1, balanced accuracy) a bootstrap on
the four counts; mean losses a normal interval. Definitions are scikit-learn's, and certified.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.delong import roc_auc
from measures.intervals.interval import UNINFORMATIVE, Interval, check_confidence
from measures.intervals.wilson import wilson_interval
from measures.reduce.scores import ScoreCounts

#: How each figure's interval is found.
METHODS = {
    "roc_auc": "DeLong",
    "accuracy": "Wilson",
    "balanced_accuracy": bootstrap.METHOD,
    "precision": "Wilson",
    "recall": "Wilson",
    "specificity": "Wilson",
    "f1": bootstrap.METHOD,
    "brier": "normal (central limit theorem)",
    "log_loss": "normal (central limit theorem)",
    "selection_rate": "Wilson",
}


class Figure(NamedTuple):
    """One figure; `n` people count towards it. Fractions in [0, 1], log loss in nats."""

    name: str
    value: float
    interval: Interval
    n: int
    unit: str = "fraction"


class Confusion(NamedTuple):
    """People by label and prediction."""

    true_negatives: int
    false_positives: int
    false_negatives: int
    true_positives: int


def confusion(counts: np.ndarray) -> Confusion:
    """The four counts from an array of shape (2, 2), ``counts[label, prediction]``."""
    return Confusion(*(int(count) for count in counts.ravel()))


def shares(counts: np.ndarray, *, confidence: float = 0.95) -> list[Figure]:
    """Accuracy, precision, recall, specificity and selection rate, with Wilson intervals.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2)
        People by label and prediction.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Figure
        Fractions in [0, 1]. Where nobody could count towards one its value is 0.0, as in
        scikit-learn with ``zero_division=0``, its n 0 and its interval [0, 1].
    """
    tn, fp, fn, tp = confusion(counts)
    asked = {
        "accuracy": (tp + tn, tn + fp + fn + tp),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "selection_rate": (tp + fp, tn + fp + fn + tp),
    }
    return [_share(name, *parts, confidence) for name, parts in asked.items()]


def composites(counts: np.ndarray, drawing: Drawing) -> list[Figure]:
    """Balanced accuracy and F1, with bootstrap intervals on the four counts.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2)
        People by label and prediction; each label has somebody.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    list of Figure
        Fractions in [0, 1].
    """
    estimates = _composites(counts[np.newaxis])[0]
    drawn = bootstrap.replicates(counts, _composites, drawing)
    return [
        Figure(
            name,
            float(estimates[i]),
            bootstrap.percentile_interval(
                drawn[:, i], float(estimates[i]), confidence=drawing.confidence
            ),
            int(counts.sum()),
        )
        for i, name in enumerate(("balanced_accuracy", "f1"))
    ]


def area(scores: ScoreCounts, *, confidence: float = 0.95) -> Figure:
    """Area under the ROC curve, with DeLong's interval."""
    found = roc_auc(scores, confidence=confidence)
    return Figure("roc_auc", found.value, found.interval, scores.rows)


def losses(scores: ScoreCounts, *, confidence: float = 0.95) -> list[Figure]:
    """Brier score and log loss: means over people, with normal intervals.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities of the favourable outcome, in [0, 1].
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    list of Figure
        Brier score as a fraction in [0, 1]; log loss in nats, at least 0. Probabilities are
        kept a rounding unit away from 0 and 1 for the log loss, as scikit-learn does.

    Raises
    ------
    ValueError
        If a score lies outside [0, 1].
    """
    check_confidence(confidence)
    _check_probabilities(scores)
    unit = np.finfo(np.float64).eps
    likely = np.clip(scores.scores, unit, 1 - unit)
    squares = ((scores.scores**2), (1 - scores.scores) ** 2)
    surprise = (-np.log1p(-likely), -np.log(likely))
    return [
        _mean_loss("brier", "fraction", squares, scores, confidence),
        _mean_loss("log_loss", "nats", surprise, scores, confidence),
    ]


def roc_curve(scores: ScoreCounts, *, most: int = 200) -> list[tuple[float, float]]:
    """Points (false positive rate, true positive rate) from (0, 0) to (1, 1), thinned evenly."""
    found = [np.cumsum(part[::-1]) / part.sum() for part in (scores.negatives, scores.positives)]
    false, true = (np.concatenate([[0.0], part]) for part in found)
    kept = np.unique(np.linspace(0, len(false) - 1, min(most, len(false))).round().astype(int))
    return [(float(x), float(y)) for x, y in zip(false[kept], true[kept], strict=True)]


def _share(name: str, happened: int, possible: int, confidence: float) -> Figure:
    if not possible:
        return Figure(name, 0.0, UNINFORMATIVE, 0)
    interval = wilson_interval(happened, possible, confidence=confidence)
    return Figure(name, happened / possible, interval, possible)


def _composites(counts: np.ndarray) -> np.ndarray:
    """Balanced accuracy and F1 of counts of shape (n, 2, 2); shape (n, 2), NaN if undefined."""
    tn, fp, fn, tp = np.moveaxis(counts.reshape(-1, 4).astype(np.float64), -1, 0)
    with np.errstate(invalid="ignore"):
        balanced = (tp / (tp + fn) + tn / (tn + fp)) / 2
    selected_or_positive = 2 * tp + fp + fn
    f1 = np.divide(
        2 * tp, selected_or_positive, out=np.zeros_like(tp), where=selected_or_positive > 0
    )
    return np.stack([balanced, f1], axis=-1)


def _mean_loss(
    name: str,
    unit: str,
    loss: tuple[np.ndarray, np.ndarray],
    scores: ScoreCounts,
    confidence: float,
) -> Figure:
    """Mean over people of a loss given per score for label 0 and for label 1."""
    people, weights = scores.rows, (scores.negatives, scores.positives)
    mean = sum(float(np.dot(n, each)) for n, each in zip(weights, loss, strict=True)) / people
    squares = sum(
        float(np.dot(n, (each - mean) ** 2)) for n, each in zip(weights, loss, strict=True)
    )
    error = sqrt(squares / max(people - 1, 1) / people)
    reach = float(ndtri((1 + confidence) / 2)) * error
    return Figure(name, mean, Interval(max(0.0, mean - reach), mean + reach), people, unit)


def _check_probabilities(scores: ScoreCounts) -> None:
    low, high = float(scores.scores[0]), float(scores.scores[-1])
    if low < 0 or high > 1:
        raise ValueError(f"expected scores within [0, 1], got {low} to {high}")
