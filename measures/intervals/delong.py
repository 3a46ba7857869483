"""How well scores rank the favourable cases above the others, and how sure we are of it."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from measures.intervals.interval import Interval, check_confidence
from measures.reduce.scores import ScoreCounts


class RocAuc(NamedTuple):
    """Area under the ROC curve, its standard error (NaN where DeLong's has none), its interval."""

    value: float
    standard_error: float
    interval: Interval


def roc_auc(counts: ScoreCounts, *, confidence: float = 0.95) -> RocAuc:
    """Area under the ROC curve with DeLong's interval, from counts per distinct score.

    The area is the share of pairs (one person of each label) that the scores rank rightly,
    ties counting half. DeLong's interval is area ± z·se, kept within [0, 1]. Where its
    variance is zero or undefined (perfect ranking, or one person of a label) the largest
    variance the area can have, area·(1 − area)/min(positives, negatives), takes its place,
    in Wilson's form: a perfect ranking of few people proves little.

    Parameters
    ----------
    counts : ScoreCounts
        At least one person of each label.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    RocAuc
        Fractions in [0, 1].

    Raises
    ------
    ValueError
        If a label has nobody.

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), "Comparing the areas under two or
    more correlated receiver operating characteristic curves: a nonparametric approach",
    Biometrics 44(3), 837-845. Z. W. Birnbaum, O. M. Klose (1957), "Bounds for the variance of
    the Mann-Whitney statistic", Ann. Math. Statist. 28(4), 933-945.
    """
    check_confidence(confidence)
    positives, negatives = int(counts.positives.sum()), int(counts.negatives.sum())
    if not (positives and negatives):
        raise ValueError(
            f"expected people of both labels, got {positives} positives, {negatives} negatives"
        )
    area = _area(counts)
    variance = _variance(counts, area)
    z = float(ndtri((1 + confidence) / 2))
    if not variance > 0:
        return RocAuc(area, float("nan"), widest(area, min(positives, negatives), z))
    reach = z * sqrt(variance)
    return RocAuc(area, sqrt(variance), Interval(max(0.0, area - reach), min(1.0, area + reach)))


def _placements(counts: ScoreCounts) -> tuple[np.ndarray, np.ndarray]:
    """For a positive (negative) of each score: the share of the others it is ranked rightly to."""
    positives, negatives = counts.positives, counts.negatives
    below = np.cumsum(negatives) - negatives
    above = positives.sum() - np.cumsum(positives)
    of_positives = (below + negatives / 2) / negatives.sum()
    of_negatives = (above + positives / 2) / positives.sum()
    return of_positives, of_negatives


def _area(counts: ScoreCounts) -> float:
    """Exact: twice the number of rightly ranked pairs is a whole number."""
    below = np.cumsum(counts.negatives) - counts.negatives
    pairs = 2 * int(counts.positives.sum()) * int(counts.negatives.sum())
    # Python's whole numbers where numpy's would overflow
    kind = np.int64 if pairs < 2**63 else object
    halves = (counts.positives.astype(kind) * (2 * below + counts.negatives)).sum()
    return int(halves) / pairs


def _variance(counts: ScoreCounts, area: float) -> float:
    of_positives, of_negatives = _placements(counts)
    return _spread(of_positives, counts.positives, area) + _spread(
        of_negatives, counts.negatives, area
    )


def _spread(placements: np.ndarray, people: np.ndarray, mean: float) -> float:
    """Variance of the mean placement, which is the area; NaN of a single person."""
    total = int(people.sum())
    if total < 2:
        return float("nan")
    # summed, not multiplied as vectors: a threaded product may differ in the last bit
    return float((people * (placements - mean) ** 2).sum() / (total - 1) / total)


def widest(area: float, pairs: float, z: float) -> Interval:
    """Wilson's interval around the area, as of `pairs` independent pairs."""
    scale = 1 + z * z / pairs
    centre = (area + z * z / (2 * pairs)) / scale
    reach = z / scale * sqrt(area * (1 - area) / pairs + z * z / (4 * pairs * pairs))
    return Interval(max(0.0, min(centre - reach, area)), min(1.0, max(centre + reach, area)))
