"""Residuals summed by bin of the prediction or the target: where a model errs, and which way.

Bins are one more feature of the exact sums, so they merge and have a digest like these. Values
beyond the outermost edges fall into the outermost bins: nothing is lost.
"""

from collections.abc import Sequence
from itertools import pairwise

import ibis
import numpy as np

from measures.reduce.finite import float_of
from measures.reduce.quantiles import reduce_quantiles
from measures.reduce.residuals import MOST_GROUPS, ResidualSums, Scale, reduce_residuals

#: The feature that tells the bins apart; its levels are "0", "1", … in ascending order.
BIN = "(bin)"

#: Edges one query may compare with.
MOST_EDGES = 200


def equal_width_edges(low: float, high: float, bins: int) -> tuple[float, ...]:
    """Edges between bins of equal width from `low` to `high`: ``bins - 1`` of them."""
    if not (low < high and bins >= 1):
        raise ValueError(f"expected low < high and at least 1 bin, got {low}, {high}, {bins}")
    return tuple(np.linspace(low, high, bins + 1)[1:-1].tolist())


def quantile_edges(table: ibis.Table, column: str, bins: int) -> tuple[float, ...]:
    """Edges between bins of about equally many rows.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    column : str
        Numeric column.
    bins : int
        At least 1; where many rows share a value fewer bins come out.

    Returns
    -------
    tuple of float
        Ascending and distinct; at most ``bins - 1``, none where no value is known.
    """
    if bins < 1:
        raise ValueError(f"expected at least 1 bin, got {bins}")
    levels = np.linspace(0, 1, bins + 1).tolist()
    found = reduce_quantiles(table, [column], levels)[column]
    low = found[0] if found else 0.0  # an edge at the smallest value has nothing below it
    return tuple(sorted({edge for edge in found[1:-1] if edge > low}))


def reduce_residual_bins(
    table: ibis.Table,
    features: Sequence[str],
    *,
    target: str,
    prediction: str,
    by: str,
    edges: Sequence[float],
    scale: Scale | None = None,
    most: int = MOST_GROUPS,
) -> ResidualSums:
    """Sum residuals by group and bin, in one group-by.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by beside the bin; may be none.
    target, prediction : str
        Numeric columns, all finite.
    by : str
        The column to bin by, usually the prediction, all finite. Binning by the target shows
        regression to the mean even of a perfect model: its high values are predicted too low.
    edges : sequence of float
        Strictly ascending edges between bins, at most `MOST_EDGES`; a bin holds its lower edge.
    scale, most
        As in `reduce_residuals`.

    Returns
    -------
    ResidualSums
        Its last feature is `BIN`.

    Raises
    ------
    ValueError
        If edges do not ascend or are too many, and as in `reduce_residuals`.
    """
    if any(high <= low for low, high in pairwise(edges)) or len(edges) > MOST_EDGES:
        raise ValueError(f"expected at most {MOST_EDGES} ascending edges, got {list(edges)}")
    value = table[by].cast("float64")
    place = ibis.literal(0).cast("int64")
    for edge in edges:
        place = place + (value >= float_of(float(edge))).ifelse(1, 0)
    return reduce_residuals(
        table.mutate(place.name(BIN)),
        [*features, BIN],
        target=target,
        prediction=prediction,
        scale=scale,
        most=most,
    )
