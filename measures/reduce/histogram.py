"""A column's values counted between edges.

Promises numpy's rule exactly: a bin holds its lower edge, the last one both. Values outside
the edges and missing ones are counted beside the bins, so nothing is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import ibis
import numpy as np

from measures.reduce.missing import as_number
from measures.reduce.statistic import check_same, digest_of, frozen

#: Columns asked about in one query.
_AT_ONCE = 20


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
    table: ibis.Table, edges: Mapping[str, Sequence[float]]
) -> dict[str, Histogram]:
    """Count the values of columns between edges.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    edges : mapping of str to sequence of float
        Per numeric column its edges: at least two, strictly ascending.

    Returns
    -------
    dict of str to Histogram
        One per column.

    Raises
    ------
    ValueError
        If edges do not ascend.
    """
    columns = list(edges)
    found: dict[str, Histogram] = {}
    for start in range(0, len(columns), _AT_ONCE):
        some = columns[start : start + _AT_ONCE]
        found |= _some(table, {column: _checked(column, edges[column]) for column in some})
    return found


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
