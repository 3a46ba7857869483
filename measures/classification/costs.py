"""What right and wrong decisions cost, given what each is worth."""

import numpy as np

from measures.classification import rates, thresholds
from measures.classification.performance import UNKNOWN, Figure, resampled, undefined
from measures.classification.thresholds import Choice
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.reduce.scores import ScoreCounts

#: How each figure's interval is found.
METHODS = {"expected_cost": bootstrap.METHOD}


def expected_cost(counts: np.ndarray, costs: np.ndarray, drawing: Drawing) -> Figure:
    """Mean cost per person; utility is its negative.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2, 2)
        People by label and prediction.
    costs : numpy.ndarray of shape (2, 2)
        What one person costs by label and prediction, in any unit; negative is a benefit.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Figure
        In the unit of the costs, per person; undefined if there is nobody.

    Raises
    ------
    ValueError
        If the costs are not four finite numbers.

    References
    ----------
    C. Elkan (2001), "The foundations of cost-sensitive learning", IJCAI 17, 973-978.
    """
    checked, people = _checked(costs), int(counts.sum())
    if not people:
        return undefined("expected_cost", UNKNOWN, unit="cost per person")
    drawn = bootstrap.replicates(counts, lambda again: _mean_cost(again, checked), drawing)
    value = float(_mean_cost(counts, checked))
    return resampled("expected_cost", value, drawn, people, drawing, unit="cost per person")


def cheapest_threshold(scores: ScoreCounts, costs: np.ndarray, drawing: Drawing) -> Choice:
    """The threshold with the lowest mean cost per person on these people.

    Parameters
    ----------
    scores : ScoreCounts
        At least one person.
    costs : numpy.ndarray of shape (2, 2)
        What one person costs by label and prediction; see `expected_cost`.
    drawing : Drawing
        Number of resamples, confidence and seed.

    Returns
    -------
    Choice
        The highest among equally cheap ones; infinity if selecting nobody is cheapest. Its
        figures include the expected cost; its optimism is in the unit of the costs.

    Raises
    ------
    ValueError
        If the costs are not four finite numbers, or there is nobody.
    """
    checked = _checked(costs)
    if not scores.rows:
        raise ValueError("expected at least one person to choose a threshold on, got none")
    choice = thresholds.best(
        scores, "expected_cost", lambda counts: -_mean_cost(counts, checked), drawing
    )
    counts = np.array(choice.operating.confusion).reshape(2, 2)
    figures = [*choice.operating.figures, expected_cost(counts, checked, drawing)]
    return choice._replace(operating=choice.operating._replace(figures=figures))


def break_even(costs: np.ndarray) -> float:
    """The probability from which selecting is cheaper, if scores are calibrated.

    Parameters
    ----------
    costs : numpy.ndarray of shape (2, 2)
        What one person costs by label and prediction; a mistake costs more than its contrary.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If a mistake costs no more than a right decision.

    References
    ----------
    C. Elkan (2001), "The foundations of cost-sensitive learning", IJCAI 17, 973-978, eq. 2.
    """
    (right_no, wrong_yes), (wrong_no, right_yes) = _checked(costs)
    false_alarm, miss = wrong_yes - right_no, wrong_no - right_yes
    if not (false_alarm > 0 and miss > 0):
        raise ValueError(f"expected mistakes to cost more than right decisions, got {costs}")
    return float(false_alarm / (false_alarm + miss))


def _mean_cost(counts: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Cost per person of counts of shape (..., 2, 2); shape (...), NaN without people."""
    return rates.divided((counts * costs).sum(axis=(-2, -1)), counts.sum(axis=(-2, -1)))


def _checked(costs: np.ndarray) -> np.ndarray:
    given = np.asarray(costs, dtype=np.float64)
    if given.shape != (2, 2) or not np.isfinite(given).all():
        raise ValueError(f"expected four finite costs, by label and prediction, got {costs}")
    return given
