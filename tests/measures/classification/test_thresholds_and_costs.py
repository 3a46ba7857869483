import numpy as np
import pytest
from sklearn import metrics

from measures.classification import costs, rates, thresholds
from measures.classification.performance import all_composites, shares
from measures.intervals.bootstrap import Drawing
from measures.reduce.scores import score_counts


def _scored(people: int = 600, seed: int = 4):
    drawn = np.random.RandomState(seed)
    scores = drawn.beta(2, 3, people).round(2)
    labels = (drawn.rand(people) < scores).astype(np.int64)
    return scores, labels, score_counts(scores, 1 - labels, labels)


def test_the_counts_at_every_threshold_are_scikit_learns():
    scores, labels, counts = _scored()
    levels, tables = thresholds.confusions(counts)
    for level, table in zip(levels, tables, strict=True):
        expected = metrics.confusion_matrix(labels, scores >= level, labels=[0, 1])
        np.testing.assert_array_equal(table, expected)
    assert thresholds.at_threshold(counts, 0.405).tolist() == (
        metrics.confusion_matrix(labels, scores >= 0.405).tolist()
    )


def test_a_sweep_is_thinned_over_people_and_keeps_both_ends():
    _, _, counts = _scored()
    found = thresholds.sweep(counts, Drawing(20), most=7)
    selected = [each.confusion.false_positives + each.confusion.true_positives for each in found]
    assert len(found) == 7
    assert (selected[0], selected[-1], found[-1].threshold) == (600, 0, np.inf)
    assert np.abs(np.diff(selected)).max() < 130
    assert {each.name for each in found[3].figures} == {*rates.SHARES, *rates.COMPOSITES}


@pytest.mark.parametrize("criterion", rates.COMPOSITES)
def test_the_chosen_threshold_is_the_best_of_all(criterion):
    scores, labels, counts = _scored()
    theirs = {
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "f1": metrics.f1_score,
        "matthews_correlation": metrics.matthews_corrcoef,
        "youden": lambda y, p: 2 * metrics.balanced_accuracy_score(y, p) - 1,
    }[criterion]
    worth = {level: theirs(labels, scores >= level) for level in np.unique(scores)}
    choice = thresholds.choose(counts, criterion, Drawing(300))
    found = {each.name: each.value for each in choice.operating.figures}[criterion]
    assert found == pytest.approx(max(worth.values()), abs=1e-12)
    assert worth[choice.operating.threshold] == pytest.approx(found, abs=1e-12)
    assert choice.interval.low <= choice.operating.threshold <= choice.interval.high
    assert 0 < choice.optimism < 0.06


def test_among_equally_good_thresholds_the_highest_is_chosen():
    counts = score_counts(np.array([0.2, 0.4, 0.8]), np.array([2, 1, 1]), np.array([0, 1, 2]))
    # Youden: 1/2 + 1 - 1 at 0.4, 3/4 + 2/3 - 1 at 0.8: 0.5 and 0.4167; accuracy-like ties below
    assert thresholds.choose(counts, "youden", Drawing(50)).operating.threshold == 0.4
    assert int(thresholds.highest(np.array([0.1, 0.7, 0.7, np.nan]))) == 2


def test_a_threshold_cannot_be_chosen_on_one_label_or_for_an_unknown_figure():
    with pytest.raises(ValueError, match="expected people of both labels"):
        thresholds.choose(
            score_counts(np.array([0.5]), np.array([0]), np.array([3])), "f1", Drawing()
        )
    with pytest.raises(ValueError, match="expected one of balanced_accuracy, f1"):
        thresholds.choose(_scored()[2], "f2", Drawing())


def test_undefined_figures_say_so():
    nobody_selected = np.array([[5, 0], [0, 0]])
    found = {each.name: each for each in all_composites(nobody_selected, Drawing(20))}
    assert [each.defined for each in found.values()] == [False] * 4
    assert (found["f1"].value, found["f1"].interval) == (0.0, (0.0, 1.0))
    assert np.isnan(found["matthews_correlation"].value)
    assert found["matthews_correlation"].interval == (-1.0, 1.0)
    assert not all_composites(np.zeros((2, 2), dtype=int), Drawing(20))[0].defined


def test_further_shares_are_what_they_are_called():
    found = {
        each.name: each for each in shares(np.array([[50, 10], [5, 35]]), names=tuple(rates.SHARES))
    }
    expected = {
        "negative_predictive_value": (50, 55),
        "false_positive_rate": (10, 60),
        "false_negative_rate": (5, 40),
        "jaccard": (35, 50),
        "prevalence": (40, 100),
    }
    for name, (part, whole) in expected.items():
        assert (found[name].value, found[name].n) == (part / whole, whole)


def test_expected_cost_by_hand_and_by_resampled_rows():
    counts, prices = np.array([[60, 15], [5, 20]]), np.array([[0.0, 1.0], [8.0, -2.0]])
    found = costs.expected_cost(counts, prices, Drawing(2_000))
    assert found.value == pytest.approx((15 + 40 - 40) / 100, abs=1e-15)
    each = np.repeat(prices.ravel(), counts.ravel())
    stream = np.random.RandomState(6)
    drawn = [each[stream.randint(0, 100, 100)].mean() for _ in range(3_000)]
    assert found.interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.05)
    assert (found.n, found.unit) == (100, "cost per person")


def test_the_cheapest_threshold_is_the_cheapest_of_all():
    scores, labels, counts = _scored()
    prices = np.array([[0.0, 1.0], [4.0, 0.0]])
    each = [
        (metrics.confusion_matrix(labels, scores >= level, labels=[0, 1]) * prices).sum() / 600
        for level in [*np.unique(scores), 2.0]
    ]
    choice = costs.cheapest_threshold(counts, prices, Drawing(200))
    found = choice.operating.figures[-1]
    assert found.name == "expected_cost"
    assert found.value == pytest.approx(min(each), abs=1e-12)
    # scores are calibrated: the theory's threshold is among those people drawn again would give
    assert choice.interval.low <= costs.break_even(prices) <= choice.interval.high
    assert costs.break_even(prices) == pytest.approx(0.2)


def test_where_selecting_never_pays_nobody_is_selected():
    choice = costs.cheapest_threshold(_scored()[2], np.array([[0, 1], [0, 1]]), Drawing(50))
    assert choice.operating.threshold == np.inf
    assert choice.operating.figures[-1].value == 0.0


def test_costs_must_be_four_finite_numbers_and_mistakes_cost():
    for odd in ([0, 1], [[0, 1], [np.nan, 0]]):
        with pytest.raises(ValueError, match="expected four finite costs"):
            costs.expected_cost(np.ones((2, 2), dtype=int), np.array(odd), Drawing())
    with pytest.raises(ValueError, match="expected mistakes to cost more"):
        costs.break_even(np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert not costs.expected_cost(np.zeros((2, 2), dtype=int), np.eye(2), Drawing()).defined
