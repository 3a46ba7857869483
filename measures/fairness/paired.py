"""Two yes-or-no answers about the same people: McNemar's test, and the difference's interval.

People about whom both answers agree say nothing about which is more frequent; the test looks
at the others, the interval at all.
"""

from math import sqrt
from typing import NamedTuple

from scipy.special import chdtrc
from scipy.stats import binom

from measures.fairness.proportions import UNTESTABLE, SignificanceTest
from measures.intervals.interval import Interval
from measures.intervals.wilson import wilson_interval


class Pairs(NamedTuple):
    """People by two answers: `both` yes, only the first, only the second, neither."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self)

    @property
    def difference(self) -> float:
        """Rate of the second answer minus that of the first, in [−1, 1]."""
        return (self.only_second - self.only_first) / self.people


class McNemar(NamedTuple):
    """McNemar's test that both answers are equally frequent, in four forms.

    `exact` and `mid_p` are two-sided binomial p-values, 1 where the answers never differ;
    `bare` and `corrected` are chi-squares with one degree of freedom, None of both there.
    """

    exact: float
    mid_p: float
    bare: SignificanceTest
    corrected: SignificanceTest


def mcnemar(pairs: Pairs) -> McNemar:
    """Test that two answers about the same people are equally frequent.

    Parameters
    ----------
    pairs : Pairs
        At least one person.

    Returns
    -------
    McNemar
        The exact test is conservative in small samples, the mid-p form hardly ever exceeds
        its level and is the one to prefer.

    Raises
    ------
    ValueError
        If there is nobody, or a count is negative.

    References
    ----------
    Q. McNemar (1947), "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12(2), 153-157. A. L. Edwards (1948), "Note on
    the correction for continuity", Psychometrika 13(3), 185-187. M. W. Fagerland, S. Lydersen,
    P. Laake (2013), "The McNemar test for binary matched-pairs data: mid-p and asymptotic are
    better than exact conditional", BMC Med. Res. Methodol. 13, 91.
    """
    _check(pairs)
    fewer, more = sorted((pairs.only_first, pairs.only_second))
    differing = fewer + more
    if not differing:
        return McNemar(1.0, 1.0, UNTESTABLE, UNTESTABLE)
    doubled = 2 * float(binom.cdf(fewer, differing, 0.5))
    at = float(binom.pmf(fewer, differing, 0.5))
    mid_p = 1 - at / 2 if fewer == more else doubled - at
    apart = more - fewer
    return McNemar(
        min(1.0, doubled),
        mid_p,
        _chi_square(apart**2 / differing),
        _chi_square(max(0, apart - 1) ** 2 / differing),
    )


def paired_interval(pairs: Pairs, *, confidence: float = 0.95) -> Interval:
    """Interval for the rate of the second answer minus that of the first.

    From the Wilson interval of each and their correlation, which is corrected for continuity;
    where the answers are uncorrelated it is the interval of independent ones.

    Parameters
    ----------
    pairs : Pairs
        At least one person.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Interval
        Within [−1, 1].

    Raises
    ------
    ValueError
        If there is nobody, a count is negative, or confidence lies outside its range.

    References
    ----------
    R. G. Newcombe (1998), "Improved confidence intervals for the difference between binomial
    proportions based on paired data", Statist. Med. 17(22), 2635-2650, method 10.
    """
    _check(pairs)
    n = pairs.people
    second, first = pairs.both + pairs.only_second, pairs.both + pairs.only_first
    above = wilson_interval(second, n, confidence=confidence)
    below = wilson_interval(first, n, confidence=confidence)
    correlation = _correlation(pairs)
    low = _reach(second / n - above.low, below.high - first / n, correlation)
    high = _reach(above.high - second / n, first / n - below.low, correlation)
    return Interval(pairs.difference - low, pairs.difference + high)


def _correlation(pairs: Pairs) -> float:
    """Phi of the two answers, its numerator moved n/2 towards 0 where positive."""
    both, only_first, only_second, neither = pairs
    margins = (both + only_first) * (only_second + neither)
    margins *= (both + only_second) * (only_first + neither)
    if not margins:
        return 0.0
    together = float(both * neither - only_first * only_second)
    if together > 0:
        together = max(0.0, together - pairs.people / 2)
    return together / sqrt(margins)


def _reach(own: float, other: float, correlation: float) -> float:
    return sqrt(max(0.0, own**2 - 2 * correlation * own * other + other**2))


def _chi_square(statistic: float) -> SignificanceTest:
    return SignificanceTest(statistic, float(chdtrc(1, statistic)))


def _check(pairs: Pairs) -> None:
    if min(pairs) < 0 or not pairs.people:
        raise ValueError(f"expected counts of at least one person, none negative, got {pairs}")
