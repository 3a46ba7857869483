import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from measures.fairness import kernel
from measures.fairness.frontier import candidates, cells_at, counts_at, pareto, sweep, what_if
from measures.fairness.groups import gaps, group_rates
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import reduce_cells
from measures.reduce.grouped_scores import reduce_grouped_scores
from measures.reduce.scores import score_counts


def _rows(n: int = 2_000, levels: int = 100) -> dict[str, np.ndarray]:
    frozen = np.random.RandomState(9)
    group = frozen.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    label = (frozen.rand(n) < np.where(group == "a", 0.5, 0.3)).astype(int)
    score = np.clip(label * 0.3 + frozen.rand(n) * 0.7, 0, 1)
    return {"g": group, "y": label, "s": np.round(score * levels) / levels}


def _scores(columns: dict[str, np.ndarray]):
    found = {}
    for name in np.unique(columns["g"]):
        own = columns["g"] == name
        label = columns["y"][own]
        found[str(name)] = score_counts(columns["s"][own], 1 - label, label)
    return found


def test_every_threshold_gives_what_predicting_by_it_gives():
    columns = _rows(300)
    scores = _scores(columns)
    found = sweep(scores)
    assert found.thresholds.tolist() == candidates(scores).tolist()
    for i, threshold in enumerate(found.thresholds):
        predicted = columns["s"] >= threshold
        assert found.performance[i] == np.mean(predicted == columns["y"])
        rates = [predicted[columns["g"] == name].mean() for name in found.groups]
        assert found.rates[i, :, 0] == pytest.approx(rates)
        assert found.disparity[i] == pytest.approx(max(rates) - min(rates))
        recalls = [
            predicted[(columns["g"] == name) & (columns["y"] == 1)].mean() for name in found.groups
        ]
        assert found.rates[i, :, 1] == pytest.approx(recalls)
    assert found.people == tuple((columns["g"] == name).sum() for name in "abc")


def test_the_last_threshold_selects_nobody_and_the_first_everybody():
    found = sweep(_scores(_rows(300)))
    assert (found.rates[0, :, 0] == 1).all()
    assert (found.rates[-1, :, 0] == 0).all()
    assert found.disparity[[0, -1]].tolist() == [0, 0]


points = arrays(np.float64, st.tuples(st.integers(0, 25), st.just(2)), elements=st.integers(0, 5))


@given(points)
def test_the_frontier_is_what_no_point_beats(both):
    one, other = both.T
    beaten = [
        ((one >= x) & (other >= y) & ((one > x) | (other > y))).any()
        for x, y in zip(one, other, strict=True)
    ]
    assert pareto(one, other).tolist() == [not each for each in beaten]


def test_undefined_points_are_never_on_the_frontier_and_beat_none():
    found = pareto(np.array([9.0, 1.0, np.nan]), np.array([np.nan, 1.0, 9.0]))
    assert found.tolist() == [False, True, False]
    assert pareto(np.full(2, np.nan), np.ones(2)).tolist() == [False, False]


def test_more_is_better_for_ratios_and_less_for_differences():
    scores = _scores(_rows(400))
    ratio = sweep(scores, disparity="selection_rate_ratio")
    assert np.isnan(ratio.disparity[-1])  # nobody is selected
    best = np.nanmax(ratio.disparity)
    assert ratio.efficient[ratio.disparity == best].any()
    difference = sweep(scores)
    assert difference.efficient[difference.disparity == 0].any()
    top = difference.performance == difference.performance.max()
    assert difference.efficient[top].any()


def test_thinning_keeps_the_exact_frontier_and_its_ends():
    columns = _rows(3_000, levels=2_000)
    scores = _scores(columns)
    everything = sweep(scores, most=10_000)
    thin = sweep(scores, most=40)
    assert len(everything.thresholds) > 900
    assert len(thin.thresholds) <= 40
    places = np.searchsorted(everything.thresholds, thin.thresholds)
    for part in ("performance", "disparity", "efficient"):
        np.testing.assert_array_equal(getattr(thin, part), getattr(everything, part)[places])
    frontier = everything.thresholds[everything.efficient]
    assert {frontier[0], frontier[-1]} <= set(thin.thresholds)
    assert thin.thresholds[0] == everything.thresholds[0]


def test_given_thresholds_are_answered_exactly():
    columns = _rows(500)
    found = sweep(
        _scores(columns),
        [0.45, 0.2, 0.45],
        performance="balanced_accuracy",
        disparity="equalized_odds_difference",
    )
    assert found.thresholds.tolist() == [0.2, 0.45]
    assert found.measured == ("balanced_accuracy", "equalized_odds_difference")
    for i, threshold in enumerate(found.thresholds):
        evaluation = kernel.evaluate(cells_at(_scores(columns), threshold).counts)
        assert found.disparity[i] == kernel.gaps(evaluation).equalized_odds_difference
        assert found.performance[i] == evaluation.overall[kernel.position("balanced_accuracy")]


def test_a_threshold_gives_the_cells_its_predictions_would(stored):
    columns = _rows()
    table = stored(columns)
    grouped = reduce_grouped_scores(table, ["g"], score="s", label="y")
    by_name = {group: each for (group,), each in zip(grouped.groups, grouped.scores, strict=True)}
    predicted = table.mutate(p=(table.s >= 0.45).cast("int64"))
    expected = reduce_cells(predicted, ["g"], label="y", prediction="p")
    assert cells_at(by_name, 0.45, feature="g").digest() == expected.digest()
    (found,) = what_if(by_name, [0.45], Drawing(100))
    assert found.threshold == 0.45
    assert found.rates == group_rates(expected)
    assert found.gaps == gaps(expected, Drawing(100))


def test_a_disparity_that_compares_an_undefined_rate_is_undefined():
    scores = _scores(_rows(200))
    scores["d"] = score_counts(np.array([0.2, 0.6]), np.array([3, 2]), np.array([0, 0]))
    found = sweep(scores, disparity="equal_opportunity_difference")
    assert np.isnan(found.disparity).all()
    assert not found.efficient.any()
    assert np.isnan(found.rates[:, 3, 1]).all()
    assert not np.isnan(found.rates[:, 3, 0]).any()


def test_blocks_of_thresholds_do_not_change_the_result(monkeypatch):
    scores = _scores(_rows(400))
    whole = sweep(scores)
    monkeypatch.setattr("measures.fairness.frontier._COUNTS_AT_ONCE", 60)
    for ours, theirs in zip(sweep(scores)[:5], whole[:5], strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 5)), st.floats(-1, 6))
@settings(max_examples=30)
def test_people_are_selected_from_the_threshold_up(values, threshold):
    label = values % 2
    held = {"g": score_counts(values.astype(float), 1 - label, label)}
    counts = counts_at(held, np.array([threshold]))[0, 0]
    for y in range(2):
        assert counts[y, 1] == ((values >= threshold) & (label == y)).sum()
        assert counts[y].sum() == (label == y).sum()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"performance": "false_positive_rate"}, "expected one of accuracy, .*got 'false_pos"),
        ({"disparity": "accuracy_group_min"}, "difference or ratio between groups"),
        ({"disparity": "luck"}, "got 'luck'"),
        ({"thresholds": [0.1, float("nan")]}, "thresholds that are numbers"),
        ({"most": 1}, "most must be at least 2, got 1"),
    ],
)
def test_bad_questions_are_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        sweep(_scores(_rows(50)), **asked)


def test_nobody_has_no_thresholds():
    with pytest.raises(ValueError, match="at least one person"):
        sweep({"a": score_counts(np.zeros(0), np.zeros(0, int), np.zeros(0, int))})
