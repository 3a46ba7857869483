"""How much one category tells of another (Cramér's V, Theil's U), and of a number (eta).

From contingency tables and exact sums by category; a few kilobytes stand for all rows.
"""

from fractions import Fraction
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, chdtrc, ncfdtr

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import UNINFORMATIVE, Interval, check_confidence
from measures.reduce.association import CategoryMoments, Contingency
from measures.reduce.moments import Moments

#: What reports call the interval of V and U.
METHOD = "percentile bootstrap on the contingency table, widened to hold the estimate"


class Association(NamedTuple):
    """A strength in [0, 1] over `n` rows that have both values.

    `value` is None where it is undefined: one of the columns does not vary. `p` is the
    probability of so strong an association if there were none, None where undefined.
    """

    name: str
    value: float | None
    interval: Interval
    p: float | None
    n: int


def cramers_v(table: Contingency, drawing: Drawing) -> Association:
    """Cramér's V between two categories, corrected for bias: 0 none, 1 one determines the other.

    With φ² = χ²/n, r rows and c columns:
    V = sqrt(max(0, φ² − (r − 1)(c − 1)/(n − 1)) / min(r̃ − 1, c̃ − 1)), where
    r̃ = r − (r − 1)²/(n − 1), and c̃ likewise.

    Parameters
    ----------
    table : Contingency
        Counts of two categories.
    drawing : Drawing
        How the interval is drawn.

    Returns
    -------
    Association
        "cramers_v"; symmetric; p by the chi-square test (Pearson).

    References
    ----------
    W. Bergsma (2013), "A bias-correction for Cramér's V and Tschuprow's T", J. Korean Statist.
    Soc. 42(3), 323-328.
    """
    return _measured("cramers_v", table.counts, _cramers_v, drawing, _chi_square_p(table.counts))


def theils_u(table: Contingency, drawing: Drawing) -> Association:
    """Theil's U: which share of the uncertainty of the second column the first one removes.

    U = (H(second) − H(second | first)) / H(second), H being Shannon's entropy: 0 nothing, 1
    knowing the first is knowing the second. It is not symmetric.

    Parameters
    ----------
    table : Contingency
        Counts of two categories; `table.transposed` turns the question round.
    drawing : Drawing
        How the interval is drawn.

    Returns
    -------
    Association
        "theils_u"; p by the chi-square test (Pearson). With many values and few rows U is too
        large, and so is its interval.

    References
    ----------
    H. Theil (1970), "On the estimation of relationships involving qualitative variables",
    Amer. J. Sociol. 76(1), 103-154.
    """
    return _measured("theils_u", table.counts, _theils_u, drawing, _chi_square_p(table.counts))


def correlation_ratio(by_category: CategoryMoments, *, confidence: float = 0.95) -> Association:
    """Eta: the root of the share of a number's variance that lies between the categories.

    η² = Σ n_g (mean_g − mean)² / Σ (x − mean)².

    Parameters
    ----------
    by_category : CategoryMoments
        Moments of the number in each category.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    Association
        "correlation_ratio"; p by the F test of equal means, the interval by the noncentral F
        distribution, widened to hold the estimate. Both assume normal values of equal
        variance within each category.

    References
    ----------
    K. Pearson (1911), "On a correction to be made to the correlation ratio η", Biometrika
    8(1/2), 254-256. J. H. Steiger (2004), "Beyond the F test: effect size confidence intervals
    and tests of close fit in the analysis of variance and contrast analysis", Psychol.
    Methods 9(2), 164-182.
    """
    check_confidence(confidence)
    parts = by_category.moments
    n = sum(part.rows for part in parts)
    total = sum((_squares(part) for part in parts), Fraction(0)) - _square_of_sum(parts, n)
    between = sum((_square_of_sum([part], part.rows) for part in parts), Fraction(0))
    between -= _square_of_sum(parts, n)
    if len(parts) < 2 or total <= 0:
        return Association("correlation_ratio", None, UNINFORMATIVE, None, n)
    share = float(min(Fraction(1), max(Fraction(0), between / total)))
    p = _f_test_p(share, len(parts), n)
    interval = _ratio_interval(share, len(parts), n, confidence)
    return Association("correlation_ratio", sqrt(share), interval, p, n)


