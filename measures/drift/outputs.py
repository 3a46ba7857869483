"""Whether what the model says, or what came true, is distributed otherwise than before.

Score drift is the drift of one numeric column, label drift that of one column of categories; here
they are asked for by name, from columns in full or from a stored baseline. Neither says that the
model has become worse: for that see performance with labels, or estimated without.
"""

from typing import NamedTuple

from measures.drift.columns import (
    CategoryDrift,
    NumberDrift,
    binned_drift,
    category_drift,
    number_drift,
)
from measures.drift.conventions import DECILES, Convention
from measures.drift.missing_rate import missing_rate_change
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.categories import CategoryCounts
from measures.reduce.histogram import Histogram
from measures.reduce.sorted_values import SortedValues


class ShareChange(NamedTuple):
    """The share of one label among the rows whose label is known, before and after.

    Shares are fractions in [0, 1]; `difference`, current less reference, lies in [-1, 1] with
    Newcombe's interval (None where a side has no known label). `p_value` is that of the pooled
    z test, of this label alone. `n` current rows with a label.
    """

    label: str
    reference: float
    current: float
    difference: float
    interval: Interval | None
    p_value: float
    n: int


class LabelDrift(NamedTuple):
    """Everything about the labels (or predicted classes), and each one's share."""

    drift: CategoryDrift
    shares: tuple[ShareChange, ...]


def score_drift(
    reference: SortedValues | Histogram,
    current: SortedValues | Histogram,
    drawing: Drawing | None,
    convention: Convention = DECILES,
) -> NumberDrift:
    """Population drift: the model's scores then and now.

    Parameters
    ----------
    reference, current : SortedValues or Histogram
        Both of one kind. Sorted values (`reduce_sorted`, `values_of_scores`) give the population
        stability index with Kolmogorov-Smirnov's statistic and the Wasserstein distance;
        histograms over the same edges (``baseline.numbers["score"]``) give the index, and
        bounds of the statistic.
    drawing : Drawing or None
        Resamples, confidence, seed of the intervals; None gives none.
    convention : Convention
        Which bins, and how they are compared.

    Returns
    -------
    NumberDrift
        As of any numeric column.

    Raises
    ------
    ValueError
        If the sides are of different kinds.
    NotMergeable
        If the edges of two histograms differ.
    """
    if isinstance(reference, Histogram) and isinstance(current, Histogram):
        return binned_drift(reference, current, convention, drawing)
    if isinstance(reference, SortedValues) and isinstance(current, SortedValues):
        return number_drift(reference, current, drawing, convention)
    kinds = " and ".join(type(each).__name__ for each in (reference, current))
    raise ValueError(f"expected sorted values or histograms on both sides, got {kinds}")


def label_drift(
    reference: CategoryCounts,
    current: CategoryCounts,
    drawing: Drawing | None,
    convention: Convention = DECILES,
) -> LabelDrift:
    """The labels, or the classes predicted, then and now.

    Parameters
    ----------
    reference, current : CategoryCounts
        Rows by label, as from `reduce_categories` or ``baseline.categories["label"]``.
        Rows without a label count as missing: outcomes that are not known yet show there.
    drawing : Drawing or None
        Resamples, confidence, seed of the intervals of distances; None gives none of these.
    convention : Convention
        How the counts are compared.

    Returns
    -------
    LabelDrift
        Distances, chi-square test, new and vanished labels, and the change of every share.
    """
    confidence = drawing.confidence if drawing else Drawing().confidence
    before, after = reference.as_dict(), current.as_dict()
    known = sum(reference.counts), sum(current.counts)
    shares = tuple(
        _change(
            label, (before.get(label, 0), known[0]), (after.get(label, 0), known[1]), confidence
        )
        for label in sorted(before | after)
    )
    return LabelDrift(category_drift(reference, current, drawing, convention), shares)


def _change(
    label: str, before: tuple[int, int], after: tuple[int, int], confidence: float
) -> ShareChange:
    return ShareChange(label, *missing_rate_change(before, after, confidence=confidence))
