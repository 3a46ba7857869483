"""How far the favourable cases stand above the others: average precision and KS.

Both are exact from score counts; ties are one threshold, as in scikit-learn.
"""

from math import sqrt

import numpy as np
from scipy.special import expit, logit, ndtri
from scipy.stats import kstwo

from measures.classification import few_errors, resampling
from measures.classification.performance import Figure, resampled, undefined
from measures.classification.rates import divided
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.reduce.scores import ScoreCounts

#: How each figure's interval is found.
METHODS = {
    "average_precision": f"{resampling.METHOD}; above {resampling.MOST_BLOCKS:,} distinct scores"
    " infinitesimal jackknife on the logit scale",
    "ks_statistic": resampling.METHOD,
}


def average_precision(scores: ScoreCounts, drawing: Drawing) -> Figure:
    """Precision at each threshold, averaged over the steps in recall.

    AP = Σ (R_k − R_{k−1}) P_k over distinct scores from the highest down, scikit-learn's
    definition. Up to 1,000 distinct scores the interval is a bootstrap on the score counts.
    Above, its standard error is the infinitesimal jackknife's (the derivative of AP by each
    person's weight, squared and summed, in one pass), and the interval AP ± z·se on the logit
    scale, as Boyd and others recommend.

    Parameters
    ----------
    scores : ScoreCounts
        Any scores.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Figure
        A fraction in (0, 1]; undefined if nobody has label 1.

    References
    ----------
    K. Boyd, K. H. Eng, C. D. Page (2013), "Area under the precision-recall curve: point
    estimates and confidence intervals", ECML PKDD, LNCS 8190, 451-466.
    B. Efron (1982), "The jackknife, the bootstrap and other resampling plans", chapter 6.
    """
    counts = resampling.stacked(scores)
    if not scores.positives.sum():
        return undefined("average_precision", n=scores.rows)
    value = float(average_precisions(counts))
    if len(counts) <= resampling.MOST_BLOCKS:
        drawn = resampling.replicates(scores, average_precisions, drawing)
        least = few_errors.bounds_of_mean_share(int(scores.positives.sum()), drawing.confidence)
        return resampled("average_precision", value, drawn, scores.rows, drawing, least=least)
    if value > 1 - 1e-12:
        interval = few_errors.bounds_of_mean_share(int(scores.positives.sum()), drawing.confidence)
        return Figure("average_precision", value, interval, scores.rows)
    z = float(ndtri((1 + drawing.confidence) / 2))
    interval = on_logit_scale(value, average_precision_error(scores), z)
    return Figure("average_precision", value, interval, scores.rows)


def average_precisions(counts: np.ndarray) -> np.ndarray:
    """Average precision of counts of shape (..., n_scores, 2); shape (...), NaN if undefined."""
    falling = counts[..., ::-1, :]
    positives = falling[..., 1]
    true = np.cumsum(positives, axis=-1)
    precision = divided(true, np.cumsum(falling.sum(axis=-1), axis=-1))
    gained = np.where(positives > 0, positives * precision, 0.0).sum(axis=-1)
    return divided(gained, true[..., -1])


def average_precision_error(scores: ScoreCounts) -> float:
    """Standard error of average precision by the infinitesimal jackknife, at least 0."""
    counts = resampling.stacked(scores)
    return sqrt(float((counts * precision_influence(counts) ** 2).sum()))


def precision_influence(counts: np.ndarray) -> np.ndarray:
    """What one more person of each score and label would add to average precision.

    Parameters
    ----------
    counts : numpy.ndarray of shape (n_scores, 2)
        People, or their weights, in order of score and by label; some with label 1.

    Returns
    -------
    numpy.ndarray of shape (n_scores, 2)
        Derivatives of average precision by the counts.
    """
    negatives, positives = counts[::-1].T.astype(np.float64)
    true = np.cumsum(positives)
    selected = true + np.cumsum(negatives)
    precision, people = divided(true, selected), true[-1]
    gained = np.where(positives > 0, positives * precision, 0.0)
    # a person counts at his own threshold and at every lower one
    later = np.cumsum(np.nan_to_num(divided(positives, selected))[::-1])[::-1]
    missed = np.cumsum(np.nan_to_num(divided(gained, selected))[::-1])[::-1]
    of_positive = np.nan_to_num(precision) + later - missed - gained.sum() / people
    return np.asarray(np.stack([-missed, of_positive], axis=-1)[::-1] / people)


def ks_statistic(scores: ScoreCounts, drawing: Drawing) -> Figure:
    """Largest distance between the score distributions of the two labels (Kolmogorov-Smirnov).

    It is also the largest true positive rate minus false positive rate over all thresholds.

    Parameters
    ----------
    scores : ScoreCounts
        Any scores.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Figure
        A fraction in [0, 1]; undefined if a label has nobody. Its interval is a bootstrap,
        whose lower bound gives back what the statistic, never negative, has by chance.
    """
    if not (scores.positives.sum() and scores.negatives.sum()):
        return undefined("ks_statistic", n=scores.rows)
    value = float(ks_statistics(resampling.stacked(scores)))
    drawn = np.clip(resampling.replicates(scores, ks_statistics, drawing), 0.0, 1.0)
    apart = np.diag([int(scores.negatives.sum()), int(scores.positives.sum())])
    low = few_errors.bounds(apart, "youden", drawing.confidence).low
    least = Interval(max(0.0, low), 1.0)
    figure = resampled("ks_statistic", value, drawn, scores.rows, drawing, least=least)
    if value == 1:  # as in every resample
        return figure
    interval = bootstrap.distance_interval(drawn, value, confidence=drawing.confidence)
    return figure._replace(interval=interval)


def ks_statistics(counts: np.ndarray) -> np.ndarray:
    """KS of counts of shape (..., n_scores, 2); shape (...), NaN if a label has nobody."""
    below = np.cumsum(counts, axis=-2)
    shares = divided(below, below[..., -1:, :])
    return np.asarray(np.abs(shares[..., 1] - shares[..., 0]).max(axis=-1))


def ks_p_value(scores: ScoreCounts) -> float | None:
    """Probability of a KS statistic at least as large if both labels scored alike.

    Parameters
    ----------
    scores : ScoreCounts
        Any scores.

    Returns
    -------
    float or None
        In [0, 1]; scipy's ``ks_2samp(method="asymp")``. With tied scores it is conservative.
        None if a label has nobody.

    References
    ----------
    J. L. Hodges (1958), "The significance probability of the Smirnov two-sample test",
    Ark. Mat. 3(5), 469-486.
    """
    positives, negatives = int(scores.positives.sum()), int(scores.negatives.sum())
    if not (positives and negatives):
        return None
    effective = round(positives * negatives / (positives + negatives))
    value = float(ks_statistics(resampling.stacked(scores)))
    return float(np.clip(kstwo.sf(value, effective), 0.0, 1.0)) if effective else 1.0


def on_logit_scale(value: float, error: float, z: float) -> Interval:
    """Value ± z·error for a fraction, found for its logit and so within (0, 1)."""
    if value >= 1:  # the logit has no value; a perfect ranking has no error either
        return Interval(1.0, 1.0)
    centre, reach = float(logit(value)), z * error / (value * (1 - value))
    return Interval(float(expit(centre - reach)), float(expit(centre + reach)))
