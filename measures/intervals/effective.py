"""Wilson's interval for a share of people who have weights."""

from math import sqrt

import numpy as np
from scipy.special import ndtri

from measures.intervals.interval import Interval, check_confidence


def effective_size(weight: float, squares: float) -> float:
    """How many equally weighted people know as much: Kish's (Σw)²/Σw².

    References
    ----------
    L. Kish (1965), "Survey Sampling", section 11.2.
    """
    return weight * weight / squares


def people_behind(
    share: np.ndarray, squares: np.ndarray, others: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """How many equally weighted people would leave weighted shares as uncertain as they are.

    Kish's number holds where weights have nothing to do with the outcome. Where they do, the
    share's linearised variance, Σw²(y − p)²/(Σw)², can be larger, and then it counts.

    Parameters
    ----------
    share : ndarray
        Weighted shares, each of some weight.
    squares, others : ndarray of the same shape
        Σw² of those it happened to, and of the others.
    weight : ndarray of the same shape
        Σw of all of them.

    Returns
    -------
    ndarray
        Positive numbers, at most `effective_size`.

    References
    ----------
    L. Kish (1965), section 11.2; C.-E. Särndal, B. Swensson, J. Wretman (1992), "Model Assisted
    Survey Sampling", section 5.5.
    """
    kish = weight**2 / (squares + others)
    spread = (1 - share) ** 2 * squares + share**2 * others
    mixed = (share > 0) & (share < 1)
    alike = np.divide(share * (1 - share) * weight**2, spread, out=kish.copy(), where=mixed)
    return np.minimum(kish, alike)


def weighted_wilson_interval(share: float, size: float, *, confidence: float = 0.95) -> Interval:
    """Confidence interval for a weighted share, by Wilson's method at the effective size.

    Parameters
    ----------
    share : float
        Weight of those it happened to, divided by everybody's; in [0, 1].
    size : float
        From `people_behind`; positive.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Interval
        Bounds of the proportion, each a fraction in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    C. Franco, R. J. A. Little, T. A. Louis, E. V. Slud (2019), "Comparative study of confidence
    intervals for proportions in complex sample surveys", J. Surv. Stat. Methodol. 7(3), 334-364.
    """
    check_confidence(confidence)
    if not (0 <= share <= 1 and size > 0):
        raise ValueError(f"expected a share in [0, 1] of some people, got {share} of {size}")
    z = float(ndtri((1 + confidence) / 2))
    scale = 1 + z * z / size
    centre = (share + z * z / (2 * size)) / scale
    reach = z / scale * sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    low = 0.0 if share == 0 else max(0.0, centre - reach)
    high = 1.0 if share == 1 else min(1.0, centre + reach)
    return Interval(low, high)
