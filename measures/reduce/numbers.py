"""All that a profile says of a numeric column, exactly, from its values in order.

The column is fetched once and sorted once; distinct values, quantiles, histogram, outliers
and the most frequent values are then read off. It must fit in memory, two columns at a time;
above that the engine is asked instead (see `number_queries`), with the same answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from measures.reduce.columns import ColumnCounts
from measures.reduce.histogram import Histogram, histogram_of_sorted
from measures.reduce.moments import Moments, moments_of
from measures.reduce.quantiles import between

#: Levels of the quantiles.
LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

#: Values of a column are listed only if it has at most this many distinct ones.
LISTED = 50

#: How far outside the quartiles, in distances between them, a value is an outlier (Tukey).
FENCE = 1.5

#: How many standard deviations from the mean a value is called far.
FAR = 3.0

#: Numbers that often stand for a missing one.
PLACEHOLDERS = (
    -99999.0, -9999.0, -999.0, -99.0, -9.0, -1.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0,
)  # fmt: skip

_BINS = 20


class Outliers(NamedTuple):
    """Values outside Tukey's fences, and values more than three deviations from the mean."""

    low_fence: float
    high_fence: float
    below: int
    above: int
    far: int

    @property
    def outside(self) -> int:
        """Rows outside the fences."""
        return self.below + self.above


@dataclass(frozen=True, eq=False)
class NumberSummary:
    """One numeric column; it does not merge.

    `is_whole` says that the column's type holds whole numbers only. `low` and `high` are None
    where nothing is known. `quantiles` (at `LEVELS`), `moments`, `histogram` and `outliers`
    are empty or None also where a value is infinite. `values` are (value, rows), most
    frequent first, where few are distinct. `placeholders` are (value, rows) of the numbers in
    `PLACEHOLDERS` that occur.
    """

    counts: ColumnCounts
    is_whole: bool
    distinct: int
    low: float | None
    high: float | None
    zeros: int
    negatives: int
    infinite: int
    quantiles: tuple[float, ...]
    moments: Moments | None
    histogram: Histogram | None
    outliers: Outliers | None
    values: tuple[tuple[str, int], ...]
    placeholders: tuple[tuple[float, int], ...]


def even_edges(low: float, high: float) -> list[float]:
    """Edges of twenty bins from the smallest to the largest value; one bin for one value."""
    if not isfinite(high - low):
        return (np.linspace(low / 2, high / 2, _BINS + 1) * 2).tolist()
    edges = np.unique(np.linspace(low, high, _BINS + 1))
    return [low, float(np.nextafter(low, np.inf))] if len(edges) < 2 else edges.tolist()


def fences(quantiles: Sequence[float]) -> tuple[float, float]:
    """Tukey's inner fences, from the quantiles at `LEVELS`."""
    lower, upper = quantiles[LEVELS.index(0.25)], quantiles[LEVELS.index(0.75)]
    width = FENCE * (upper - lower)
    return lower - width, upper + width


def number_summary(column: pa.ChunkedArray) -> NumberSummary:
    """Summarise a column of integers or floats; NULL and NaN are missing.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of shape (n_rows,)
        Its type is an integer or a float.

    Returns
    -------
    NumberSummary
        Integers are told apart exactly, also beyond 2**53; all else is in float64.
    """
    values = np.sort(column.drop_null().to_numpy())
    if values.dtype.kind == "f":
        values = values[: int(np.searchsorted(values, np.nan))].astype(np.float64, copy=False)
        values += 0.0  # of -0.0 makes 0.0
    changes = values[1:] != values[:-1]
    numbers = values.astype(np.float64, copy=False)
    counts = ColumnCounts(len(column), len(column) - len(numbers))
    return _summary(numbers, counts, changes, is_whole=values.dtype.kind != "f")


def _summary(
    ordered: np.ndarray, counts: ColumnCounts, changes: np.ndarray, *, is_whole: bool
) -> NumberSummary:
    """From all known values in order, and where one differs from the one before it."""
    known = len(ordered)
    zero, positive = (int(np.searchsorted(ordered, 0.0, side)) for side in ("left", "right"))
    low, high = (float(ordered[0]), float(ordered[-1])) if known else (None, None)
    finite = low is not None and high is not None and isfinite(low) and isfinite(high)
    infinite = 0 if finite else int(np.isinf(ordered).sum())
    quantiles = tuple(quantile(ordered, level) for level in LEVELS) if finite else ()
    moments = moments_of(ordered) if finite else None
    return NumberSummary(
        counts,
        is_whole,
        int(np.count_nonzero(changes)) + bool(known),
        low,
        high,
        positive - zero,
        zero,
        infinite,
        quantiles,
        moments,
        _histogram(ordered, counts.missing) if finite else None,
        _outliers(ordered, quantiles, moments) if moments else None,
        _frequent(ordered, changes),
        _placeholders(ordered),
    )


def quantile(ordered: np.ndarray, level: float) -> float:
    """One quantile of ascending values, between two of them interpolated in a straight line."""
    place = (len(ordered) - 1) * level
    below = floor(place)
    low = float(ordered[below])
    high = float(ordered[min(below + 1, len(ordered) - 1)])
    return between(low, high, place - below)


def text_of(value: float) -> str:
    """A number as reports write it: whole ones without a decimal point."""
    return str(int(value)) if value.is_integer() and abs(value) < 2.0**63 else repr(value)


def frequent(counted: Sequence[tuple[float, int]], most: int = 10) -> tuple[tuple[str, int], ...]:
    """The values most rows have, as text; ties in order of the numbers."""
    ranked = sorted(counted, key=lambda each: (-each[1], each[0]))[:most]
    return tuple((text_of(value), rows) for value, rows in ranked)


def _histogram(ordered: np.ndarray, missing: int) -> Histogram:
    return histogram_of_sorted(ordered, missing, even_edges(float(ordered[0]), float(ordered[-1])))


def _outliers(ordered: np.ndarray, quantiles: Sequence[float], moments: Moments) -> Outliers:
    low, high = fences(quantiles)
    below, above = _outside(ordered, low, high)
    mean, deviation = moments.mean or 0.0, moments.deviation or 0.0
    far = _outside(ordered, mean - FAR * deviation, mean + FAR * deviation)
    return Outliers(low, high, below, above, sum(far) if deviation else 0)


def _outside(ordered: np.ndarray, low: float, high: float) -> tuple[int, int]:
    below = int(np.searchsorted(ordered, low))
    return below, len(ordered) - int(np.searchsorted(ordered, high, side="right"))


def _frequent(ordered: np.ndarray, changes: np.ndarray) -> tuple[tuple[str, int], ...]:
    if not len(ordered) or np.count_nonzero(changes) >= LISTED:
        return ()
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    rows = np.diff(np.append(starts, len(ordered)))
    return frequent(list(zip(ordered[starts].tolist(), rows.tolist(), strict=True)))


def _placeholders(ordered: np.ndarray) -> tuple[tuple[float, int], ...]:
    first = np.searchsorted(ordered, PLACEHOLDERS)
    rows = np.searchsorted(ordered, PLACEHOLDERS, side="right") - first
    return tuple(
        (value, count) for value, count in zip(PLACEHOLDERS, rows.tolist(), strict=True) if count
    )
