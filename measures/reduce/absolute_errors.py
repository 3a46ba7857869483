"""Quantiles of absolute errors by group: what no sum can tell.

They depend on all rows at once and do not merge; the engine holds one float per row.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_

import ibis

from measures.reduce.finite import check_finite
from measures.reduce.missing import as_group

#: Groups asked about in one query.
_AT_ONCE = 40


def reduce_absolute_errors(
    table: ibis.Table,
    features: Sequence[str],
    levels: Sequence[tuple[tuple[str, ...], Sequence[float]]],
    *,
    target: str,
    prediction: str,
) -> list[list[float]]:
    """Quantiles of \\|prediction − target\\| of groups, forty groups in a pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        The grouping columns.
    levels : sequence of (group, levels)
        Per group, named by one level of each feature, the quantiles wanted, each in [0, 1].
    target, prediction : str
        Numeric columns, all finite.

    Returns
    -------
    list of list of float
        Per group its quantiles, between two values interpolated as numpy does; empty of a
        group nobody belongs to.

    Raises
    ------
    ValueError
        If a target or prediction is missing, NaN or infinite.
    """
    rows = table.select(
        *(as_group(table[name]).name(f"g{i}") for i, name in enumerate(features)),
        y=table[target].cast("float64"),
        p=table[prediction].cast("float64"),
    )
    check_finite(rows, {"y": target, "p": prediction})
    found: list[list[float]] = []
    for start in range(0, len(levels), _AT_ONCE):
        found += _some(rows, levels[start : start + _AT_ONCE])
    return found


def _some(
    rows: ibis.Table, levels: Sequence[tuple[tuple[str, ...], Sequence[float]]]
) -> list[list[float]]:
    error = (rows.p - rows.y).abs()
    asked = [
        error.quantile(list(wanted), where=_belongs(rows, group)).name(f"q{i}")
        for i, (group, wanted) in enumerate(levels)
    ]
    answer = rows.aggregate(asked).to_pyarrow().to_pydict()
    return [list(answer[f"q{i}"][0] or []) for i in range(len(levels))]


def _belongs(rows: ibis.Table, group: tuple[str, ...]) -> ibis.Value | None:
    if not group:
        return None
    return reduce(and_, (rows[f"g{i}"] == level for i, level in enumerate(group)))
