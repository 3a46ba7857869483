import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from measures.explain.stability import rank_stability

NAMES = ["a", "b", "c", "d"]


def test_the_same_ranking_every_time_agrees_fully_and_surely():
    found = rank_stability(NAMES, np.array([[4, 3, 2, 1.0]] * 5), top=2)
    for each in (found.spearman, found.kendall, found.overlap):
        assert each.value == pytest.approx(1)
        assert each.interval == pytest.approx((1, 1))
    assert found.in_top == {"a": 1, "b": 1, "c": 0, "d": 0}


def test_agreement_is_the_mean_over_pairs_of_seeds():
    drawn = np.random.RandomState(2).rand(4, 4)
    drawn[0, 1] = drawn[0, 2]
    found = rank_stability(NAMES, drawn, top=2)
    pairs = [(i, j) for i in range(4) for j in range(i)]
    rho = np.mean([spearmanr(drawn[i], drawn[j]).statistic for i, j in pairs])
    tau = np.mean([kendalltau(drawn[i], drawn[j]).statistic for i, j in pairs])
    assert found.spearman.value == pytest.approx(rho)
    assert found.kendall.value == pytest.approx(tau)


def test_overlap_and_its_interval_are_those_worked_out_by_hand():
    # tops {a,b}, {a,b}, {a,c}: overlaps 1, 1/3, 1/3
    found = rank_stability(NAMES, np.array([[4, 3, 2, 1], [4, 3, 2, 1], [4, 2, 3, 1.0]]), top=2)
    assert found.overlap.value == pytest.approx(5 / 9)
    # leaving one seed out: 1/3, 1/3, 1; √(2/3 · Σ(x − 5/9)²) = 4/9
    assert found.overlap.interval == (0.0, 1.0)  # 4.30 · 4/9 passes both ends
    assert found.in_top == pytest.approx({"a": 1, "b": 2 / 3, "c": 1 / 3, "d": 0})


def test_rankings_drawn_blindly_agree_by_chance_only():
    found = rank_stability([str(i) for i in range(30)], np.random.RandomState(1).rand(20, 30))
    assert found.spearman.interval.low < 0 < found.spearman.interval.high
    assert found.spearman.interval.high < 0.2


def test_features_all_alike_are_no_ranking():
    found = rank_stability(NAMES, np.array([[1, 1, 1, 1], [4, 3, 2, 1], [4, 3, 2, 1.0]]), top=2)
    assert (found.spearman.value, found.spearman.interval) == (None, None)
    assert found.kendall.value is None


@pytest.mark.parametrize(
    ("importances", "top", "message"),
    [
        (np.ones((2, 4)), 2, "expected at least three seeds, got 2"),
        (np.ones((3, 5)), 2, r"got 4 names and shape \(3, 5\)"),
        (np.ones((3, 4)), 5, r"top must be within \[1, 4\], got 5"),
        (np.full((3, 4), np.nan), 2, "got 12 that are not, the first of seed 1, 'a'"),
    ],
)
def test_what_cannot_be_ranked_is_refused(importances, top, message):
    with pytest.raises(ValueError, match=message):
        rank_stability(NAMES, importances, top=top)