def _measured(
    name: str, counts: np.ndarray, statistic: bootstrap.Statistic, drawing: Drawing, p: float | None
) -> Association:
    n = int(counts.sum())
    estimate = float(statistic(counts[np.newaxis])[0]) if n else float("nan")
    if np.isnan(estimate):
        return Association(name, None, UNINFORMATIVE, None, n)
    drawn = bootstrap.replicates(counts, statistic, drawing)
    if np.isnan(drawn).all():  # so few rows that one column is constant in each resample
        return Association(name, estimate, UNINFORMATIVE, p, n)
    interval = bootstrap.percentile_interval(drawn, estimate, confidence=drawing.confidence)
    return Association(name, estimate, interval, p, n)


def _cramers_v(counts: np.ndarray) -> np.ndarray:
    """Of tables of shape (k, r, c); shape (k,), NaN where undefined."""
    n = counts.sum(axis=(1, 2)).astype(np.float64)
    phi = _chi_square(counts) / n
    sizes = [(counts.sum(axis=axis) > 0).sum(axis=1).astype(np.float64) for axis in (2, 1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = np.maximum(0.0, phi - (sizes[0] - 1) * (sizes[1] - 1) / (n - 1))
        shrunk = [size - (size - 1) ** 2 / (n - 1) for size in sizes]
        strength = np.sqrt(rest / (np.minimum(*shrunk) - 1))
    vary = (np.minimum(*sizes) > 1) & (np.minimum(*shrunk) > 1)
    return np.where(vary, np.minimum(strength, 1.0), np.nan)


def _chi_square(counts: np.ndarray) -> np.ndarray:
    """Pearson's χ² of tables of shape (k, r, c): n (Σ n_ij² / (n_i n_j) − 1)."""
    observed = counts.astype(np.float64)
    down, across = observed.sum(axis=2, keepdims=True), observed.sum(axis=1, keepdims=True)
    n = observed.sum(axis=(1, 2), keepdims=True)
    expected = down * across / n
    excess = np.divide(
        (observed - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0
    )
    return excess.sum(axis=(1, 2))


def _theils_u(counts: np.ndarray) -> np.ndarray:
    """Of tables of shape (k, r, c): of the columns, given the rows; NaN where undefined."""
    n = counts.sum(axis=(1, 2)).astype(np.float64)
    whole = _entropy(counts.sum(axis=1), n)
    both = _entropy(counts.reshape(len(counts), -1), n)
    left = both - _entropy(counts.sum(axis=2), n)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip((whole - left) / whole, 0.0, 1.0)
    vary = (counts.sum(axis=1) > 0).sum(axis=1) > 1
    return np.where(vary, share, np.nan)


def _entropy(counts: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Shannon's entropy in nats of counts of shape (k, m) that add up to n, shape (k,)."""
    shares = counts / n[:, np.newaxis]
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return -(shares * logs).sum(axis=1)


def _chi_square_p(counts: np.ndarray) -> float | None:
    if min(counts.shape) < 2:
        return None
    free = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(chdtrc(free, _chi_square(counts[np.newaxis])[0]))


def _squares(part: Moments) -> Fraction:
    return Fraction(part.powers[1], part.unit)


def _square_of_sum(parts: list[Moments] | tuple[Moments, ...], n: int) -> Fraction:
    """(Σ x)² / n of all parts' rows together."""
    total = sum((Fraction(part.powers[0], part.unit) for part in parts), Fraction(0))
    return total**2 / n if n else Fraction(0)


def _f_test_p(share: float, groups: int, n: int) -> float | None:
    """Of F = (share / (groups − 1)) / ((1 − share) / (n − groups))."""
    if n <= groups:
        return None
    return float(betainc((n - groups) / 2, (groups - 1) / 2, 1 - share))


def _ratio_interval(share: float, groups: int, n: int, confidence: float) -> Interval:
    """Of eta: the noncentralities λ under which F would be as far out, as λ / (λ + n)."""
    if n <= groups:
        return UNINFORMATIVE
    if share == 1:
        return Interval(1.0, 1.0)
    tail = (1 - confidence) / 2
    found = [_noncentrality(share, groups, n, level) for level in (1 - tail, tail)]
    low, high = (sqrt(each / (each + n)) for each in found)
    return Interval(min(low, sqrt(share)), max(high, sqrt(share)))


def _noncentrality(share: float, groups: int, n: int, level: float) -> float:
    """The λ at which F is below its value with probability `level`; 0 if it never is so often."""
    free, rest = groups - 1, n - groups
    value = (share / free) / ((1 - share) / rest)

    def excess(noncentrality: float) -> float:
        return float(ncfdtr(free, rest, noncentrality, value)) - level

    if excess(0.0) <= 0:
        return 0.0
    top = 4 * n * share / (1 - share) + 100.0
    while excess(top) > 0:
        top *= 2
    return float(brentq(excess, 0.0, top, xtol=1e-12 * top))
