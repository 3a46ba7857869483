"""How far two numeric columns lie apart, exactly: both sorted, then walked through once.

The walk merges two sorted columns and counts, at each value, the rows at or below it on each
side. Counts are whole numbers, so the statistics do not depend on the order of rows.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy import stats
from scipy.special import kolmogorov

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.sorted_values import SortedValues

#: With at most this many rows on each side the p-value is exact, as scipy's "auto" has it.
EXACT_UP_TO = 10_000

#: Intervals are drawn over at most this many bins, half of them of equal mass on either side.
DRAWN_BINS = 200

#: Beyond so many rows (of both sides: n·m/(n + m)) the asymptotic p-value is Smirnov's with its
#: first correction: within 0.2 % of scipy's, which there takes a third of a second.
SERIES_UP_TO = 100_000

#: What the reports call the method.
METHOD = (
    "estimate plus and minus the norm that resamples of both sides, over up to"
    f" {DRAWN_BINS} bins, keep within: the interval holds 0 unless the sides differ"
)

#: Beyond so many rows squared, counts times rows no longer fit whole numbers of 64 bits.
_MOST_SQUARED = 2**62

#: Values of a side merged at a time.
_STRETCH = 32_768

#: A side's values in order, and the rows each stands for (None: one each).
_Part: TypeAlias = tuple[np.ndarray, np.ndarray | None]


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
    walked = _walk(reference, current)
    smirnov = _kolmogorov_smirnov(reference, current, walked)
    distance = _wasserstein(reference, current, walked)
    if drawing is None:
        return Gaps(smirnov, distance)
    held = _intervals(reference, current, (smirnov.value, distance.value), drawing)
    return Gaps(smirnov._replace(interval=held[0]), distance._replace(interval=held[1]))


def _undefined() -> Gaps:
    unknown = float("nan")
    return Gaps(
        KolmogorovSmirnov(unknown, None, unknown, False, unknown, 0),
        Wasserstein(unknown, None, unknown, 0),
    )


class _Walked(NamedTuple):
    """The largest gap of both distribution functions, where it is, and the area between them."""

    gap: float
    at: float
    area: float


class _Stretch(NamedTuple):
    """Neighbouring values in order and, after each, how far both functions are apart.

    The latter times the product of the rows, a whole number. Where a value occurs more than once
    only the last place counts, as neighbours show.
    """

    values: np.ndarray
    apart: np.ndarray

    def highest(self) -> tuple[float, float]:
        """The largest gap once each value is passed, and its value."""
        settled = self.apart * np.append(self.values[1:] != self.values[:-1], True)
        place = int(np.argmax(settled))
        return float(settled[place]), float(self.values[place])

    def area(self) -> float:
        """Between the first and the last value; NaN with infinite ones."""
        with np.errstate(invalid="ignore"):
            return float((self.apart[:-1] * np.diff(self.values)).sum())


def _walk(reference: SortedValues, current: SortedValues) -> _Walked:
    """One stretch of values after another, so that what is worked on stays in the cache."""
    gap, at, area, end, left = -1.0, float("nan"), 0.0, float("nan"), 0.0
    for stretch in _stretches(reference, current):
        if left:
            area += left * (float(stretch.values[0]) - end)
        area += stretch.area()
        if float(stretch.apart.max()) > gap:
            height, place = stretch.highest()
            gap, at = (height, place) if height > gap else (gap, at)
        end, left = float(stretch.values[-1]), float(stretch.apart[-1])
    pairs = float(reference.known) * current.known
    return _Walked(gap / pairs, at, area / pairs)


def _stretches(reference: SortedValues, current: SortedValues) -> Iterator[_Stretch]:
    """All values of both sides; rows of one value are in one stretch."""
    sides = (reference, current)
    bounds = np.unique(np.concatenate([_ends(each.values, _STRETCH) for each in sides]))
    places = np.stack([np.searchsorted(each.values, bounds, side="right") for each in sides])
    starts = np.hstack([np.zeros((2, 1), np.int64), places])
    passed = np.zeros(2, dtype=np.int64)
    for start, stop in pairwise(starts.T):
        first, second = (
            _part(each, low, high) for each, low, high in zip(sides, start, stop, strict=True)
        )
        values, ours, theirs = _merged(first, second, passed)
        yield _Stretch(values, _apart(ours, theirs, reference.known, current.known))
        passed = np.array([ours[-1], theirs[-1]])


def _part(side: SortedValues, low: int, high: int) -> _Part:
    return side.values[low:high], None if side.counts is None else side.counts[low:high]


def _ends(values: np.ndarray, many: int) -> np.ndarray:
    """Every so many-th value and the last."""
    return np.append(values[many - 1 : -1 : many], values[-1])


def _merged(
    first: _Part, second: _Part, passed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of both in order and the rows at or below each place, on either side."""
    both = np.concatenate([first[0], second[0]])
    order = np.argsort(both, kind="stable")  # two runs in order already: one merge
    here = order < len(first[0])
    if first[1] is None and second[1] is None:
        ours = np.cumsum(here, dtype=np.int64)
        theirs = np.arange(1, len(both) + 1) - ours
    else:
        counts = np.concatenate([_each(first), _each(second)])[order]
        ours, theirs = np.cumsum(counts * here), np.cumsum(counts * ~here)
    return both[order], ours + passed[0], theirs + passed[1]


