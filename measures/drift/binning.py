"""Edges of the bins a numeric column is counted over."""

from math import ceil, log2, sqrt

import numpy as np

from measures.drift.stability import inner_edges
from measures.reduce.arrow_rows import Span
from measures.reduce.sorted_values import SortedValues

_TENTHS = np.linspace(0, 1, 11)


def decile_edges(reference: SortedValues) -> tuple[float, ...]:
    """Edges of ten bins of as many reference rows each; of a value that fills one, its own bin.

    Quantiles lie between two values as numpy has them. Infinite values are left out.
    """
    values = _finite(reference)
    quantiles = np.quantile(values, _TENTHS).tolist() if len(values) else []
    return tuple(inner_edges(quantiles))


def doane_edges(reference: SortedValues) -> tuple[float, ...]:
    """Edges of equal bins over the reference's range, as many as Doane's rule says.

    log2(n) + 1 + log2(1 + |g| / s) bins, rounded up, of n values with skewness g whose
    standard error is s: numpy's ``histogram_bin_edges(bins="doane")``.

    References
    ----------
    D. P. Doane (1976), "Aesthetic frequency classifications", Amer. Statist. 30(4), 181-183.
    """
    values = _finite(reference)
    if not len(values):
        return (0.0, 1.0)
    n, low, high = len(values), float(values[0]), float(values[-1])
    spread = float(np.std(values))
    if n < 3 or low == high or not spread > 0:
        return equal_edges(low, high, 1)
    apart = (values - values.mean()) / spread
    skewness = float((apart * apart * apart).mean())
    error = sqrt(6 * (n - 2) / ((n + 1) * (n + 3)))
    width = (high - low) / (1 + log2(n) + log2(1 + abs(skewness) / error))
    return equal_edges(low, high, ceil((high - low) / width))


def sturges_edges(reference: Span, current: Span) -> tuple[float, ...]:
    """Edges of equal bins over both ranges, as many as Sturges's rule says.

    log2(n) + 1 bins, rounded up, of n values in all; bins of whole numbers are at least 1
    wide: numpy's ``histogram_bin_edges(bins="sturges")`` of both columns together.

    References
    ----------
    H. A. Sturges (1926), "The choice of a class interval", J. Amer. Statist. Assoc. 21(153),
    65-66.
    """
    ends = [end for span in (reference, current) for end in span[:2] if end is not None]
    if not ends:
        return (0.0, 1.0)
    low, high, n = min(ends), max(ends), reference.known + current.known
    width = (high - low) / (log2(n) + 1)
    if reference.whole and current.whole:
        width = max(width, 1.0)
    return equal_edges(low, high, ceil((high - low) / width) if width > 0 else 1)


def equal_edges(low: float, high: float, bins: int) -> tuple[float, ...]:
    """Edges of bins of equal width; around one value, of width 1 in all."""
    return tuple(np.histogram_bin_edges([low, high], bins=max(1, bins)).tolist())


def _finite(column: SortedValues) -> np.ndarray:
    """Finite values, each as often as it occurs."""
    values = column.values if column.counts is None else np.repeat(column.values, column.counts)
    return values if column.is_finite else values[np.isfinite(values)]
