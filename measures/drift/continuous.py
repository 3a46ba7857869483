"""How far two numeric columns lie apart, exactly: both sorted, then walked through once.

The walk merges two sorted columns and counts, at each value, the rows at or below it on each
side. Counts are whole numbers, so the statistics do not depend on the order of rows.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import kolmogorov

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.sorted_values import SortedValues

#: With at most this many rows on each side the p-value is exact, as scipy's "auto" has it.
EXACT_UP_TO = 10_000

#: Intervals are drawn over at most this many bins of both columns together.
DRAWN_BINS = 100

#: Beyond so many rows (of both sides: n·m/(n + m)) the asymptotic p-value is Smirnov's with its
#: first correction: within 0.2 % of scipy's, which there takes a third of a second.
SERIES_UP_TO = 100_000

#: What the reports call the method.
METHOD = (
    f"percentile bootstrap of both counts over up to {DRAWN_BINS} bins of equal mass, "
    "moved to the exact estimate and widened to hold it"
)

#: Beyond so many rows squared, counts times rows no longer fit whole numbers of 64 bits.
_MOST_SQUARED = 2**62


class KolmogorovSmirnov(NamedTuple):
    """The largest gap between two distribution functions, a fraction in [0, 1].

    `at` is the value at which it is reached; `exact` says whether the p-value is the exact
    one of the permutation distribution or the asymptotic one; `n` are the current rows.
    """

    value: float
    interval: Interval | None
    p_value: float
    exact: bool
    at: float
    n: int


class Wasserstein(NamedTuple):
    """The mean distance values must be moved, in the unit of the column; at least 0.

    `normed` is it divided by the reference's standard deviation (divisor n, at least 0.001).
    NaN where a side has no values or infinite ones. `interval` is that of `value`.
    """

    value: float
    interval: Interval | None
    normed: float
    n: int


class Gaps(NamedTuple):
    """Both statistics of a pair of columns."""

    kolmogorov_smirnov: KolmogorovSmirnov
    wasserstein: Wasserstein


def gaps(reference: SortedValues, current: SortedValues, drawing: Drawing | None = None) -> Gaps:
    """Kolmogorov-Smirnov's statistic and the Wasserstein-1 distance, from one walk.

    The statistic and its p-value are those of scipy's ``ks_2samp`` (two-sided, "auto"; of more
    rows than `SERIES_UP_TO` the p-value to 0.2 % of itself), and so NannyML's exact and
    Evidently's; the distance is scipy's ``wasserstein_distance``,
    NannyML's exact; `normed` is Evidently's.

    Parameters
    ----------
    reference, current : SortedValues
        Missing values are left out.
    drawing : Drawing or None
        Resamples of both sides, confidence, seed; None gives no intervals.

    Returns
    -------
    Gaps
        NaN with n of 0 where a side has no values.

    References
    ----------
    N. V. Smirnov (1939), "On the estimation of the discrepancy between empirical curves of
    distribution for two independent samples", Bull. Math. Univ. Moscou 2. J. L. Hodges (1958),
    "The significance probability of the Smirnov two-sample test", Ark. Mat. 3, 469-486.
    L. V. Kantorovich, G. Sh. Rubinshtein (1958), "On a space of completely additive functions",
    Vestnik Leningrad Univ. 13(7), 52-59.
    """
    if not (reference.known and current.known):
        return _undefined()
    values, apart = _walk(reference, current)
    smirnov = _kolmogorov_smirnov(reference, current, values, apart)
    distance = _wasserstein(reference, current, values, apart)
    if drawing is None:
        return Gaps(smirnov, distance)
    held = _intervals(reference, current, values, (smirnov.value, distance.value), drawing)
    return Gaps(smirnov._replace(interval=held[0]), distance._replace(interval=held[1]))


def _undefined() -> Gaps:
    unknown = float("nan")
    return Gaps(
        KolmogorovSmirnov(unknown, None, unknown, False, unknown, 0),
        Wasserstein(unknown, None, unknown, 0),
    )


def _walk(reference: SortedValues, current: SortedValues) -> tuple[np.ndarray, np.ndarray]:
    """All values in order and, after each, how far both distribution functions are apart.

    The latter times the product of the rows, a whole number; shape (n_values,) each. Where a
    value occurs more than once only the last place counts, as neighbours show.
    """
    both = np.concatenate([reference.values, current.values])
    order = np.argsort(both, kind="stable")  # two runs in order already: one merge
    here = order < len(reference.values)
    if reference.counts is None and current.counts is None:
        passed, ours = np.arange(1, len(both) + 1), np.cumsum(here)
    else:
        counts = np.concatenate([reference.each(), current.each()])[order]
        passed, ours = np.cumsum(counts), np.cumsum(counts * here)
    before, after = reference.known, current.known
    if (before + after) ** 2 > _MOST_SQUARED:
        shares = ours / before - (passed - ours) / after
        return both[order], np.abs(shares) * (float(before) * after)
    # ours / before less theirs / after, times before and after
    np.multiply(ours, before + after, out=ours)
    np.multiply(passed, before, out=passed)
    return both[order], np.abs(ours - passed)


def _kolmogorov_smirnov(
    reference: SortedValues, current: SortedValues, values: np.ndarray, apart: np.ndarray
) -> KolmogorovSmirnov:
    last_of_value = np.append(values[1:] != values[:-1], True)
    settled = apart * last_of_value
    place = int(np.argmax(settled))
    statistic = float(settled[place]) / (float(reference.known) * current.known)
    exact = max(reference.known, current.known) <= EXACT_UP_TO
    p_value = (
        _exact_p(reference, current)
        if exact
        else _asymptotic_p(statistic, reference.known, current.known)
    )
    return KolmogorovSmirnov(statistic, None, p_value, exact, float(values[place]), current.known)


def _exact_p(reference: SortedValues, current: SortedValues) -> float:
    sides = [np.repeat(each.values, each.each()) for each in (reference, current)]
    return float(stats.ks_2samp(*sides, method="auto").pvalue)


def _asymptotic_p(statistic: float, before: int, after: int) -> float:
    """Of one sample as large as both together are worth, as scipy has it."""
    larger, smaller = float(max(before, after)), float(min(before, after))
    worth = float(np.round(larger * smaller / (larger + smaller)))
    if worth > SERIES_UP_TO:
        return float(kolmogorov(sqrt(worth) * statistic + 1 / (6 * sqrt(worth))))
    return float(np.clip(stats.kstwo.sf(statistic, worth), 0, 1))


def _wasserstein(
    reference: SortedValues, current: SortedValues, values: np.ndarray, apart: np.ndarray
) -> Wasserstein:
    if not (reference.is_finite and current.is_finite):
        return Wasserstein(float("nan"), None, float("nan"), current.known)
    moved = apart[:-1] * np.diff(values)
    distance = float(moved.sum()) / (float(reference.known) * current.known)
    normed = distance / max(_deviation(reference), 0.001)
    return Wasserstein(distance, None, normed, current.known)


def _deviation(column: SortedValues) -> float:
    if column.counts is None:
        return float(np.std(column.values))
    mean = float((column.values * column.counts).sum()) / column.known
    return sqrt(float((column.counts * (column.values - mean) ** 2).sum()) / column.known)


def _intervals(
    reference: SortedValues,
    current: SortedValues,
    values: np.ndarray,
    estimates: tuple[float, float],
    drawing: Drawing,
) -> tuple[Interval | None, Interval | None]:
    """Of the statistic and of the distance, kept at least 0; None where undefined."""
    places = np.unique(np.linspace(0, len(values) - 1, DRAWN_BINS).round().astype(np.int64))
    ends = np.unique(values[places])
    sides = [_counted(each, ends) for each in (reference, current)]
    drawn = _binned(
        bootstrap.replicates(sides[0], _cumulated, drawing),
        bootstrap.replicates(sides[1], _cumulated, drawing._replace(seed=drawing.seed + 1)),
        ends,
    )
    binned = _binned(_cumulated(sides[0][None]), _cumulated(sides[1][None]), ends)[0]
    smirnov, distance = (
        _moved(drawn[:, i], float(binned[i]), estimate, drawing.confidence)
        for i, estimate in enumerate(estimates)
    )
    return smirnov and Interval(smirnov.low, min(1.0, smirnov.high)), distance


def _counted(column: SortedValues, ends: np.ndarray) -> np.ndarray:
    """Rows up to each end and above the one before; shape (n_ends,)."""
    places = np.searchsorted(column.values, ends, side="right")
    below = places if column.counts is None else np.append(0, np.cumsum(column.counts))[places]
    return np.diff(below, prepend=0)


def _cumulated(counts: np.ndarray) -> np.ndarray:
    return np.asarray(np.cumsum(counts, axis=-1) / counts.sum(axis=-1, keepdims=True))


def _binned(before: np.ndarray, after: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Both statistics from distribution functions at the ends, (..., n_ends); shape (..., 2)."""
    apart = np.abs(before - after)
    with np.errstate(invalid="ignore"):  # infinite values: the distance is undefined
        moved = (apart[..., :-1] * np.diff(ends)).sum(axis=-1)
    return np.stack([apart.max(axis=-1), moved], axis=-1)


def _moved(drawn: np.ndarray, binned: float, estimate: float, confidence: float) -> Interval | None:
    """Replicates over bins, moved by what the bins do to the estimate."""
    if np.isnan(estimate):
        return None
    moved = np.maximum(drawn + (estimate - binned), 0.0)
    return bootstrap.percentile_interval(moved, estimate, confidence=confidence)
