"""How much attention rankings give to the items of each group, beside how relevant they are.

We assess; nothing here says that a ranking is fair. Attention falls with the logarithm of the
rank, as in DCG; what people really look at is not known here.
"""

from typing import NamedTuple

import numpy as np

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.ranking.measures import discounts_per_item
from measures.reduce.ranked import Ranked

#: Queries above which resampling would take longer than it is worth.
MOST_QUERIES = 100_000


class GroupExposure(NamedTuple):
    """Of one group: mean exposure and mean relevance of its `items`, in `queries` queries."""

    group: str
    exposure: float
    interval: Interval | None
    relevance: float
    items: int
    queries: int


class ExposureGap(NamedTuple):
    """Smallest over largest of the groups, in [0, 1]; None where undefined.

    `n` is the number of queries that the group seen in fewest is seen in.
    """

    name: str
    value: float | None
    interval: Interval | None
    n: int


class Exposures(NamedTuple):
    """Every group, and how far groups lie apart."""

    groups: list[GroupExposure]
    gaps: list[ExposureGap]


def exposures(ranked: Ranked, drawing: Drawing) -> Exposures:
    """Mean exposure by group and the two disparities of Singh and Joachims.

    The exposure of an item at rank i is 1/log₂(1 + i), the mean over its ranks where it ties.
    `exposure_ratio` compares mean exposure (demographic parity); `exposure_to_relevance_ratio`
    compares mean exposure over mean relevance (disparate treatment). Intervals resample
    queries.

    Parameters
    ----------
    ranked : Ranked
        Items with their groups, of at most `MOST_QUERIES` queries.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Exposures
        Exposure is a fraction in (0, 1]. Intervals are None for a single query; a ratio to
        the relevance of a group that has none is undefined.

    Raises
    ------
    ValueError
        If there is no query, or too many.

    References
    ----------
    A. Singh, T. Joachims (2018), "Fairness of exposure in rankings", KDD, 2219-2228.
    """
    queries = len(ranked.queries)
    if not 1 <= queries <= MOST_QUERIES:
        raise ValueError(f"expected 1 to {MOST_QUERIES:,} queries, got {queries:,}")
    sums = _sums(ranked)
    seen = (sums[:, :, 2] > 0).sum(axis=0)
    figures = _figures(sums.sum(axis=0))
    drawn = None
    if queries > 1:
        flat = sums.reshape(queries, -1)
        drawn = bootstrap.replicates(
            np.ones(queries, dtype=np.int64),
            lambda counts: _figures((counts @ flat).reshape(-1, *sums.shape[1:])),
            drawing,
        )
    bounds = [_interval(drawn, figures, place, drawing) for place in range(len(figures))]
    return Exposures(_by_group(ranked, sums, seen, figures, bounds), _gaps(seen, figures, bounds))


def _sums(ranked: Ranked) -> np.ndarray:
    """Per query and group: exposure, relevance and items; shape (n_queries, n_groups, 3)."""
    many = len(ranked.groups)
    place = ranked.query * many + ranked.group
    parts = (discounts_per_item(ranked), ranked.relevance, None)
    counted = [np.bincount(place, part, len(ranked.queries) * many) for part in parts]
    return np.stack(counted, axis=-1).reshape(len(ranked.queries), many, 3).astype(np.float64)


def _figures(sums: np.ndarray) -> np.ndarray:
    """Mean exposure of each group, then both ratios; shape (..., n_groups + 2), NaN if undefined.

    A group that no resampled query holds is left out of that resample's ratios.
    """
    exposure, relevance, items = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = exposure / items
        treated = np.where((relevance > 0) | (items == 0), exposure / relevance, np.inf)
        ratios = [
            np.fmin.reduce(each, axis=-1) / np.fmax.reduce(each, axis=-1)
            for each in (mean, treated)
        ]
    ratios[1] = np.where(np.isinf(treated).any(axis=-1), np.nan, ratios[1])
    return np.concatenate([mean, np.stack(ratios, axis=-1)], axis=-1)


def _interval(
    drawn: np.ndarray | None, figures: np.ndarray, place: int, drawing: Drawing
) -> Interval | None:
    if drawn is None or np.isnan(figures[place]) or np.isnan(drawn[:, place]).all():
        return None
    return bootstrap.percentile_interval(
        drawn[:, place], float(figures[place]), confidence=drawing.confidence
    )


def _by_group(
    ranked: Ranked,
    sums: np.ndarray,
    seen: np.ndarray,
    figures: np.ndarray,
    bounds: list[Interval | None],
) -> list[GroupExposure]:
    total = sums.sum(axis=0)
    return [
        GroupExposure(
            group,
            float(figures[place]),
            bounds[place],
            float(total[place, 1] / total[place, 2]),
            int(total[place, 2]),
            int(seen[place]),
        )
        for place, group in enumerate(ranked.groups)
    ]


def _gaps(
    seen: np.ndarray, figures: np.ndarray, bounds: list[Interval | None]
) -> list[ExposureGap]:
    names = ("exposure_ratio", "exposure_to_relevance_ratio")
    return [
        ExposureGap(
            name,
            None if np.isnan(value) else float(value),
            interval,
            int(seen.min()),
        )
        for name, value, interval in zip(names, figures[-2:], bounds[-2:], strict=True)
    ]
