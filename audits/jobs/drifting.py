"""The drift of every feature and of the score between a reference and a window."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import Any, NamedTuple

import ibis
import numpy as np

from audits.jobs.reference_counts import TENTHS, ReferenceCounts, number_histograms
from measures.drift import stability
from measures.drift.categories import category_change
from measures.drift.columns import CategoryDrift, Comparison, NumberDrift, binned_drift
from measures.drift.continuous import gaps
from measures.drift.conventions import DECILES
from measures.drift.distances import distances
from measures.drift.homogeneity import ChiSquare, homogeneity
from measures.drift.listing import as_measures
from measures.drift.missing_rate import missing_rate_change
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.guard import TooManyLevels
from measures.reduce.histogram import Histogram, histogram_of_sorted, reduce_histograms
from measures.reduce.missing import MISSING
from measures.reduce.quantiles import between
from measures.reduce.sorted_values import reduce_sorted

SCORE = "score"

#: Rows of a side up to which a numeric column is fetched and sorted; above that it is counted
#: in the engine, which gives no Kolmogorov-Smirnov and no Wasserstein.
SORTED_ROWS = 20_000_000


class Drifted(NamedTuple):
    """Every distance as a measure, what they were computed from, and what could not be.

    `binned` tests numbers that were only counted, over their bins.
    """

    measures: list[Measured]
    comparison: Comparison
    binned: dict[str, ChiSquare]
    histograms: dict[str, Any]
    unmeasured: list[str]


class _Number(NamedTuple):
    """One numeric column on both sides over the same bins, and how far they lie apart."""

    reference: Histogram
    window: Histogram
    drift: NumberDrift


class _Category(NamedTuple):
    """One column of categories on both sides, and how far they lie apart."""

    labels: list[str]
    reference: np.ndarray
    window: np.ndarray
    drift: CategoryDrift


def compare(
    reference: ibis.Table,
    window: ibis.Table,
    features: Sequence[Mapping[str, str]],
    drawing: Drawing,
) -> Drifted:
    """Distances of the score and of each feature: of bins, and of numbers exactly.

    Missing values are a bin of their own; values beyond the reference's range fall into its
    outermost bins. A category with too many values is left out and named.
    """
    asked = [SCORE, *(each["name"] for each in features if each["type"] == "number")]
    names = list(dict.fromkeys(asked))
    is_sorted = max(_rows(side) for side in (reference, window)) <= SORTED_ROWS
    found = _exactly if is_sorted else _from_counts
    numbers = dict(zip(names, found(reference, window, names, drawing), strict=True))
    categories: dict[str, _Category] = {}
    unmeasured: list[str] = []
    for name in (each["name"] for each in features if each["type"] == "category"):
        try:
            before, after = (reduce_categories(side, [name])[name] for side in (reference, window))
        except TooManyLevels as many:
            unmeasured.append(str(many))
        else:
            categories[name] = _category(before, after, drawing)
    return _drifted(numbers, categories, unmeasured)


def compare_counted(before: ReferenceCounts, window: ibis.Table, drawing: Drawing) -> Drifted:
    """The same against counts kept of the reference: bins only, no row of it is needed."""
    counted = before.columns
    after = reduce_histograms(window, {name: h.edges for name, h in counted.numbers.items()})
    numbers = {
        name: _Number(ours, after[name], binned_drift(ours, after[name], DECILES, drawing))
        for name, ours in counted.numbers.items()
    }
    categories: dict[str, _Category] = {}
    unmeasured = list(before.left_out)
    for name, ours in counted.categories.items():
        try:
            theirs = reduce_categories(window, [name])[name]
        except TooManyLevels as many:
            unmeasured.append(str(many))
        else:
            categories[name] = _category(ours, theirs, drawing)
    return _drifted(numbers, categories, unmeasured)


def _drifted(
    numbers: Mapping[str, _Number], categories: Mapping[str, _Category], unmeasured: list[str]
) -> Drifted:
    comparison = Comparison(
        {name: each.drift for name, each in numbers.items()},
        {name: each.drift for name, each in categories.items()},
        DECILES,
    )
    shown = {name: _shown_number(each) for name, each in numbers.items()}
    shown |= {name: _shown_category(each) for name, each in categories.items()}
    binned = {
        name: homogeneity(np.array(_placed(each.reference)), np.array(_placed(each.window)))
        for name, each in numbers.items()
        if each.drift.kolmogorov_smirnov is None
    }
    return Drifted(as_measures(comparison), comparison, binned, shown, unmeasured)


def _rows(table: ibis.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def _exactly(
    reference: ibis.Table, window: ibis.Table, names: Sequence[str], drawing: Drawing
) -> Iterator[_Number]:
    """Each column is fetched and sorted once on either side; all else is read off it."""
    for name in names:
        before, after = (reduce_sorted(side, name) for side in (reference, window))
        edges = stability.inner_edges(_tenths(before.values))
        ours, theirs = (
            histogram_of_sorted(side.values, side.missing, edges) for side in (before, after)
        )
        walked = gaps(before, after, drawing)
        drift = binned_drift(ours, theirs, DECILES, drawing)._replace(
            kolmogorov_smirnov=walked.kolmogorov_smirnov, wasserstein=walked.wasserstein
        )
        yield _Number(ours, theirs, drift)


def _tenths(ordered: np.ndarray) -> list[float]:
    """As `reduce_quantiles` has them, so that bins do not depend on which way was taken."""
    if not len(ordered):
        return []
    places = [(len(ordered) - 1) * level for level in TENTHS]
    ends = [(floor(place), min(floor(place) + 1, len(ordered) - 1)) for place in places]
    return [
        between(float(ordered[low]), float(ordered[high]), place - low) + 0.0  # one zero
        for place, (low, high) in zip(places, ends, strict=True)
    ]


def _from_counts(
    reference: ibis.Table, window: ibis.Table, names: Sequence[str], drawing: Drawing
) -> Iterator[_Number]:
    before = number_histograms(reference, names)
    after = reduce_histograms(window, {name: before[name].edges for name in names})
    for name in names:
        drift = binned_drift(before[name], after[name], DECILES, drawing)
        yield _Number(before[name], after[name], drift)


def _category(before: CategoryCounts, after: CategoryCounts, drawing: Drawing) -> _Category:
    labels, ours, theirs = stability.aligned(_named(before), _named(after))
    _, *known = stability.aligned(before.as_dict(), after.as_dict())
    missing = [(side.missing, side.rows) for side in (before, after)]
    drift = CategoryDrift(
        distances(ours, theirs, drawing),
        homogeneity(*known),
        category_change(before, after, confidence=drawing.confidence),
        missing_rate_change(*missing, confidence=drawing.confidence),
    )
    return _Category(labels, ours, theirs, drift)


def _named(counts: CategoryCounts) -> dict[str, int]:
    """Rows by value, the missing among them."""
    return counts.as_dict() | ({MISSING: counts.missing} if counts.missing else {})


def _shown_number(each: _Number) -> dict[str, Any]:
    """Counts for the report; the outermost bins are open, the missing stand apart."""
    sides = {"reference": each.reference, "window": each.window}
    edges = list(each.reference.edges)
    return {
        "bounds": edges,
        "labels": stability.bin_names(edges),
        **{name: _placed(side) for name, side in sides.items()},
        "missing": {name: side.missing for name, side in sides.items()},
    }


def _placed(histogram: Histogram) -> list[int]:
    counts = histogram.counts.tolist()
    counts[0] += histogram.below
    counts[-1] += histogram.above
    return [int(count) for count in counts]


def _shown_category(each: _Category) -> dict[str, Any]:
    sides = {"reference": each.reference.tolist(), "window": each.window.tolist()}
    return {"labels": each.labels, **sides}
