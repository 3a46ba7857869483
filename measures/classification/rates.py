"""What follows from counts of people by label and prediction, for any number of tables at once."""

import numpy as np

#: Shares of people: what happened and what could have, over the counts (tn, fp, fn, tp).
SHARES = {
    "accuracy": ((1, 0, 0, 1), (1, 1, 1, 1)),
    "precision": ((0, 0, 0, 1), (0, 1, 0, 1)),
    "recall": ((0, 0, 0, 1), (0, 0, 1, 1)),
    "specificity": ((1, 0, 0, 0), (1, 1, 0, 0)),
    "selection_rate": ((0, 1, 0, 1), (1, 1, 1, 1)),
    "negative_predictive_value": ((1, 0, 0, 0), (1, 0, 1, 0)),
    "false_positive_rate": ((0, 1, 0, 0), (1, 1, 0, 0)),
    "false_negative_rate": ((0, 0, 1, 0), (0, 0, 1, 1)),
    "jaccard": ((0, 0, 0, 1), (0, 1, 1, 1)),
    "prevalence": ((0, 0, 1, 1), (1, 1, 1, 1)),
}

#: Figures that are no share of people, in the order of `composites`.
COMPOSITES = ("balanced_accuracy", "f1", "matthews_correlation", "youden")


def share_parts(counts: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """How often what a share counts happened, and how often it could have.

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., 2, 2)
        People by label and prediction.
    name : str
        One of `SHARES`.

    Returns
    -------
    tuple of two numpy.ndarray of shape (...)
        Whole numbers.
    """
    flat = counts.reshape(*counts.shape[:-2], 4)
    happened, possible = (flat @ np.array(part) for part in SHARES[name])
    return happened, possible


def composites(counts: np.ndarray) -> np.ndarray:
    """Balanced accuracy, F1, Matthews correlation and Youden's index.

    Parameters
    ----------
    counts : numpy.ndarray of shape (..., 2, 2)
        People by label and prediction.

    Returns
    -------
    numpy.ndarray of shape (..., 4)
        In the order of `COMPOSITES`. Balanced accuracy and Youden's index are NaN where a
        label has nobody, Matthews correlation also where a prediction has; F1 is 0.0 where
        nobody is positive or selected, as in scikit-learn with ``zero_division=0``.

    References
    ----------
    W. J. Youden (1950), "Index for rating diagnostic tests", Cancer 3(1), 32-35.
    B. W. Matthews (1975), "Comparison of the predicted and observed secondary structure of T4
    phage lysozyme", Biochim. Biophys. Acta 405(2), 442-451.
    """
    flat = counts.reshape(*counts.shape[:-2], 4).astype(np.float64)
    tn, fp, fn, tp = np.moveaxis(flat, -1, 0)
    recall, specificity = divided(tp, tp + fn), divided(tn, tn + fp)
    both = 2 * tp + fp + fn
    f1 = np.where(both > 0, divided(2 * tp, both), 0.0)
    spread = np.sqrt((tp + fp) * (tn + fn)) * np.sqrt((tp + fn) * (tn + fp))
    matthews = np.clip(divided(tp * tn - fp * fn, spread), -1.0, 1.0)  # roots round
    balanced, youden = (recall + specificity) / 2, recall + specificity - 1
    return np.stack([balanced, f1, matthews, youden], axis=-1)


def divided(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """Quotients, NaN where the denominator is zero."""
    undefined = np.full(np.broadcast_shapes(numerators.shape, denominators.shape), np.nan)
    return np.divide(numerators, denominators, out=undefined, where=denominators > 0)