def _each(part: _Part) -> np.ndarray:
    return np.ones(len(part[0]), np.int64) if part[1] is None else part[1]


def _apart(ours: np.ndarray, theirs: np.ndarray, before: int, after: int) -> np.ndarray:
    """|ours / before − theirs / after| times before and after, in whole numbers if these fit."""
    if (before + after) ** 2 > _MOST_SQUARED:
        return np.abs(ours / before - theirs / after) * (float(before) * after)
    return np.asarray(np.abs(ours * after - theirs * before).astype(np.float64))


def _kolmogorov_smirnov(
    reference: SortedValues, current: SortedValues, walked: _Walked
) -> KolmogorovSmirnov:
    before, after = reference.known, current.known
    exact = max(before, after) <= EXACT_UP_TO
    p_value = (
        _exact_p(reference, current, walked.gap)
        if exact
        else _asymptotic_p(walked.gap, before, after)
    )
    return KolmogorovSmirnov(walked.gap, None, p_value, exact, walked.at, after)


def _exact_p(reference: SortedValues, current: SortedValues, statistic: float) -> float:
    n = reference.known
    steps = round(statistic * n)
    # of sides alike in size, so small a gap is certain to 1e-12, which scipy's sum overshoots
    if n == current.known and (steps <= 1 or steps < 0.2 * sqrt(2 * n)):
        return 1.0
    sides = [np.repeat(each.values, each.each()) for each in (reference, current)]
    return float(stats.ks_2samp(*sides, method="auto").pvalue)


def _asymptotic_p(statistic: float, before: int, after: int) -> float:
    """Of one sample as large as both together are worth, as scipy has it."""
    larger, smaller = float(max(before, after)), float(min(before, after))
    worth = float(np.round(larger * smaller / (larger + smaller)))
    if worth > SERIES_UP_TO:
        return float(kolmogorov(sqrt(worth) * statistic + 1 / (6 * sqrt(worth))))
    return float(np.clip(stats.kstwo.sf(statistic, worth), 0, 1))


def _wasserstein(reference: SortedValues, current: SortedValues, walked: _Walked) -> Wasserstein:
    if not (reference.is_finite and current.is_finite):
        return Wasserstein(float("nan"), None, float("nan"), current.known)
    normed = walked.area / max(_deviation(reference), 0.001)
    return Wasserstein(walked.area, None, normed, current.known)


def _deviation(column: SortedValues) -> float:
    if column.counts is None:
        return float(np.std(column.values))
    mean = float((column.values * column.counts).sum()) / column.known
    return sqrt(float((column.counts * (column.values - mean) ** 2).sum()) / column.known)


def _intervals(
    reference: SortedValues,
    current: SortedValues,
    estimates: tuple[float, float],
    drawing: Drawing,
) -> tuple[Interval | None, Interval | None]:
    """Of the statistic and of the distance; None where undefined.

    Both are norms of the difference of two distribution functions, so they are off by no more
    than the norm of what chance adds to that difference. That is drawn, and is right at zero too.
    """
    ends = np.unique(np.concatenate([_evenly(each) for each in (reference, current)]))
    seeds = (drawing, drawing._replace(seed=drawing.seed + 1))
    before, after = (
        _deviations(_counted(side, ends), seeded)
        for side, seeded in zip((reference, current), seeds, strict=True)
    )
    reach = np.quantile(_norms(before - after, ends), drawing.confidence, axis=0)
    smirnov, distance = (
        None if np.isnan(each) else Interval(max(0.0, each - far), each + far)
        for each, far in zip(estimates, reach.tolist(), strict=True)
    )
    return smirnov and Interval(smirnov.low, min(1.0, smirnov.high)), distance


def _deviations(counts: np.ndarray, drawing: Drawing) -> np.ndarray:
    """Distribution functions of resamples less that of the rows, (resamples, n_ends)."""
    return np.asarray(bootstrap.replicates(counts, _cumulated, drawing) - _cumulated(counts[None]))


def _evenly(column: SortedValues) -> np.ndarray:
    """Values at equal steps of the rows, the last among them."""
    ranks = np.linspace(0, column.known - 1, DRAWN_BINS // 2).round().astype(np.int64)
    if column.counts is None:
        return column.values[ranks]
    return np.asarray(column.values[np.searchsorted(np.cumsum(column.counts), ranks, "right")])


def _counted(column: SortedValues, ends: np.ndarray) -> np.ndarray:
    """Rows up to each end and above the one before; shape (n_ends,)."""
    places = np.searchsorted(column.values, ends, side="right")
    below = places if column.counts is None else np.append(0, np.cumsum(column.counts))[places]
    return np.diff(below, prepend=0)


def _cumulated(counts: np.ndarray) -> np.ndarray:
    return np.asarray(np.cumsum(counts, axis=-1) / counts.sum(axis=-1, keepdims=True))


def _norms(apart: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Largest size and area of functions known at the ends, (n, n_ends); shape (n, 2)."""
    size = np.abs(apart)
    with np.errstate(invalid="ignore"):  # infinite values: the distance is undefined
        area = (size[:, :-1] * np.diff(ends)).sum(axis=-1)
    return np.stack([size.max(axis=-1), area], axis=-1)
