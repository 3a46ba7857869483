"""Calibration error from scores in fine bins, with a bound of what the bins may hide."""

import numpy as np

from measures.calibration.reliability import (
    equal_width_edges,
    expected_calibration_error,
)
from measures.classification.binned import Bounded, at_means, widened
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import UNINFORMATIVE
from measures.reduce.score_bins import ScoreBins


def expected_error(
    bins: ScoreBins, place: int, drawing: Drawing, *, edges: np.ndarray | None = None
) -> Bounded:
    """Expected calibration error of a group.

    Parameters
    ----------
    bins : ScoreBins
        People by group, bin of scores and label.
    place : int
        Which group.
    drawing : Drawing
        Number of resamples, confidence and seed.
    edges : numpy.ndarray of shape (n_bins + 1,), optional
        Of the coarse bins; by default ten of equal width.

    Returns
    -------
    Bounded
        Sums of scores are exact, so the bound is 0 where every edge is also one of the fine
        bins'. Of a fine bin that holds an edge inside, all of one label go to one side; what
        that may change is the bound. The interval takes scores as equal within a fine bin and
        label. Undefined where there is nobody.
    """
    counts, n = bins.counts[place], int(bins.counts[place].sum())
    name = "expected_calibration_error"
    if not n:
        return Bounded(name, float("nan"), float("nan"), UNINFORMATIVE, 0, defined=False)
    bounds = equal_width_edges() if edges is None else edges
    found = expected_calibration_error(at_means(bins, place), drawing, edges=bounds)
    inner = bounds[1:-1] * bins.bins  # exact: the number of bins is a power of two
    torn = np.unique(inner[inner != np.floor(inner)].astype(np.intp))
    # those moved change Σ (label − score) of two bins by no more than all of both labels do
    promised = bins.sums[place][torn, 0]
    missed = counts[torn, 1] - bins.sums[place][torn, 1]
    bound = 2 * float((promised + missed).sum()) / n
    return Bounded(name, found.value, bound, widened(found.interval, bound), n)
