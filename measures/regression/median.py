"""The error that half of the people do not exceed, which no single outlier moves."""

import ibis
from scipy.stats import binom

from measures.intervals.interval import Interval, check_confidence
from measures.reduce.absolute_errors import reduce_absolute_errors
from measures.reduce.residuals import ResidualSums
from measures.regression.performance import Figure


def median_absolute_error(
    table: ibis.Table,
    sums: ResidualSums,
    *,
    target: str,
    prediction: str,
    confidence: float = 0.95,
) -> dict[tuple[str, ...], Figure]:
    """Median of the absolute error by group, with an interval that assumes no distribution.

    The interval runs from one order statistic to another: the number of people below the true
    median is binomial with probability one half, whatever the errors.

    Parameters
    ----------
    table : ibis.Table
        The rows that `sums` was taken from.
    sums : ResidualSums
        Says which groups there are, and how large.
    target, prediction : str
        Numeric columns, all finite.
    confidence : float, default 0.95
        Least coverage wanted, strictly between 0 and 1.

    Returns
    -------
    dict of tuple of str to Figure
        By group, in the unit of the target. The interval is None where no pair of order
        statistics is that sure: below 6 people at 95 %.

    Raises
    ------
    ValueError
        If the confidence is out of range or the table has other groups than `sums`.

    References
    ----------
    H. A. David, H. N. Nagaraja (2003), "Order Statistics", third edition, section 7.1.
    """
    check_confidence(confidence)
    ranks = [_rank(n, confidence) for n in sums.rows]
    levels = [
        (group, _levels(rank, n))
        for group, n, rank in zip(sums.groups, sums.rows, ranks, strict=True)
    ]
    found = reduce_absolute_errors(
        table, sums.features, levels, target=target, prediction=prediction
    )
    if empty := [group for group, held in zip(sums.groups, found, strict=True) if not held]:
        raise ValueError(f"expected people in every group of the sums, got none in {empty}")
    return {
        group: _figure(found[place], ranks[place], sums.rows[place])
        for place, group in enumerate(sums.groups)
    }


def _rank(n: int, confidence: float) -> int:
    """The rank from either end where the interval begins; 0 if there is none."""
    return int(binom.ppf((1 - confidence) / 2, n, 0.5))


def _levels(rank: int, n: int) -> list[float]:
    """Where the order statistics from either end, and the median between them, lie in [0, 1]."""
    from_end = (max(rank, 1) - 1) / max(1, n - 1)
    return [from_end, 0.5, 1 - from_end]


def _figure(found: list[float], rank: int, n: int) -> Figure:
    low, value, high = found
    interval = Interval(min(low, value), max(high, value)) if rank else None
    return Figure("median_absolute_error", value, interval, n, "target")
