import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from measures.explain.importance import permutation_importance, weighted_auc
from measures.explain.metric import BRIER, R2


@pytest.fixture
def people():
    drawn = np.random.RandomState(5)
    used, unused = drawn.rand(400), drawn.rand(400)
    return used, unused, (drawn.rand(400) < used).astype(np.int64)


def _importances(people, **changes):
    used, _, labels = people

    def score(feature, order):
        return used[order] if feature == "used" else used

    asked = {"repeats": 10, "confidence": 0.95, "seed": 3} | changes
    found = permutation_importance(["used", "unused"], labels, score, **asked)
    return {each.feature: each for each in found}


def test_a_weighted_area_is_scikit_learns():
    drawn = np.random.RandomState(2)
    labels, scores, weights = drawn.randint(0, 2, 300), drawn.rand(300).round(1), drawn.rand(300)
    expected = roc_auc_score(labels, scores, sample_weight=weights)
    assert weighted_auc(labels, scores, weights) == pytest.approx(expected, abs=1e-12)


def test_a_shuffled_feature_costs_the_area_it_gave(people):
    used, _, labels = people
    found = _importances(people)["used"]
    assert found.value == pytest.approx(roc_auc_score(labels, used) - 0.5, abs=0.03)
    assert found.interval.low > 0


def test_an_unused_feature_costs_exactly_nothing(people):
    assert _importances(people)["unused"] == ("unused", 0.0, (0.0, 0.0))


def test_the_same_seed_gives_the_same_importance(people):
    assert _importances(people) == _importances(people)
    assert _importances(people) != _importances(people, seed=4)


def test_one_repeat_has_no_interval(people):
    with pytest.raises(ValueError, match="repeats must be at least 2, got 1"):
        _importances(people, repeats=1)


def test_a_loss_grows_where_a_feature_is_shuffled(people):
    used, _, labels = people
    found = _importances(people, metric=BRIER)["used"]
    shuffled = np.mean((labels.mean() - labels) ** 2) + used.var()
    assert found.value == pytest.approx(shuffled - np.mean((labels - used) ** 2), abs=0.03)
    assert found.interval.low > 0


def test_labels_that_are_numbers_are_resampled_together():
    drawn = np.random.RandomState(8)
    used = drawn.randn(300)
    labels = used + drawn.randn(300) / 10

    def score(feature, order):
        return used[order]

    (found,) = permutation_importance(
        ["used"], labels, score, repeats=8, confidence=0.95, seed=1, metric=R2
    )
    assert found.value == pytest.approx(2, abs=0.15)  # R² falls from 1 to −1
