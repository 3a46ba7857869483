"""Whether more values are missing than before."""

from typing import NamedTuple

from measures.fairness.proportions import Share, fisher_exact, newcombe_interval, two_proportion_z
from measures.intervals.interval import Interval

#: Values expected on a side, missing or not, from which z is near enough to normal (Cochran).
_LEAST_EXPECTED = 5


class MissingRateChange(NamedTuple):
    """Missing rates as fractions in [0, 1]; `difference`, current less reference, in [-1, 1].

    Rates and difference are NaN and the interval None where a side has no rows. `p_value` is
    1.0 where nothing, or everything, is missing on both sides. `n` current rows.
    """

    reference: float
    current: float
    difference: float
    interval: Interval | None
    p_value: float
    n: int


def missing_rate_change(
    reference: tuple[int, int], current: tuple[int, int], *, confidence: float = 0.95
) -> MissingRateChange:
    """Difference of two missing rates, with Newcombe's interval and a test.

    The interval joins Wilson's intervals of both rates (Newcombe's method 10), so it is
    sound where rates are near 0, as missing rates are. The test is the pooled z, or Fisher's
    exact where fewer than five values are expected missing, or not missing, on a side.

    Parameters
    ----------
    reference, current : (int, int)
        Missing values and rows of each side.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If more values are missing than there are rows.

    References
    ----------
    R. G. Newcombe (1998), "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statist. Med. 17(8), 873-890.
    W. G. Cochran (1954), "Some methods for strengthening the common chi-square tests",
    Biometrics 10(4), 417-451.
    """
    before, after = Share(*reference), Share(*current)
    if before.rate is None or after.rate is None:
        unknown = float("nan")
        return MissingRateChange(unknown, unknown, unknown, None, unknown, after.possible)
    interval = newcombe_interval(after, before, confidence=confidence)
    return MissingRateChange(
        before.rate,
        after.rate,
        after.rate - before.rate,
        interval,
        _p_value(after, before),
        after.possible,
    )


def _p_value(after: Share, before: Share) -> float:
    missing, rows = after.happened + before.happened, after.possible + before.possible
    if missing in (0, rows):
        return 1.0
    expected = min(missing, rows - missing) * min(after.possible, before.possible) / rows
    if expected < _LEAST_EXPECTED:
        return fisher_exact(after, before)
    p_value = two_proportion_z(after, before).p
    return 1.0 if p_value is None else p_value
