import numpy as np
import pytest

from measures.intervals.bootstrap import Drawing, stream
from measures.intervals.wilson import wilson_interval
from measures.ranking.exposure import exposures
from measures.ranking.summary import (
    METHOD_BOOTSTRAP,
    METHOD_BOUNDED,
    METHOD_NORMAL,
    mean_over_queries,
)
from measures.reduce.ranked import query_scores, reduce_ranked

DRAWING = Drawing(resamples=500)


def _scores(values, weights=None, measure="ndcg_linear"):
    names = tuple(f"{i:05}" for i in range(len(values)))
    held = None if weights is None else np.asarray(weights)
    return query_scores(measure, names, np.asarray(values, dtype=np.float64), held)


def test_both_intervals_of_a_mean_over_queries_agree_on_many():
    values = stream(2).beta(2, 1, 2_000)
    found = mean_over_queries(_scores(values), DRAWING)
    assert (found.value, found.n, found.undefined) == (pytest.approx(values.mean()), 2_000, 0)
    reach = 1.959964 * values.std(ddof=1) / np.sqrt(2_000)
    expected = (values.mean() - reach, values.mean() + reach)
    assert found.normal == pytest.approx(expected, rel=1e-7)
    assert found.interval == pytest.approx(expected, abs=0.15 * reach)
    assert found.method == METHOD_BOOTSTRAP


def test_the_bootstrap_of_a_skewed_measure_is_skewed_as_its_replicates_are():
    values = np.concatenate([np.zeros(30), [1.0] * 3])
    found = mean_over_queries(_scores(values), Drawing(4_000))
    # replicates are binomial(33, 1/11) / 33: quantiles 0 and 7/33
    assert found.interval == pytest.approx((0.0, 7 / 33))


def test_undefined_queries_are_left_out_and_counted():
    found = mean_over_queries(_scores([0.5, np.nan, 1.0, np.nan]), DRAWING)
    assert (found.value, found.n, found.undefined) == (0.75, 2, 2)
    nothing = mean_over_queries(_scores([np.nan]), DRAWING)
    assert (nothing.value, nothing.interval, nothing.n, nothing.undefined) == (None, None, 0, 1)


def test_weights_count_a_query_as_often_as_they_say():
    found = mean_over_queries(_scores([0.0, 1.0, 0.5], [1.0, 3.0, 4.0]), DRAWING)
    assert found.value == pytest.approx(5 / 8)
    # Cochran's formula by hand: Σw²(x − mean)² = 0.390625 + 1.265625 + 0.25
    error = np.sqrt(1.90625 * 3 / 2) / 8
    assert found.normal == pytest.approx(
        (max(0, 5 / 8 - 1.959964 * error), min(1, 5 / 8 + 1.959964 * error)), rel=1e-6
    )


def test_queries_that_all_have_one_value_prove_as_little_as_their_number():
    found = mean_over_queries(_scores([1.0] * 12), DRAWING)
    assert found.interval == pytest.approx(wilson_interval(12, 12))
    assert found.method == METHOD_BOUNDED
    weighted = mean_over_queries(_scores([1.0] * 12, [1000.0] + [1e-6] * 11), DRAWING)
    assert weighted.interval.low == pytest.approx(wilson_interval(1, 1).low, abs=1e-6)
    assert mean_over_queries(_scores([3.0] * 12, measure="dcg_linear"), DRAWING).interval is None


def test_one_query_has_no_interval():
    found = mean_over_queries(_scores([0.4]), DRAWING)
    assert (found.value, found.interval, found.normal) == (0.4, None, None)


def test_the_normal_interval_stands_in_where_there_are_very_many_distinct_values():
    found = mean_over_queries(_scores(stream(3).rand(20_001)), DRAWING)
    assert found.method == METHOD_NORMAL
    assert found.interval == found.normal


def test_the_same_seed_draws_the_same_interval():
    scores = _scores(stream(4).rand(40))
    first, again = (mean_over_queries(scores, DRAWING) for _ in range(2))
    assert first == again
    assert first.interval != mean_over_queries(scores, DRAWING._replace(seed=1)).interval


def _ranked(stored, columns):
    return reduce_ranked(stored(columns), query="q", score="s", relevance="r", group="g")


def test_exposure_by_hand(stored):
    columns = {
        "q": [1, 1, 1, 2, 2],
        "s": [3.0, 2.0, 1.0, 5.0, 5.0],
        "r": [1.0, 1.0, 1.0, 2.0, 2.0],
        "g": ["a", "b", "b", "b", "a"],
    }
    found = exposures(_ranked(stored, columns), DRAWING)
    first, second, third = 1.0, 1 / np.log2(3), 0.5
    tied = (first + second) / 2
    a, b = (first + tied) / 2, (second + third + tied) / 3
    assert [group.exposure for group in found.groups] == pytest.approx([a, b])
    assert [group.relevance for group in found.groups] == pytest.approx([1.5, 4 / 3])
    assert [(group.items, group.queries) for group in found.groups] == [(2, 2), (3, 2)]
    parity, treatment = found.gaps
    assert parity.value == pytest.approx(b / a)
    assert treatment.value == pytest.approx((b / (4 / 3)) / (a / 1.5))


def test_a_small_lead_in_relevance_becomes_a_large_gap_in_exposure(stored):
    # Singh and Joachims (2018), figure 1: relevances 0.82, 0.81, 0.80 above 0.79, 0.78, 0.77
    relevance = [0.82, 0.81, 0.80, 0.79, 0.78, 0.77]
    columns = {"q": [0] * 6, "s": relevance, "r": relevance, "g": ["m"] * 3 + ["f"] * 3}
    found = exposures(_ranked(stored, columns), DRAWING)
    # they print 0.71 and 0.39 for the mean exposures of men and women
    assert [group.exposure for group in found.groups] == pytest.approx([0.39, 0.71], abs=5e-3)
    assert found.groups[0].interval is None
    assert found.gaps[0].interval is None


def test_exposure_intervals_resample_queries_and_hold_the_estimate(stored):
    drawn = stream(8)
    columns = {
        "q": np.repeat(np.arange(200), 5),
        "s": drawn.rand(1000),
        "r": drawn.randint(0, 3, 1000),
        "g": drawn.choice(["a", "b", "c"], 1000),
    }
    found = exposures(_ranked(stored, columns), DRAWING)
    for each in found.groups:
        assert each.interval.low < each.exposure < each.interval.high
        assert 0.02 < each.interval.high - each.interval.low < 0.1
    for gap in found.gaps:
        assert 0.7 < gap.interval.low <= gap.value <= gap.interval.high <= 1.0


def test_a_group_without_relevance_has_no_treatment_to_compare(stored):
    columns = {"q": [1, 1, 2], "s": [2.0, 1.0, 1.0], "r": [1.0, 0.0, 1.0], "g": ["a", "b", "a"]}
    parity, treatment = exposures(_ranked(stored, columns), DRAWING).gaps
    assert parity.value == pytest.approx(1 / np.log2(3))
    assert (treatment.value, treatment.interval, treatment.n) == (None, None, 1)


def test_exposure_of_nothing_is_refused(stored):
    table = stored({"q": [1], "s": [1.0], "r": [1.0], "g": ["a"]})
    ranked = reduce_ranked(table.filter(table.q > 1), query="q", score="s", relevance="r")
    with pytest.raises(ValueError, match="expected 1 to 100,000 queries, got 0"):
        exposures(ranked, DRAWING)
