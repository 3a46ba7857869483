"""Two shares compared: tests of no difference, and intervals for difference and ratio.

Nothing is rounded; where a number does not exist (no variation, nobody selected) it is None.
"""

from math import exp, hypot, log, sqrt
from typing import NamedTuple

from scipy.special import ndtr, ndtri
from scipy.stats import fisher_exact as scipy_fisher_exact

from measures.intervals.interval import Interval, check_confidence
from measures.intervals.wilson import wilson_interval


class Share(NamedTuple):
    """People to whom something happened, of those to whom it could have."""

    happened: int
    possible: int

    @property
    def rate(self) -> float | None:
        """The fraction in [0, 1], None of nobody."""
        return self.happened / self.possible if self.possible else None


class SignificanceTest(NamedTuple):
    """A statistic and its two-sided p-value, None where nothing varies."""

    statistic: float | None
    p: float | None


#: What a test says where nothing varies.
UNTESTABLE = SignificanceTest(None, None)


class Deviation(NamedTuple):
    """How far a number of people lies from the number to be expected by chance.

    `standard_deviations` is signed, None where chance leaves no room; `model` is "binomial"
    or "hypergeometric".
    """

    observed: int
    expected: float
    standard_deviation: float
    standard_deviations: float | None
    model: str

    @property
    def suspect(self) -> bool:
        """Whether it lies more than two standard deviations from the expected number."""
        return self.standard_deviations is not None and abs(self.standard_deviations) > 2


def two_proportion_z(first: Share, second: Share) -> SignificanceTest:
    """Test that two shares are equal, by the pooled z statistic without continuity correction.

    z = (p₁ − p₂) / √(p·(1 − p)·(1/n₁ + 1/n₂)) with p = (x₁ + x₂)/(n₁ + n₂). Its square is
    Pearson's chi-square of the 2 × 2 table.

    Parameters
    ----------
    first, second : Share
        Each of at least one person.

    Returns
    -------
    SignificanceTest
        z (positive where the first share is larger) and its two-sided p; None of both where
        it happened to nobody or to everybody.

    Raises
    ------
    ValueError
        If a share is of nobody, or of more people than there are.

    References
    ----------
    J. L. Fleiss, B. Levin, M. C. Paik (2003), "Statistical Methods for Rates and Proportions",
    3rd ed., ch. 3.
    """
    (x, n), (y, m) = _checked(first), _checked(second)
    pooled = (x + y) / (n + m)
    if not 0 < pooled < 1:
        return UNTESTABLE
    z = (x / n - y / m) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return SignificanceTest(z, two_sided(z))


def fisher_exact(first: Share, second: Share) -> float:
    """Two-sided p of Fisher's exact test that two shares are equal.

    The sum of the probabilities of all tables with the same margins that are at most as
    likely as the one seen. Exact in any sample; some milliseconds whatever the counts.

    Parameters
    ----------
    first, second : Share
        Each of at least one person.

    Returns
    -------
    float
        A fraction in [0, 1].

    Raises
    ------
    ValueError
        If a share is of nobody, or of more people than there are.

    References
    ----------
    R. A. Fisher (1935), "The logic of inductive inference", J. R. Statist. Soc. 98(1), 39-82.
    Computed by ``scipy.stats.fisher_exact``.
    """
    (x, n), (y, m) = _checked(first), _checked(second)
    return float(scipy_fisher_exact([[x, n - x], [y, m - y]]).pvalue)


def wald_interval(first: Share, second: Share, *, confidence: float = 0.95) -> Interval:
    """Interval for the first share minus the second, by their unpooled standard error.

    The textbook's; too narrow for few people or shares near 0 and 1, where `newcombe_interval`
    serves. Kept within [−1, 1].

    Parameters
    ----------
    first, second : Share
        Each of at least one person.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    R. G. Newcombe (1998), "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statist. Med. 17(8), 873-890, method 1.
    """
    check_confidence(confidence)
    (x, n), (y, m) = _checked(first), _checked(second)
    p, q = x / n, y / m
    reach = _z(confidence) * sqrt(p * (1 - p) / n + q * (1 - q) / m)
    return Interval(max(-1.0, p - q - reach), min(1.0, p - q + reach))


def newcombe_interval(first: Share, second: Share, *, confidence: float = 0.95) -> Interval:
    """Interval for the first share minus the second, from the Wilson interval of each.

    Keeps close to its promised coverage in small samples and never leaves [−1, 1].

    Parameters
    ----------
    first, second : Share
        Each of at least one person.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    R. G. Newcombe (1998), "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statist. Med. 17(8), 873-890, method 10.
    """
    (x, n), (y, m) = _checked(first), _checked(second)
    p, q = x / n, y / m
    own = wilson_interval(x, n, confidence=confidence)
    other = wilson_interval(y, m, confidence=confidence)
    low = p - q - hypot(p - own.low, other.high - q)
    return Interval(low, p - q + hypot(own.high - p, q - other.low))


