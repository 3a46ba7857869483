"""Rows needed to tell a rate from a bound, or the rates of two groups from one another.

Plans rest on the rates one expects. Where an expected rate lies on the bound itself, no number
of rows would do, and the answer is None.
"""

from math import ceil, log, sqrt
from typing import NamedTuple

from scipy.stats import binom

from measures.planning.wanted import USUAL, Wanted, check_share, quantiles


class TwoGroups(NamedTuple):
    """Rows needed of each of two groups."""

    first: int
    second: int


def rows_for_proportion(expected: float, bound: float, *, wanted: Wanted = USUAL) -> int | None:
    """Rows at which Wilson's interval of a rate lies wholly on one side of a bound.

    The interval leaves the bound out exactly when the score test rejects it. The rows are the
    first, from the normal approximation on (in steps of 0.2 %), whose exact binomial power is
    what is wanted.

    Parameters
    ----------
    expected : float
        The rate one expects, in (0, 1).
    bound : float
        The rate it must be told from, in (0, 1).
    wanted : Wanted
        Confidence and power.

    Returns
    -------
    int or None
        None if the expected rate is the bound.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    J. L. Fleiss, B. Levin, M. C. Paik (2003), "Statistical Methods for Rates and Proportions",
    third edition, chapter 2.
    """
    z = quantiles(wanted)
    check_share("expected", expected)
    check_share("bound", bound)
    if expected == bound:
        return None
    reach = z.confidence * sqrt(bound * (1 - bound)) + z.power * sqrt(expected * (1 - expected))
    rows = max(1, ceil((reach / (expected - bound)) ** 2))
    while proportion_power(rows, expected, bound, confidence=wanted.confidence) < wanted.power:
        rows += max(1, rows // 500)  # the power of counts is a saw: teeth need no finer steps
    return rows


def proportion_power(
    rows: int, expected: float, bound: float, *, confidence: float = 0.95
) -> float:
    """How often Wilson's interval of `rows` rows lies on the expected side of the bound.

    Parameters
    ----------
    rows : int
        At least 1.
    expected, bound : float
        Rates in (0, 1), not the same.
    confidence : float, default 0.95
        Coverage of the interval.

    Returns
    -------
    float
        Exact binomial probability.
    """
    reach = quantiles(Wanted(confidence)).confidence * sqrt(rows * bound * (1 - bound))
    if expected > bound:
        fewest = int(rows * bound + reach) + 1  # strictly above
        return float(binom.sf(fewest - 1, rows, expected))
    most = ceil(rows * bound - reach) - 1  # strictly below
    return float(binom.cdf(most, rows, expected))


def rows_for_difference(
    first: float,
    second: float,
    *,
    bound: float = 0.0,
    allocation: float = 1.0,
    wanted: Wanted = USUAL,
) -> TwoGroups | None:
    """Rows per group at which the interval of a difference of rates leaves a bound out.

    To first order of Wald's interval, first − second ± z·√(p₁q₁/n₁ + p₂q₂/n₂), whose width
    Newcombe's comes to with growing rows.

    Parameters
    ----------
    first, second : float
        The rates one expects, in (0, 1).
    bound : float, default 0
        The difference first − second to be told from, in (-1, 1).
    allocation : float, default 1
        Rows of the second group per row of the first, above 0.
    wanted : Wanted
        Confidence and power.

    Returns
    -------
    TwoGroups or None
        None if the expected difference is the bound.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Fleiss, Levin, Paik (2003), chapter 4. R. G. Newcombe (1998), "Interval estimation for the
    difference between independent proportions", Statist. Med. 17(8), 873-890, method 10.
    """
    _check_pair(first, second, allocation)
    if not -1 < bound < 1:
        raise ValueError(f"bound must be strictly between -1 and 1, got {bound}")
    variance = first * (1 - first) + second * (1 - second) / allocation
    return _pair(variance, first - second - bound, allocation, wanted)


def rows_for_ratio(
    first: float,
    second: float,
    *,
    bound: float = 0.8,
    allocation: float = 1.0,
    wanted: Wanted = USUAL,
) -> TwoGroups | None:
    """Rows per group at which the interval of a ratio of rates leaves a bound out.

    By Katz's interval of the ratio's logarithm, whose variance is q₁/(n₁p₁) + q₂/(n₂p₂). With
    the bound 0.8 this is the four-fifths rule.

    Parameters
    ----------
    first, second : float
        The rates one expects, in (0, 1).
    bound : float, default 0.8
        The ratio first / second to be told from, above 0.
    allocation : float, default 1
        Rows of the second group per row of the first, above 0.
    wanted : Wanted
        Confidence and power.

    Returns
    -------
    TwoGroups or None
        None if the expected ratio is the bound.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    D. Katz, J. Baptista, S. P. Azen, M. C. Pike (1978), "Obtaining confidence intervals for
    the risk ratio in cohort studies", Biometrics 34(3), 469-474. Uniform Guidelines on
    Employee Selection Procedures (1978), 29 CFR 1607.4(D).
    """
    _check_pair(first, second, allocation)
    if not bound > 0:
        raise ValueError(f"bound must be above 0, got {bound}")
    variance = (1 - first) / first + (1 - second) / second / allocation
    away = 0.0 if first == bound * second else log(first) - log(second) - log(bound)
    return _pair(variance, away, allocation, wanted)


def rows_for_z_test(
    first: float, second: float, *, allocation: float = 1.0, wanted: Wanted = USUAL
) -> TwoGroups | None:
    """Rows per group at which the pooled two-proportion z test tells two rates apart.

    Parameters
    ----------
    first, second : float
        The rates one expects, in (0, 1).
    allocation : float, default 1
        Rows of the second group per row of the first, above 0.
    wanted : Wanted
        Confidence (one minus the two-sided level) and power.

    Returns
    -------
    TwoGroups or None
        None if the rates are equal.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Fleiss, Levin, Paik (2003), chapter 4.
    """
    _check_pair(first, second, allocation)
    if first == second:
        return None
    return _rounded(_z_test_rows(first, second, allocation, wanted), allocation)


def rows_for_corrected_z_test(
    first: float, second: float, *, allocation: float = 1.0, wanted: Wanted = USUAL
) -> TwoGroups | None:
    """The same with the continuity correction, which comes near to Fisher's exact test.

    Parameters and errors are those of `rows_for_z_test`.

    References
    ----------
    J. L. Fleiss, A. Tytun, H. K. Ury (1980), "A simple approximation for calculating sample
    sizes for comparing independent proportions", Biometrics 36(2), 343-346.
    """
    _check_pair(first, second, allocation)
    if first == second:
        return None
    rows = _z_test_rows(first, second, allocation, wanted)
    correction = 2 * (allocation + 1) / (rows * allocation * abs(first - second))
    return _rounded(rows / 4 * (1 + sqrt(1 + correction)) ** 2, allocation)


def _z_test_rows(first: float, second: float, allocation: float, wanted: Wanted) -> float:
    z = quantiles(wanted)
    pooled = (first + allocation * second) / (1 + allocation)
    apart = first * (1 - first) + second * (1 - second) / allocation
    reach = z.confidence * sqrt(pooled * (1 - pooled) * (1 + 1 / allocation))
    return ((reach + z.power * sqrt(apart)) / (first - second)) ** 2


def _pair(variance: float, away: float, allocation: float, wanted: Wanted) -> TwoGroups | None:
    """Rows at which `away` is the sum of both quantiles times the standard error."""
    z = quantiles(wanted)
    if not away:
        return None
    return _rounded(variance * ((z.confidence + z.power) / away) ** 2, allocation)


def _rounded(rows: float, allocation: float) -> TwoGroups:
    return TwoGroups(max(1, ceil(rows)), max(1, ceil(rows * allocation)))


def _check_pair(first: float, second: float, allocation: float) -> None:
    check_share("first", first)
    check_share("second", second)
    if not allocation > 0:
        raise ValueError(f"allocation must be above 0, got {allocation}")
