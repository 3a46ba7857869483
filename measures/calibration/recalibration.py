"""How scores would have to be stretched and shifted to come true: calibration slope, intercept.

Both come from the logistic regression of the label on the score's logit; a perfectly
calibrated model has slope 1 and intercept 0. A slope below 1 says that scores are too extreme
(overfitting), an intercept below 0 that they are too high.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtri
from scipy.stats import norm

from measures.classification.performance import check_probabilities
from measures.intervals.interval import Interval, check_confidence
from measures.reduce.scores import ScoreCounts

#: Scores are kept this far from 0 and 1, whose logits are infinite.
CLIP = 1e-6

#: What the reports call the method.
METHOD = "Wald (logistic regression on score counts)"

_STEPS = 100
_ENOUGH = 1e-13


class Coefficient(NamedTuple):
    """A regression coefficient; NaN, and its interval all numbers, where there is none."""

    value: float
    standard_error: float
    interval: Interval
    defined: bool = True


class Recalibration(NamedTuple):
    """Calibration of `n` people, `clipped` of whom had a score at or next to 0 or 1.

    `slope` and `intercept` are fitted together; `in_the_large` is the intercept with the
    slope held at 1. Intercepts are in logits.
    """

    slope: Coefficient
    intercept: Coefficient
    in_the_large: Coefficient
    clipped: int
    n: int


class SpiegelhalterTest(NamedTuple):
    """Spiegelhalter's z of `n` people and its two-sided p-value; None where there is none."""

    z: float | None
    p_value: float | None
    n: int


_NONE = Coefficient(
    float("nan"), float("nan"), Interval(float("-inf"), float("inf")), defined=False
)


def recalibration(
    scores: ScoreCounts, *, confidence: float = 0.95, clip: float = CLIP
) -> Recalibration:
    """Calibration slope, intercept and calibration in the large, with Wald intervals.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    clip : float, default 1e-6
        Scores nearer to 0 or 1 are set this far from them, and counted; below ½.

    Returns
    -------
    Recalibration
        Slope and intercept are undefined where no finite ones fit best: one label only, one
        score only, or labels that a threshold separates. Calibration in the large is
        undefined where there is one label only.

    Raises
    ------
    ValueError
        If there is nobody, a score lies outside [0, 1], or `clip` outside (0, ½).

    References
    ----------
    D. R. Cox (1958), "Two further applications of a model for binary regression", Biometrika
    45(3/4), 562-565. B. Van Calster and others (2019), "Calibration: the Achilles heel of
    predictive analytics", BMC Medicine 17:230.
    """
    check_confidence(confidence)
    check_probabilities(scores)
    if not 0 < clip < 0.5:
        raise ValueError(f"expected clip strictly between 0 and 0.5, got {clip}")
    near = (scores.scores < clip) | (scores.scores > 1 - clip)
    clipped, z = int(scores.totals[near].sum()), float(ndtri((1 + confidence) / 2))
    logits = logit(np.clip(scores.scores, clip, 1 - clip))
    both: tuple[Coefficient, ...] = (_NONE, _NONE)
    if _overlapping(scores.negatives > 0, scores.positives > 0, logits):
        columns = np.stack([np.ones_like(logits), logits], axis=-1)
        start = np.array([_base(scores), 0.0])
        both = _fitted(columns, np.zeros_like(logits), scores, start, z)
    large = _NONE
    if scores.negatives.any() and scores.positives.any():
        start = np.array([_shift(logits, scores)])
        large = _fitted(np.ones((len(logits), 1)), logits, scores, start, z)[0]
    return Recalibration(both[1], both[0], large, clipped, scores.rows)


