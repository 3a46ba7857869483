import numpy as np
import pytest
from scipy.stats import norm
from sklearn import metrics

from measures.explain import metric
from measures.intervals.delong import roc_auc
from measures.reduce.scores import ScoreCounts

PROBABILITY = (metric.ROC_AUC, metric.LOG_LOSS, metric.BRIER, metric.accuracy_at(0.5))
NUMBER = (metric.MEAN_ABSOLUTE_ERROR, metric.MEAN_SQUARED_ERROR, metric.R2)
SCIKIT_LEARN = {
    "roc_auc": metrics.roc_auc_score,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier_score_loss,
    "accuracy": lambda labels, scores, **given: metrics.accuracy_score(
        labels, scores >= 0.5, **given
    ),
    "mean_absolute_error": metrics.mean_absolute_error,
    "mean_squared_error": metrics.mean_squared_error,
    "r2": metrics.r2_score,
}


def _people(each, people=400):
    drawn = np.random.RandomState(4)
    scores = drawn.rand(people).round(2)
    labels = (drawn.rand(people) < scores).astype(int) if each in PROBABILITY else scores + 0.2
    noise = 0 if each in PROBABILITY else drawn.randn(people) / 5
    return labels + noise, scores, drawn.rand(people)


@pytest.mark.parametrize("each", PROBABILITY + NUMBER, ids=lambda each: each.name)
def test_figures_are_scikit_learns_with_weights_and_without(each):
    labels, scores, weights = _people(each)
    theirs = SCIKIT_LEARN[each.name]
    assert each.evaluated(labels, scores).value == pytest.approx(theirs(labels, scores), abs=1e-12)
    weighted = theirs(labels, scores, sample_weight=weights)
    assert each.value(labels, scores, weights) == pytest.approx(weighted, abs=1e-12)


@pytest.mark.parametrize("each", PROBABILITY + NUMBER, ids=lambda each: each.name)
def test_an_influence_is_what_a_little_more_of_a_person_does(each):
    labels, scores, _ = _people(each, 50)
    influence = each.evaluated(labels, scores).influence
    for person in (0, 7, 49):
        little = 1e-6
        weights = np.ones(50)
        weights[person] += little
        moved = each.value(labels, scores, weights) - each.value(labels, scores, np.ones(50))
        assert moved / little * 50 == pytest.approx(influence[person], abs=1e-3)
    assert influence.sum() == pytest.approx(0, abs=1e-9)


def test_the_influences_of_the_area_give_delongs_standard_error():
    labels, scores, _ = _people(metric.ROC_AUC)
    distinct = np.unique(scores)
    counts = ScoreCounts(
        distinct,
        np.array([(labels[scores == each] == 0).sum() for each in distinct]),
        np.array([(labels[scores == each] == 1).sum() for each in distinct]),
    )
    found = metric.ROC_AUC.evaluated(labels, scores)
    low, high = roc_auc(counts).interval
    expected = (high - low) / 2 / norm.ppf(0.975)
    # DeLong divides by n − 1 within each label
    assert metric.standard_error(found.influence) == pytest.approx(expected, rel=0.01)


def test_an_area_wants_both_labels():
    with pytest.raises(ValueError, match="people of both labels, got 3 positives, 0 negatives"):
        metric.ROC_AUC.evaluated(np.ones(3), np.arange(3.0))


def test_r2_wants_labels_that_differ():
    with pytest.raises(ValueError, match="expected labels that differ, got the same one for all 3"):
        metric.R2.evaluated(np.ones(3), np.arange(3.0))


def test_log_loss_wants_probabilities():
    with pytest.raises(ValueError, match=r"expected scores within \[0, 1\], got -1.0 to 0.5"):
        metric.LOG_LOSS.evaluated(np.array([0, 1]), np.array([-1.0, 0.5]))
