"""Counting columns before they are compared: once with the approval, or both sides at once."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import TypeVar

from measures.drift.binning import decile_edges, doane_edges, sturges_edges
from measures.drift.conventions import DECILES, Convention
from measures.reduce.arrow_rows import THREADS, Rows, Source, in_threads, rows_of
from measures.reduce.baseline import Baseline
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.histogram import (
    Histogram,
    histogram_of_sorted,
    reduce_histograms,
)
from measures.reduce.sorted_values import SortedValues, has_few_values, sorted_column

Counts = TypeVar("Counts")


def take_baseline(
    source: Source,
    numbers: Sequence[str],
    categories: Sequence[str],
    convention: Convention = DECILES,
    *,
    threads: int = THREADS,
) -> Baseline:
    """Choose bins on the reference and count it over them, reading it once.

    Parameters
    ----------
    source : ibis.Table, pyarrow.Table, Path or sequence of Path
        The reference; each numeric column in turn is sorted in memory.
    numbers, categories : sequence of str
        Its columns. The label and the score may be among them: label and score drift are the
        drift of these columns.
    convention : Convention
        Which bins; not "sturges_of_both", which needs the current rows.
    threads : int, default 2
        Columns worked on at once, where the source allows it.

    Returns
    -------
    Baseline
        To be stored; ``baseline.count(rows)`` counts other rows over the same bins.

    Raises
    ------
    ValueError
        If the convention needs both sides.
    TooManyLevels
        If a category has too many distinct values.
    """
    if convention.bins == "sturges_of_both":
        raise ValueError(
            "expected bins that the reference alone decides, got 'sturges_of_both', which needs"
            " the current rows: use count_both"
        )
    rows = rows_of(source)

    def binned(name: str) -> Histogram | None:
        column = sorted_column(rows.number(name), name)
        if 0 < column.distinct() <= convention.few:
            return None
        edges = edges_of(column, convention)
        return histogram_of_sorted(column.values, column.missing, edges)

    found = in_threads(binned, numbers, threads=threads if rows.concurrent else 1)
    held = dict(zip(numbers, found, strict=True))
    few = tuple(name for name, each in held.items() if each is None)
    counted = reduce_categories(source, [*categories, *few], threads=threads)
    return Baseline({name: each for name, each in held.items() if each}, counted, few)


def count_both(
    reference: Source,
    current: Source,
    numbers: Sequence[str],
    categories: Sequence[str],
    convention: Convention,
    *,
    threads: int = THREADS,
) -> tuple[Baseline, Baseline]:
    """Count both sides over the same bins, streaming.

    With "sturges_of_both" nothing is sorted and memory is bounded; the range of a column comes
    from Parquet's own footers where they tell it. Other bins are chosen as by `take_baseline`.

    Parameters
    ----------
    reference, current : ibis.Table, pyarrow.Table, Path or sequence of Path
        Both with at least these columns.
    numbers, categories : sequence of str
        Columns to count.
    convention : Convention
        Which bins.
    threads : int, default 2
        Columns read at once, where the sources allow it.

    Returns
    -------
    tuple of Baseline
        The reference and the current rows.

    Raises
    ------
    TooManyLevels
        If a category has too many distinct values.
    """
    if convention.bins != "sturges_of_both":
        taken = take_baseline(reference, numbers, categories, convention, threads=threads)
        return taken, taken.count(current, threads=threads)
    before, after = rows_of(reference), rows_of(current)
    is_few = in_threads(
        lambda name: has_few_values(before, name, convention.few),
        numbers,
        threads=threads if before.concurrent else 1,
    )
    few = tuple(name for name, held in zip(numbers, is_few, strict=True) if held)
    many = [name for name in numbers if name not in few]
    binned = _over_both(reference, current, before, after, many, threads)
    sides = [(reference, before), (current, after)]
    valued = categories_of_each(sides, [*categories, *few], threads=threads)
    return Baseline(binned[0], valued[0], few), Baseline(binned[1], valued[1], few)


def count_each(
    sides: Sequence[tuple[Source, Rows]],
    names: Sequence[str],
    count: Callable[[Source | Rows, Sequence[str]], Mapping[str, Counts]],
    *,
    threads: int = THREADS,
) -> list[dict[str, Counts]]:
    """Counts by column of each side, a source and its opened rows.

    Where all may be read by several threads, no thread waits for a side to be done before it
    begins the next; else a side is asked for all its columns at once.
    """
    if not all(rows.concurrent for _, rows in sides):
        return [dict(count(source, names)) for source, _ in sides]
    pairs = list(product([rows for _, rows in sides], names))
    found = in_threads(lambda pair: count(pair[0], [pair[1]]), pairs, threads=threads)
    parts = [found[len(names) * place :][: len(names)] for place in range(len(sides))]
    return [{name: each for part in side for name, each in part.items()} for side in parts]


def categories_of_each(
    sides: Sequence[tuple[Source, Rows]], names: Sequence[str], *, threads: int = THREADS
) -> list[dict[str, CategoryCounts]]:
    """Rows by value of each side's columns."""

    def counted(side: Source | Rows, some: Sequence[str]) -> dict[str, CategoryCounts]:
        return reduce_categories(side, some, threads=threads)

    return count_each(sides, names, counted, threads=threads)


def edges_of(reference: SortedValues, convention: Convention) -> tuple[float, ...]:
    """Edges that the reference alone decides."""
    return doane_edges(reference) if convention.bins == "doane" else decile_edges(reference)


def _over_both(
    reference: Source,
    current: Source,
    before: Rows,
    after: Rows,
    names: Sequence[str],
    threads: int,
) -> list[dict[str, Histogram]]:
    spans = {name: (before.span(name), after.span(name)) for name in names}
    edges = {name: sturges_edges(*both) for name, both in spans.items()}
    sources = [(reference, before), (current, after)]
    sides = _counted(sources, edges, threads)
    # footers count NaN among the known: where there are any, fewer bins may be due
    exact = {
        name: sturges_edges(
            *(
                span._replace(known=_known(side[name]))
                for span, side in zip(both, sides, strict=True)
            )
        )
        for name, both in spans.items()
        if any(side[name].missing for side in sides)
    }
    again = {name: bounds for name, bounds in exact.items() if bounds != edges[name]}
    recounted = _counted(sources, again, threads) if again else ({}, {})
    return [side | anew for side, anew in zip(sides, recounted, strict=True)]


def _known(histogram: Histogram) -> int:
    """Finite values: the edges hold all of them."""
    return int(histogram.counts.sum())


def _counted(
    sides: Sequence[tuple[Source, Rows]], edges: Mapping[str, tuple[float, ...]], threads: int
) -> list[dict[str, Histogram]]:
    def counted(side: Source | Rows, names: Sequence[str]) -> dict[str, Histogram]:
        return reduce_histograms(side, {name: edges[name] for name in names}, threads=threads)

    return count_each(sides, list(edges), counted, threads=threads)
