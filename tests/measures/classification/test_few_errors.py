"""People without an error prove little where they are few: no figure of them is sure."""

import numpy as np
import pytest

from measures.calibration.reliability import expected_calibration_error
from measures.classification import few_errors, performance, rates
from measures.classification.ranking import average_precision, ks_statistic
from measures.intervals.bootstrap import Drawing
from measures.intervals.wilson import wilson_interval
from measures.reduce.scores import score_counts


def _scores(scores, labels):
    labels = np.asarray(labels).astype(int)
    return score_counts(np.asarray(scores, dtype=float), 1 - labels, labels)


PERFECT = _scores([0.1] * 6 + [0.9] * 4, [0] * 6 + [1] * 4)


@pytest.mark.parametrize("name", rates.COMPOSITES)
def test_ten_people_judged_rightly_leave_much_open(name):
    counts = np.array([[6, 0], [0, 4]])
    (figure,) = performance._composites(counts, Drawing(200), [name])
    assert figure.value == figure.interval.high == 1.0
    assert figure.interval.low < 0.85


def test_the_bounds_by_hand():
    counts = np.array([[6, 0], [0, 4]])
    recall, specificity = wilson_interval(4, 4).low, wilson_interval(6, 6).low  # 0.5101, 0.6097
    apart = np.hypot(1 - recall, 1 - specificity)
    assert few_errors.bounds(counts, "youden", 0.95) == pytest.approx((1 - apart, 1))
    assert few_errors.bounds(counts, "balanced_accuracy", 0.95) == pytest.approx((1 - apart / 2, 1))
    # as many are predicted as are: both of Youden's indices are alike
    assert few_errors.bounds(counts, "matthews_correlation", 0.95).low == pytest.approx(1 - apart)
    assert few_errors.bounds(counts, "f1", 0.95).low == pytest.approx(2 * recall / (1 + recall))


def test_nor_is_a_perfect_ranking_sure():
    assert average_precision(PERFECT, Drawing(200)).interval == wilson_interval(4, 4)
    low, high = ks_statistic(PERFECT, Drawing(200)).interval
    assert (low, high) == pytest.approx(few_errors.bounds(np.diag([6, 4]), "youden", 0.95))
    many = _scores(np.arange(3000) / 3000, np.arange(3000) >= 2990)
    assert average_precision(many, Drawing(200)).interval == wilson_interval(10, 10)


def test_a_correlation_is_never_above_1():
    for size in range(1, 400):
        found = rates.composites(np.array([[size, 0], [0, 2 * size + 1]]))
        assert (found <= 1).all()


def test_scores_that_mean_what_they_say_are_not_called_miscalibrated():
    drawn, missed = np.random.RandomState(4), 0
    for _ in range(60):
        scores = drawn.randint(1, 20, 200) / 20
        counts = _scores(scores, drawn.uniform(size=200) < scores)
        missed += expected_calibration_error(counts, Drawing(100)).interval.low > 0
    assert missed <= 3


def test_scores_that_say_nothing_are_not_called_telling():
    drawn, missed = np.random.RandomState(4), 0
    for _ in range(60):
        counts = _scores(drawn.randint(0, 50, 100) / 50, drawn.randint(0, 2, 100))
        missed += ks_statistic(counts, Drawing(100)).interval.low > 0
    assert missed <= 3
