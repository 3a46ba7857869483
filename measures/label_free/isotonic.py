"""From a model's scores to probabilities, by what came true on labelled rows."""

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from measures.reduce.scores import ScoreCounts
from measures.reduce.statistic import digest_of, frozen


@dataclass(frozen=True, eq=False)
class IsotonicRecalibration:
    """A never falling line from score to probability through the points (`scores`, `chances`).

    Between two points it is straight; beyond the outermost it is level. `n` labelled rows.
    """

    scores: np.ndarray
    chances: np.ndarray
    n: int

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Probability of the favourable outcome per score; fractions in [0, 1]."""
        return np.asarray(np.interp(scores, self.scores, self.chances))

    def beyond(self, scores: np.ndarray, counts: np.ndarray) -> int:
        """How many rows have scores no labelled row reaches: the line is a guess there."""
        outside = (scores < self.scores[0]) | (scores > self.scores[-1])
        return int(counts[outside].sum())

    def digest(self) -> str:
        """SHA-256 over the points."""
        return digest_of("recalibration", self.scores, self.chances, self.n)


def isotonic_recalibration(labelled: ScoreCounts) -> IsotonicRecalibration:
    """Fit probabilities to labelled rows by isotonic regression.

    The steps follow the labelled rows closely: fit on rows the model was not trained on, and
    judge it on others still.

    Parameters
    ----------
    labelled : ScoreCounts
        At least one row.

    Returns
    -------
    IsotonicRecalibration
        scikit-learn's ``IsotonicRegression(out_of_bounds="clip")``.

    Raises
    ------
    ValueError
        If there are no rows.

    References
    ----------
    B. Zadrozny, C. Elkan (2002), "Transforming classifier scores into accurate multiclass
    probability estimates", KDD, 694-699. R. E. Barlow et al. (1972), "Statistical Inference
    under Order Restrictions", Wiley.
    """
    if not labelled.rows:
        raise ValueError("expected labelled rows to recalibrate on, got none")
    held = labelled.totals > 0
    scores, totals = labelled.scores[held], labelled.totals[held]
    fitted = IsotonicRegression(out_of_bounds="clip").fit(
        scores, labelled.positives[held] / totals, sample_weight=totals
    )
    return IsotonicRecalibration(
        frozen(np.asarray(fitted.X_thresholds_, dtype=np.float64)),
        frozen(np.clip(fitted.y_thresholds_, 0.0, 1.0)),
        labelled.rows,
    )
