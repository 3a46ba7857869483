"""Where along the predictions a model errs, and which way."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from measures.reduce.residual_bins import BIN
from measures.reduce.residuals import ResidualSums
from measures.regression.performance import (
    Figure,
    mean_error,
    mean_prediction,
    mean_target,
    spread,
)


class ResidualBin(NamedTuple):
    """The people of one group whose value lies in [low, high), the outermost bins being open.

    `error` is the mean of prediction − target with its interval, `spread` the sample standard
    deviation of it (None of one person); all in the unit of the target.
    """

    group: tuple[str, ...]
    low: float
    high: float
    n: int
    mean_prediction: float
    mean_target: float
    error: Figure
    spread: float | None


def residual_bins(
    sums: ResidualSums, edges: Sequence[float], *, confidence: float = 0.95
) -> list[ResidualBin]:
    """Mean residual and its spread per group and bin; bins without people are left out.

    Parameters
    ----------
    sums : ResidualSums
        From `reduce_residual_bins` with the same edges.
    edges : sequence of float
        Strictly ascending edges between the bins.
    confidence : float, default 0.95
        Coverage of each mean's interval.

    Returns
    -------
    list of ResidualBin
        By group, then ascending.

    Raises
    ------
    ValueError
        If the sums are not of bins, or of more bins than the edges make.
    """
    if not sums.features or sums.features[-1] != BIN:
        raise ValueError(f"expected sums whose last feature is {BIN!r}, got {sums.features}")
    bounds = [-inf, *edges, inf]
    placed = sorted((group[:-1], int(group[-1]), place) for place, group in enumerate(sums.groups))
    if any(bin_ > len(edges) for _, bin_, _ in placed):
        raise ValueError(f"expected at most {len(edges) + 1} bins, got more: other edges were used")
    return [
        ResidualBin(
            group,
            bounds[bin_],
            bounds[bin_ + 1],
            sums.rows[place],
            mean_prediction(sums, place),
            mean_target(sums, place),
            mean_error(sums, place, confidence=confidence),
            spread(sums, place),
        )
        for group, bin_, place in placed
    ]
