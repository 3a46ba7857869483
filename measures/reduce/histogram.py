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
    """One query: every bin of every column is a sum of comparisons."""
    asked = [
        held.sum().fill_null(0).name(f"c{i}_{j}")
        for i, (column, bounds) in enumerate(edges.items())
        for j, held in enumerate(_places(as_number(table[column]), bounds))
    ]
    answer = table.aggregate(asked).to_pyarrow().to_pydict()
    return {
        column: _histogram(bounds, [answer[f"c{i}_{j}"][0] for j in range(len(bounds) + 2)])
        for i, (column, bounds) in enumerate(edges.items())
    }


def _places(values: ibis.Column, edges: tuple[float, ...]) -> list[ibis.Column]:
    """Where a value lies: below, in each bin, above, missing."""
    bounds = [ibis.literal(repr(edge)).cast("float64") for edge in edges]
    bins = [(values >= low) & (values < high) for low, high in pairwise(bounds)]
    bins[-1] = (values >= bounds[-2]) & (values <= bounds[-1])
    return [values < bounds[0], *bins, values > bounds[-1], values.isnull()]


def _histogram(edges: tuple[float, ...], counted: list[int]) -> Histogram:
    below, *bins, above, missing = (int(count) for count in counted)
    return Histogram(edges, frozen(np.array(bins, dtype=np.int64)), below, above, missing)


def _checked(column: str, edges: Sequence[float]) -> tuple[float, ...]:
    descending = [high <= low for low, high in pairwise(edges)]
    if len(edges) < 2 or any(descending):
        raise ValueError(f"expected at least two ascending edges for {column!r}, got {edges}")
    return tuple(float(edge) for edge in edges)