def katz_interval(first: Share, second: Share, *, confidence: float = 0.95) -> Interval | None:
    """Interval for the first share divided by the second, normal on the log scale.

    ln(p₁/p₂) ± z·√(1/x₁ − 1/n₁ + 1/x₂ − 1/n₂).

    Parameters
    ----------
    first, second : Share
        Each of at least one person.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        At least 0, no upper limit; None where either share is zero.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    D. Katz, J. Baptista, S. P. Azen, M. C. Pike (1978), "Obtaining confidence intervals for
    the risk ratio in cohort studies", Biometrics 34(3), 469-474, method C.
    """
    check_confidence(confidence)
    (x, n), (y, m) = _checked(first), _checked(second)
    if not (x and y):
        return None
    error = sqrt((n - x) / (x * n) + (m - y) / (y * m))
    return around_log(log((x / n) / (y / m)), error, confidence)


def ratio_interval(first: Share, second: Share, *, confidence: float = 0.95) -> Interval | None:
    """Katz's interval, or where it has none or no width, Wilson's bounds of both shares joined.

    The logarithm of a ratio of 0 does not exist, and that of two shares of 1 has no variance;
    joined by variance estimates recovery, bounds of the shares still bound their ratio.

    Parameters and errors as for `katz_interval`; None only where the second share is zero.

    References
    ----------
    A. Donner, G. Y. Zou (2012), "Closed-form confidence intervals for functions of the normal
    mean and standard deviation", Stat. Methods Med. Res. 21(4), 347-359.
    """
    katz = katz_interval(first, second, confidence=confidence)
    if not second.happened or (katz is not None and katz.low < katz.high):
        return katz
    (x, n), (y, m) = first, second
    (p, (l1, u1)), (q, (l2, u2)) = (
        (happened / possible, wilson_interval(happened, possible, confidence=confidence))
        for happened, possible in ((x, n), (y, m))
    )
    lower, upper = l1 * (2 * p - l1), u1 * (2 * p - u1)
    above, below = u2 * (2 * q - u2), l2 * (2 * q - l2)
    low = lower / (p * q + sqrt(max(0.0, (p * q) ** 2 - lower * above))) if lower else 0.0
    return Interval(low, (p * q + sqrt(max(0.0, (p * q) ** 2 - upper * below))) / below)


def binomial_deviation(selected: int, of_group: int, share: float) -> Deviation:
    """Selections of a group against a population's share, each selection drawn independently.

    For selections from a large pool outside the data: jurors from a county, teachers from a
    labour market. Expected are n·p, with standard deviation √(n·p·(1 − p)).

    Parameters
    ----------
    selected : int
        Selections in all, at least 1.
    of_group : int
        How many of them are of the group.
    share : float
        The group's share of the population, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Castaneda v. Partida, 430 U.S. 482, 496 n. 17 (1977); Hazelwood School District v. United
    States, 433 U.S. 299, 308-311 (1977).
    """
    _checked(Share(of_group, selected))
    if not 0 <= share <= 1:
        raise ValueError(f"share must be within [0, 1], got {share}")
    deviation = sqrt(selected * share * (1 - share))
    return _deviation(of_group, selected * share, deviation, "binomial")


def hypergeometric_deviation(group: Share, others: Share) -> Deviation:
    """Selections of a group against its share of the applicants, drawn without replacement.

    For selections among the people in the data. The number of standard deviations is the
    pooled z times √((N − 1)/N).

    Parameters
    ----------
    group, others : Share
        Selected of the applicants of the group, and of those it is compared with.

    Raises
    ------
    ValueError
        If a share is of nobody, or of more people than there are.

    References
    ----------
    As for `binomial_deviation`; D. C. Baldus and J. W. L. Cole (1980), "Statistical Proof of
    Discrimination", ch. 9.
    """
    (x, n), (y, m) = _checked(group), _checked(others)
    people, selected = n + m, x + y
    variance = selected * (people - selected) / people * (n / people) * (m / (people - 1))
    return _deviation(x, selected * n / people, sqrt(variance), "hypergeometric")


def two_sided(z: float) -> float:
    """Probability that a standard normal value lies at least as far from 0."""
    return float(2 * ndtr(-abs(z)))


def around_log(centre: float, error: float, confidence: float) -> Interval:
    """Interval of a quantity whose logarithm is normal around `centre`."""
    reach = _z(confidence) * error
    return Interval(exp(centre - reach), exp(centre + reach))


def _deviation(observed: int, expected: float, deviation: float, model: str) -> Deviation:
    away = (observed - expected) / deviation if deviation > 0 else None
    return Deviation(observed, expected, deviation, away, model)


def _z(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))


def _checked(share: Share) -> Share:
    if share.possible < 1:
        raise ValueError(f"expected a share of at least one person, got one of {share.possible}")
    if not 0 <= share.happened <= share.possible:
        raise ValueError(f"expected within [0, {share.possible}] people, got {share.happened}")
    return share
