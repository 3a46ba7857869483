"""Exact quantiles of columns.

They depend on all rows at once and do not merge; what merges is a `Histogram` over edges
taken from them.
"""

from collections.abc import Sequence

import ibis

from measures.reduce.missing import as_number

#: Columns asked about in one query.
_AT_ONCE = 40


def reduce_quantiles(
    table: ibis.Table, columns: Sequence[str], levels: Sequence[float]
) -> dict[str, list[float]]:
    """Quantiles of numeric columns, missing values left out.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    columns : sequence of str
        Numeric columns.
    levels : sequence of float
        Each in [0, 1].

    Returns
    -------
    dict of str to list of float
        Per column its quantiles in the order of the levels, between two values interpolated
        as numpy does; empty where no value is known.
    """
    found: dict[str, list[float]] = {}
    for start in range(0, len(columns), _AT_ONCE):
        found |= _some(table, columns[start : start + _AT_ONCE], levels)
    return found


def _some(
    table: ibis.Table, columns: Sequence[str], levels: Sequence[float]
) -> dict[str, list[float]]:
    asked = [
        as_number(table[column]).quantile(list(levels)).name(f"q{i}")
        for i, column in enumerate(columns)
    ]
    answer = table.aggregate(asked).to_pyarrow().to_pydict()
    return {column: answer[f"q{i}"][0] or [] for i, column in enumerate(columns)}
