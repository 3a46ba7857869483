"""The drift of every column between a reference and the current rows.

Two ways. From counts: the reference is a stored `Baseline`, only current rows are scanned, and
distances are those of the bins. Exactly: each pair of numeric columns is sorted, which gives
Kolmogorov-Smirnov and Wasserstein as well. Neither says whether the drift matters.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from measures.drift.baselines import categories_of_each, edges_of
from measures.drift.binning import sturges_edges
from measures.drift.categories import CategoryChange, category_change
from measures.drift.continuous import KolmogorovSmirnov, Wasserstein, gaps
from measures.drift.conventions import DECILES, Convention
from measures.drift.distances import Distances, distances
from measures.drift.homogeneity import ChiSquare, homogeneity
from measures.drift.missing_rate import MissingRateChange, missing_rate_change
from measures.drift.stability import aligned
from measures.intervals.bootstrap import Drawing
from measures.reduce.arrow_rows import THREADS, Source, Span, in_threads, rows_of
from measures.reduce.baseline import Baseline
from measures.reduce.categories import CategoryCounts
from measures.reduce.histogram import Histogram, histogram_of_sorted
from measures.reduce.sorted_values import SortedValues, sorted_column
from measures.reduce.statistic import check_same


class Between(NamedTuple):
    """Bounds no sample leaves: what is known of a statistic from counts alone."""

    low: float
    high: float


class NumberDrift(NamedTuple):
    """One numeric column. `kolmogorov_smirnov` and `wasserstein` are None from counts alone.

    `smirnov_between` bounds the Kolmogorov-Smirnov statistic by what the bins tell (NaN where a
    side has no values).
    """

    distances: Distances
    smirnov_between: Between
    missing: MissingRateChange
    kolmogorov_smirnov: KolmogorovSmirnov | None = None
    wasserstein: Wasserstein | None = None


class CategoryDrift(NamedTuple):
    """One column of categories; the chi-square test is of homogeneity, missing values left out."""

    distances: Distances
    chi_square: ChiSquare
    change: CategoryChange
    missing: MissingRateChange


class Comparison(NamedTuple):
    """Drift by column. A numeric column of few values is among `categories` from counts."""

    numbers: dict[str, NumberDrift]
    categories: dict[str, CategoryDrift]
    convention: Convention


def compare_counts(
    reference: Baseline,
    current: Baseline,
    drawing: Drawing | None,
    convention: Convention = DECILES,
    *,
    threads: int = THREADS,
) -> Comparison:
    """Compare two sides counted over the same bins.

    With `STURGES_OF_BOTH` and `count_both` the population stability index is Evidently's
    ``DataDriftPreset(method="psi")``; with `DOANE_OF_REFERENCE` the Jensen-Shannon and
    Hellinger distances are NannyML's.

    Parameters
    ----------
    reference, current : Baseline
        As from ``taken = take_baseline(...)`` and ``taken.count(rows)``, or `count_both`.
    drawing : Drawing or None
        Resamples, confidence, seed of the intervals; None gives none.
    convention : Convention
        How the counts are compared.
    threads : int, default 2
        Columns worked on at once.

    Returns
    -------
    Comparison
        By column.

    Raises
    ------
    NotMergeable
        If columns or edges differ.
    """
    check_same("numbers", sorted(reference.numbers), sorted(current.numbers))
    check_same("categories", sorted(reference.categories), sorted(current.categories))
    numbers, categories = list(reference.numbers), list(reference.categories)
    binned = in_threads(
        lambda name: binned_drift(
            reference.numbers[name], current.numbers[name], convention, drawing
        ),
        numbers,
        threads=threads,
    )
    valued = _valued(reference.categories, current.categories, convention, drawing, threads)
    return Comparison(
        dict(zip(numbers, binned, strict=True)),
        dict(zip(categories, valued, strict=True)),
        convention,
    )


def compare_exactly(
    reference: Source,
    current: Source,
    numbers: Sequence[str],
    categories: Sequence[str],
    drawing: Drawing | None,
    convention: Convention = DECILES,
    *,
    threads: int = THREADS,
) -> Comparison:
    """Compare all values, sorting one pair of numeric columns per thread at a time.

    `wasserstein.normed` of numbers, and with `STURGES_OF_BOTH` the Jensen-Shannon distance of
    categories, are what Evidently's ``DataDriftPreset()`` shows of more than 1,000 reference
    rows (of numbers with at most five distinct values it shows the Jensen-Shannon distance).
    `kolmogorov_smirnov.value`, `wasserstein.value` and, with `DOANE_OF_REFERENCE`, the
    Jensen-Shannon distance are NannyML's (``calculation_method="exact"``).

    Parameters
    ----------
    reference, current : ibis.Table, pyarrow.Table, Path or sequence of Path
        Both with at least these columns; paths are of Parquet files.
    numbers, categories : sequence of str
        Columns to compare; the label and the score may be among them.
    drawing : Drawing or None
        Resamples, confidence, seed of the intervals; None gives none.
    convention : Convention
        How columns are brought to counts for the distances over bins.
    threads : int, default 2
        Columns worked on at once, where the sources allow it.

    Returns
    -------
    Comparison
        By column.

    Raises
    ------
    ValueError
        If a column of `numbers` holds none.
    TooManyLevels
        If a category has too many distinct values.
    """
    before, after = rows_of(reference), rows_of(current)
    together = threads if before.concurrent and after.concurrent else 1

    def compared(name: str) -> NumberDrift:
        sides = [sorted_column(rows.number(name), name) for rows in (before, after)]
        whole = all(rows.is_whole(name) for rows in (before, after))
        return number_drift(sides[0], sides[1], drawing, convention, whole=whole)

    found = in_threads(compared, numbers, threads=together)
    both = [(reference, before), (current, after)]
    counted = categories_of_each(both, categories, threads=threads)
    valued = _valued(counted[0], counted[1], convention, drawing, threads)
    return Comparison(
        dict(zip(numbers, found, strict=True)),
        dict(zip(categories, valued, strict=True)),
        convention,
    )


def number_drift(
    reference: SortedValues,
    current: SortedValues,
    drawing: Drawing | None,
    convention: Convention = DECILES,
    *,
    whole: bool = False,
) -> NumberDrift:
    """Compare two sorted columns, as of `values_of_scores` for the drift of a score.

    `whole` says that the column's type holds whole numbers only, which matters to the bins of
    "sturges_of_both".
    """
    edges = (
        sturges_edges(_span(reference, whole), _span(current, whole))
        if convention.bins == "sturges_of_both"
        else edges_of(reference, convention)
    )
    before, after = (_histogram(side, edges) for side in (reference, current))
    found = binned_drift(before, after, convention, drawing)
    if reference.distinct() <= convention.few:
        counts = _by_value(reference, current)
        found = found._replace(distances=_distances(*counts, convention, drawing))
    walked = gaps(reference, current, drawing)
    return found._replace(
        kolmogorov_smirnov=walked.kolmogorov_smirnov, wasserstein=walked.wasserstein
    )


def binned_drift(
    reference: Histogram, current: Histogram, convention: Convention, drawing: Drawing | None
) -> NumberDrift:
    """Compare a column counted over the same edges on both sides; NotMergeable if they differ."""
    check_same("edges", reference.edges, current.edges)
    before, after = _placed(reference, current, convention)
    counts = _beside(before, after, reference.missing, current.missing, convention)
    return NumberDrift(
        _distances(*counts, convention, drawing),
        smirnov_between(reference, current),
        _missing(reference, current, drawing),
    )


def category_drift(
    reference: CategoryCounts,
    current: CategoryCounts,
    drawing: Drawing | None,
    convention: Convention = DECILES,
) -> CategoryDrift:
    """Compare rows by value: a feature's categories, or the label's classes."""
    confidence = drawing.confidence if drawing else Drawing().confidence
    _, before, after = aligned(reference.as_dict(), current.as_dict())
    with_missing = _beside(before, after, reference.missing, current.missing, convention)
    return CategoryDrift(
        _distances(*with_missing, convention, drawing),
        homogeneity(before, after),
        category_change(reference, current, confidence=confidence),
        _missing(reference, current, drawing),
    )


def smirnov_between(reference: Histogram, current: Histogram) -> Between:
    """Bounds of the Kolmogorov-Smirnov statistic of the values that were counted.

    At the edges both distribution functions are known; between two edges either may rise
    before the other does.
    """
    known = [each.rows - each.missing for each in (reference, current)]
    if not all(known):
        return Between(float("nan"), float("nan"))
    ours, theirs = (
        np.concatenate([[0], np.cumsum(each.everything()[:-1])]) / n
        for each, n in zip((reference, current), known, strict=True)
    )
    low = np.abs(ours - theirs).max()
    high = np.maximum(ours[1:] - theirs[:-1], theirs[1:] - ours[:-1]).max()
    return Between(float(low), float(high))


def _valued(
    reference: Mapping[str, CategoryCounts],
    current: Mapping[str, CategoryCounts],
    convention: Convention,
    drawing: Drawing | None,
    threads: int,
) -> list[CategoryDrift]:
    return in_threads(
        lambda name: category_drift(reference[name], current[name], drawing, convention),
        list(reference),
        threads=threads,
    )


def _placed(
    reference: Histogram, current: Histogram, convention: Convention
) -> tuple[np.ndarray, np.ndarray]:
    """Counts per bin, with the values beyond the edges where the convention puts them."""
    sides = [each.counts.copy() for each in (reference, current)]
    if convention.outside == "outermost":
        for counts, each in zip(sides, (reference, current), strict=True):
            counts[0] += each.below
            counts[-1] += each.above
        return sides[0], sides[1]
    beyond = [each.below + each.above for each in (reference, current)]
    if not any(beyond):
        return sides[0], sides[1]
    return np.append(sides[0], beyond[0]), np.append(sides[1], beyond[1])


def _beside(
    before: np.ndarray, after: np.ndarray, was: int, now: int, convention: Convention
) -> tuple[np.ndarray, np.ndarray]:
    """With a bin for the missing, if it is wanted and there are any."""
    if convention.missing == "left_out" or not (was or now):
        return before, after
    return np.append(before, was), np.append(after, now)


def _distances(
    before: np.ndarray, after: np.ndarray, convention: Convention, drawing: Drawing | None
) -> Distances:
    return distances(before, after, drawing, empty=convention.empty, log_base=convention.log_base)


def _missing(
    reference: Histogram | CategoryCounts,
    current: Histogram | CategoryCounts,
    drawing: Drawing | None,
) -> MissingRateChange:
    confidence = drawing.confidence if drawing else Drawing().confidence
    before, after = ((each.missing, each.rows) for each in (reference, current))
    return missing_rate_change(before, after, confidence=confidence)


def _by_value(reference: SortedValues, current: SortedValues) -> tuple[np.ndarray, np.ndarray]:
    values = np.union1d(reference.values, current.values)
    before, after = (
        np.bincount(np.searchsorted(values, side.values), side.counts, len(values))
        for side in (reference, current)
    )
    return before.astype(np.int64), after.astype(np.int64)


def _histogram(column: SortedValues, edges: tuple[float, ...]) -> Histogram:
    if column.counts is None:
        return histogram_of_sorted(column.values, column.missing, edges)
    return histogram_of_sorted(np.repeat(column.values, column.counts), column.missing, edges)


def _span(column: SortedValues, whole: bool) -> Span:
    finite = column.values[np.isfinite(column.values)] if not column.is_finite else column.values
    if not len(finite):
        return Span(None, None, 0, whole)
    known = (
        column.known if column.is_finite else int(column.each()[np.isfinite(column.values)].sum())
    )
    return Span(float(finite[0]), float(finite[-1]), known, whole)