def spiegelhalter(scores: ScoreCounts) -> SpiegelhalterTest:
    """Spiegelhalter's test of calibration, which needs no bins.

    z = Σ (y − p)(1 − 2p) / √Σ (1 − 2p)² p (1 − p), standard normal if scores come true.

    Parameters
    ----------
    scores : ScoreCounts
        Probabilities in [0, 1].

    Returns
    -------
    SpiegelhalterTest
        None where the variance is zero: every score is 0, ½ or 1.

    Raises
    ------
    ValueError
        If there is nobody, or a score lies outside [0, 1].

    References
    ----------
    D. J. Spiegelhalter (1986), "Probabilistic prediction in patient management and clinical
    trials", Statist. Med. 5(5), 421-433.
    """
    check_probabilities(scores)
    p, n = scores.scores, scores.totals
    variance = float((n * (1 - 2 * p) ** 2 * p * (1 - p)).sum())
    if not variance > 0:
        return SpiegelhalterTest(None, None, scores.rows)
    z = float(((scores.positives - n * p) * (1 - 2 * p)).sum()) / variance**0.5
    return SpiegelhalterTest(z, float(2 * norm.sf(abs(z))), scores.rows)


def _overlapping(negative: np.ndarray, positive: np.ndarray, logits: np.ndarray) -> bool:
    """Whether a finite slope fits best: no threshold separates the labels, ties included."""
    if not (negative.any() and positive.any()):
        return False
    low, high = logits[negative][[0, -1]]
    first, last = logits[positive][[0, -1]]
    return bool(first < high and low < last)


def _base(scores: ScoreCounts) -> float:
    """Logit of the share of positives."""
    return float(np.log(scores.positives.sum() / scores.negatives.sum()))


def _shift(logits: np.ndarray, scores: ScoreCounts) -> float:
    """The shift of all logits after which as many positives are expected as there are."""
    base, positives = _base(scores), int(scores.positives.sum())

    def too_many(shift: float) -> float:
        return float((scores.totals * expit(logits + shift)).sum()) - positives

    # a margin, since at the ends all may lie on one side by rounding
    low, high = base - float(logits[-1]) - 1e-6, base - float(logits[0]) + 1e-6
    return float(brentq(too_many, low, high))


def _fitted(
    columns: np.ndarray, offset: np.ndarray, scores: ScoreCounts, start: np.ndarray, z: float
) -> tuple[Coefficient, ...]:
    """Logistic regression by Newton's method on counts; steps that do not help are halved."""
    found, n = start, scores.totals
    likelihood = _likelihood(columns @ found + offset, scores)
    for _ in range(_STEPS):
        likely = expit(columns @ found + offset)
        gradient = columns.T @ (scores.positives - n * likely)
        step = np.linalg.solve(_information(columns, n, likely), gradient)
        again, better = found + step, _likelihood(columns @ (found + step) + offset, scores)
        while better < likelihood - 1e-9 * abs(likelihood) and np.abs(step).max() > _ENOUGH:
            step = step / 2
            again = found + step
            better = _likelihood(columns @ again + offset, scores)
        found, likelihood = again, better
        if np.abs(step).max() <= _ENOUGH * max(1.0, np.abs(found).max()):
            break
    likely = expit(columns @ found + offset)
    errors = np.sqrt(np.diag(np.linalg.inv(_information(columns, n, likely))))
    return tuple(_coefficient(float(b), float(e), z) for b, e in zip(found, errors, strict=True))


def _information(columns: np.ndarray, n: np.ndarray, likely: np.ndarray) -> np.ndarray:
    return np.asarray((columns * (n * likely * (1 - likely))[:, np.newaxis]).T @ columns)


def _likelihood(predicted: np.ndarray, scores: ScoreCounts) -> float:
    """Logarithm of the likelihood, from logits."""
    lost = scores.positives * np.logaddexp(0, -predicted)
    lost = lost + scores.negatives * np.logaddexp(0, predicted)
    return -float(lost.sum())


def _coefficient(value: float, error: float, z: float) -> Coefficient:
    return Coefficient(value, error, Interval(value - z * error, value + z * error))
