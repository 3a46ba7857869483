"""A column's values counted between edges.

Promises numpy's rule exactly: a bin holds its lower edge, the last one both. Values outside
the edges and missing ones are counted beside the bins, so nothing is lost. Where rows lie in
this process (Parquet, Arrow, DuckDB) they are streamed and counted by sorting each block;
elsewhere the engine counts, and only counts move. Both give the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import ibis
import numpy as np
import pyarrow as pa

from measures.reduce.arrow_rows import THREADS, Rows, Source, floats, fold, rows_of
from measures.reduce.missing import as_number
from measures.reduce.statistic import check_same, digest_of, frozen

#: Columns asked about in one query.
_AT_ONCE = 20

#: Engines that live in this process, so that streaming rows is cheaper than asking per edge.
_EMBEDDED = ("duckdb", "polars")


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of one numeric column.

    `edges` (n_bins + 1,) ascend; `counts` (n_bins,); `below` and `above` lie outside the
    edges; `missing` are NULL or NaN.
    """

    edges: tuple[float, ...]
    counts: np.ndarray
    below: int
    above: int
    missing: int

    def __add__(self, other: "Histogram") -> "Histogram":
        check_same("edges", self.edges, other.edges)
        return Histogram(
            self.edges,
            frozen(self.counts + other.counts),
            self.below + other.below,
            self.above + other.above,
            self.missing + other.missing,
        )

    def digest(self) -> str:
        """SHA-256 over edges and counts."""
        beside = (self.below, self.above, self.missing)
        return digest_of("histogram", self.edges, self.counts, beside)

    @property
    def rows(self) -> int:
        """How many rows were counted, missing ones included."""
        return int(self.counts.sum()) + self.below + self.above + self.missing

    def everything(self) -> np.ndarray:
        """Counts of all rows: below, each bin, above, missing; shape (n_bins + 3,)."""
        return np.array([self.below, *self.counts, self.above, self.missing], dtype=np.int64)


def reduce_histograms(
    source: Source | Rows, edges: Mapping[str, Sequence[float]], *, threads: int = THREADS
) -> dict[str, Histogram]:
    """Count the values of columns between edges.

    Parameters
    ----------
    source : ibis.Table, pyarrow.Table, Path or sequence of Path, Rows
        Any number of rows; paths are of Parquet files; `Rows` are those of `rows_of`.
    edges : mapping of str to sequence of float
        Per numeric column its edges: at least two, strictly ascending.
    threads : int, default 2
        Columns read at once, where the source allows it.

    Returns
    -------
    dict of str to Histogram
        One per column.

    Raises
    ------
    ValueError
        If edges do not ascend, or a column of Parquet or Arrow holds no numbers.
    """
    checked = {name: _checked(name, bounds) for name, bounds in edges.items()}
    if isinstance(source, ibis.Table) and source.get_backend().name not in _EMBEDDED:
        return count_in_engine(source, checked)
    return count_streamed(source, checked, threads=threads)


def count_in_engine(
    table: ibis.Table, edges: Mapping[str, tuple[float, ...]]
) -> dict[str, Histogram]:
    """Let the engine count, twenty columns in a query; no rows move."""
    columns, found = list(edges), dict[str, Histogram]()
    for start in range(0, len(columns), _AT_ONCE):
        found |= _some(table, {name: edges[name] for name in columns[start : start + _AT_ONCE]})
    return found


def count_streamed(
    source: Source | Rows, edges: Mapping[str, tuple[float, ...]], *, threads: int = THREADS
) -> dict[str, Histogram]:
    """Count block by block as rows come; memory holds a block per thread."""

    def counted(name: str, piece: pa.Array) -> Histogram:
        return histogram_of(*floats(piece, name), edges[name])

    empty = {name: histogram_of(np.empty(0), 0, bounds) for name, bounds in edges.items()}
    return empty | fold(rows_of(source), list(edges), counted, threads=threads)


def histogram_of(values: np.ndarray, missing: int, edges: Sequence[float]) -> Histogram:
    """Count values in any order, of shape (n,), NaN being missing beside the `missing` others."""
    return histogram_of_sorted(np.sort(values), missing, edges)


def histogram_of_sorted(ordered: np.ndarray, missing: int, edges: Sequence[float]) -> Histogram:
    """Count ascending values, NaN last: one search per edge."""
    known = int(np.searchsorted(ordered, np.nan))
    below = np.searchsorted(ordered[:known], edges).tolist()
    within = int(np.searchsorted(ordered[:known], edges[-1], side="right"))
    return _histogram(tuple(edges), len(ordered) + missing, [*below, within, known])


def _some(table: ibis.Table, edges: Mapping[str, tuple[float, ...]]) -> dict[str, Histogram]:
    """One query: of every column, how many values lie below each of its edges."""
    known = table.select([as_number(table[name]).name(f"c{i}") for i, name in enumerate(edges)])
    asked = [known.count().name("rows")]
    for i, bounds in enumerate(edges.values()):
        asked += _questions(known[f"c{i}"], i, bounds)
    answer = known.aggregate(asked).to_pyarrow().to_pydict()
    return {
        column: _histogram(bounds, answer["rows"][0], _answers(answer, i, len(bounds)))
        for i, (column, bounds) in enumerate(edges.items())
    }


def _questions(values: ibis.Column, i: int, edges: tuple[float, ...]) -> list[ibis.Value]:
    """Values below each edge, values up to the last edge, values known."""
    # as text, so that the engine reads the same float and not a decimal
    bounds = [ibis.literal(repr(edge)).cast("float64") for edge in edges]
    held = [*(values < bound for bound in bounds), values <= bounds[-1], values.notnull()]
    return [each.sum().fill_null(0).name(f"c{i}_{j}") for j, each in enumerate(held)]


def _answers(answer: dict[str, list[int]], i: int, edges: int) -> list[int]:
    return [int(answer[f"c{i}_{j}"][0]) for j in range(edges + 2)]


def _histogram(edges: tuple[float, ...], rows: int, counted: list[int]) -> Histogram:
    *below, within, known = counted
    below[-1] = within  # the last bin holds both its edges
    bins = frozen(np.diff(np.array(below, dtype=np.int64)))
    return Histogram(edges, bins, below[0], known - within, rows - known)


def _checked(column: str, edges: Sequence[float]) -> tuple[float, ...]:
    descending = [high <= low for low, high in pairwise(edges)]
    if len(edges) < 2 or any(descending):
        raise ValueError(f"expected at least two ascending edges for {column!r}, got {edges}")
    return tuple(float(edge) for edge in edges)
