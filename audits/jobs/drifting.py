"""The drift of every feature and of the score between a reference and a window."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import ibis
import numpy as np

from measures.drift import stability as drift
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.guard import TooManyLevels
from measures.reduce.histogram import Histogram, reduce_histograms
from measures.reduce.missing import MISSING
from measures.reduce.quantiles import reduce_quantiles

#: Bins of a numeric column hold a tenth of the reference each.
DECILES = tuple(tenth / 10 for tenth in range(11))

SCORE = "score"


class Drifted(NamedTuple):
    """Indices as measures, the counts they rest on, and what could not be measured."""

    measures: list[Measured]
    histograms: dict[str, Any]
    unmeasured: list[str]


class _Counted(NamedTuple):
    """One column counted on both sides over the same bins; `bins` goes into the report."""

    bins: dict[str, Any]
    reference: np.ndarray
    window: np.ndarray


def compare(
    reference: ibis.Table,
    window: ibis.Table,
    features: Sequence[Mapping[str, str]],
    drawing: Drawing,
) -> Drifted:
    """Population stability index of the score and of each feature.

    Missing values are a bin of their own; values beyond the reference's range fall into its
    outermost bins. A category with too many values is left out and named.
    """
    numbers = [SCORE, *(each["name"] for each in features if each["type"] == "number")]
    counted = _numbers(reference, window, list(dict.fromkeys(numbers)))
    unmeasured: list[str] = []
    for name in (each["name"] for each in features if each["type"] == "category"):
        try:
            counted[name] = _category(reference, window, name)
        except TooManyLevels as many:
            unmeasured.append(str(many))
    return Drifted(
        [_measure(name, each, drawing) for name, each in counted.items()],
        {name: _shown(each) for name, each in counted.items()},
        unmeasured,
    )


def _numbers(
    reference: ibis.Table, window: ibis.Table, names: Sequence[str]
) -> dict[str, _Counted]:
    quantiles = reduce_quantiles(reference, names, DECILES)
    edges = {name: drift.inner_edges(quantiles[name]) for name in names}
    before, after = (reduce_histograms(side, edges) for side in (reference, window))
    return {
        name: _Counted(_bins(edges[name]), _binned(before[name]), _binned(after[name]))
        for name in names
    }


def _bins(edges: list[float]) -> dict[str, Any]:
    return {"bounds": edges, "labels": drift.bin_names(edges)}


def _binned(histogram: Histogram) -> np.ndarray:
    """Counts per bin, the outermost ones open, then the missing; shape (n_bins + 1,)."""
    counts = np.append(histogram.counts, histogram.missing)
    counts[0] += histogram.below
    counts[-2] += histogram.above
    return counts


def _category(reference: ibis.Table, window: ibis.Table, name: str) -> _Counted:
    before, after = (reduce_categories(side, [name])[name] for side in (reference, window))
    labels, *sides = drift.aligned(_named(before), _named(after))
    return _Counted({"labels": labels}, *sides)


def _named(counts: CategoryCounts) -> dict[str, int]:
    return counts.as_dict() | ({MISSING: counts.missing} if counts.missing else {})


def _measure(name: str, counted: _Counted, drawing: Drawing) -> Measured:
    found = drift.population_stability_index(counted.reference, counted.window, drawing)
    low, high = found.interval
    rows, about = int(counted.window.sum()), {"feature": name}
    return Measured("population_stability_index", found.value, low, high, rows, "nats", about)


def _shown(counted: _Counted) -> dict[str, Any]:
    """Counts for the report; of a number, the missing ones stand apart from the bins."""
    sides = {"reference": counted.reference.tolist(), "window": counted.window.tolist()}
    if "bounds" not in counted.bins:
        return counted.bins | sides
    missing = {name: counts.pop() for name, counts in sides.items()}
    return counted.bins | sides | {"missing": missing}
