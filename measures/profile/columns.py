"""What a table holds, column by column: how much, how much is missing, and its shape.

Exact: distinct values and quantiles are counted, not sketched. The values of a column are
listed only where there are few of them, so that no name or number of a person gets out.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import ibis
import numpy as np

from measures.reduce.categories import reduce_categories
from measures.reduce.columns import ColumnRange, reduce_columns
from measures.reduce.histogram import Histogram, reduce_histograms
from measures.reduce.quantiles import reduce_quantiles
from measures.reduce.sums import Sums, exponent_for, reduce_sums

#: Levels of the quantiles of a numeric column.
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

#: Values of a column are listed only if it has at most this many distinct ones.
LISTED = 50

_BINS = 20


class ColumnProfile(NamedTuple):
    """One column; what does not apply to its kind is None or empty.

    `values` are (value, rows) of the most frequent ones; `quantiles` are at `LEVELS`.
    """

    column: ColumnRange
    mean: float | None
    deviation: float | None
    quantiles: tuple[float, ...]
    histogram: Histogram | None
    values: tuple[tuple[str, int], ...]


def describe(table: ibis.Table) -> list[ColumnProfile]:
    """Every column's profile.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows and columns.

    Returns
    -------
    list of ColumnProfile
        In the order of the table's columns. Means and deviations are in the column's unit;
        a column with infinite values has neither, nor a histogram.
    """
    columns = reduce_columns(table)
    numbers = [each for each in columns if _is_finite_number(each)]
    names = [each.name for each in numbers]
    sums = reduce_sums(table, {each.name: _exponent(each) for each in numbers})
    quantiles = reduce_quantiles(table, names, LEVELS)
    shapes = reduce_histograms(table, {each.name: equal_widths(each) for each in numbers})
    values = reduce_categories(table, [each.name for each in columns if _is_listed(each)])
    return [
        ColumnProfile(
            each,
            *_moments(sums.get(each.name)),
            tuple(quantiles.get(each.name, ())),
            shapes.get(each.name),
            tuple(values[each.name].most_frequent(10)) if each.name in values else (),
        )
        for each in columns
    ]


def equal_widths(column: ColumnRange) -> Sequence[float]:
    """Edges of twenty bins from the smallest to the largest value; one bin for one value."""
    low, high = float(column.low), float(column.high)
    edges = np.unique(np.linspace(low, high, _BINS + 1))
    return [low, float(np.nextafter(low, np.inf))] if len(edges) < 2 else edges.tolist()


def _moments(sums: Sums | None) -> tuple[float | None, float | None]:
    return (sums.mean, sums.deviation) if sums else (None, None)


def _exponent(column: ColumnRange) -> int:
    return exponent_for(max(abs(column.low), abs(column.high)))


def _is_finite_number(column: ColumnRange) -> bool:
    ends: tuple[Any, Any] = (column.low, column.high)
    return column.kind == "number" and None not in ends and all(isfinite(end) for end in ends)


def _is_listed(column: ColumnRange) -> bool:
    return column.kind == "category" and column.distinct <= LISTED
