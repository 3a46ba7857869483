"""How far a proportion seen in a sample may lie from the one it was drawn from."""

from math import sqrt

from scipy.special import ndtri

from measures.intervals.interval import Interval, check_confidence


def wilson_interval(successes: int, trials: int, *, confidence: float = 0.95) -> Interval:
    """Confidence interval for a proportion, by Wilson's score method.

    Unlike the textbook interval p ± z·se it keeps close to its promised coverage when the
    sample is small or the proportion lies near 0 or 1, and it never leaves [0, 1].

    Parameters
    ----------
    successes : int
        How often the event happened; ``0 <= successes <= trials``.
    trials : int
        How often it could have happened; at least 1.
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
    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
    inference", J. Amer. Statist. Assoc. 22(158), 209-212.
    """
    _check(successes, trials)
    check_confidence(confidence)
    z = float(ndtri((1 + confidence) / 2))
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    reach = z / scale * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == trials else centre + reach
    return Interval(low, high)


def _check(successes: int, trials: int) -> None:
    if trials < 1:
        raise ValueError(f"trials must be at least 1, got {trials}")
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must be within [0, {trials}], got {successes}")
