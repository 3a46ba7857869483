import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics

from measures.calibration.binned import expected_error
from measures.calibration.reliability import equal_width_edges, expected_calibration_error
from measures.classification import binned, thresholds
from measures.classification.performance import losses
from measures.classification.slices import by_group
from measures.classification.weighted import weighted_figures
from measures.intervals.bootstrap import Drawing
from measures.intervals.delong import roc_auc
from measures.reduce.cells import reduce_cells
from measures.reduce.grouped_scores import reduce_grouped_scores
from measures.reduce.score_bins import reduce_score_bins
from measures.reduce.scores import reduce_scores, reduce_weighted_scores

BINS = 64  # few, so that the bounds are put to the test


def _people(rows: int = 1_500, seed: int = 5) -> pa.Table:
    drawn = np.random.RandomState(seed)
    scores = drawn.beta(2, 3, rows)
    return pa.table(
        {
            "sex": drawn.choice(["f", "m"], rows),
            "s": scores,
            "y": (drawn.rand(rows) < scores).astype(np.int8),
            "p": (scores >= 0.4).astype(np.int8),
            "w": drawn.lognormal(0, 1, rows),
        }
    )


def _by_sex(table):
    return (
        reduce_cells(table, ["sex"], label="y", prediction="p"),
        reduce_grouped_scores(table, ["sex"], score="s", label="y"),
    )


def test_every_figure_of_every_group_is_scikit_learns(stored):
    people = _people()
    sex = np.array(people["sex"].to_pylist())
    for group in by_group(*_by_sex(stored(people)), Drawing(50)):
        y, s, p = (people[name].to_numpy()[sex == group.group[0]] for name in "ysp")
        found = {each.name: each for each in group.figures}
        expected = {
            "accuracy": metrics.accuracy_score(y, p),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, p),
            "precision": metrics.precision_score(y, p),
            "recall": metrics.recall_score(y, p),
            "f1": metrics.f1_score(y, p),
            "matthews_correlation": metrics.matthews_corrcoef(y, p),
            "jaccard": metrics.jaccard_score(y, p),
            "roc_auc": metrics.roc_auc_score(y, s),
            "average_precision": metrics.average_precision_score(y, s),
            "brier": metrics.brier_score_loss(y, s),
            "log_loss": metrics.log_loss(y, s),
        }
        ours = {name: found[name].value for name in expected}
        assert ours == pytest.approx(expected, abs=1e-12)
        assert group.n == len(y) == found["roc_auc"].n
        for figure in group.figures:
            assert figure.interval.low < figure.value < figure.interval.high


def test_a_group_of_one_label_has_undefined_figures_and_the_others_remain(stored):
    table = stored({"sex": ["f"] * 3 + ["m"] * 4, "s": [0.1, 0.2, 1.5, 0.1, 0.4, 0.6, 0.9],
                    "y": [1, 1, 1, 0, 0, 1, 1], "p": [0, 0, 1, 0, 0, 1, 1]})  # fmt: skip
    women, men = by_group(*_by_sex(table), Drawing(50))
    undefined = {each.name for each in women.figures if not each.defined}
    assert undefined == {
        "specificity", "false_positive_rate", "balanced_accuracy", "matthews_correlation",
        "youden", "roc_auc", "ks_statistic", "brier", "log_loss",
    }  # fmt: skip
    assert all(each.defined for each in men.figures)


def test_cells_and_scores_of_other_people_are_refused(stored):
    cells, _ = _by_sex(stored(_people()))
    _, scores = _by_sex(stored(_people(1_400)))
    with pytest.raises(ValueError, match="expected cells and scores of the same people"):
        by_group(cells, scores, Drawing())


def test_the_exact_figures_lie_within_their_bounds(stored):
    table = stored(_people())
    _, grouped = _by_sex(table)
    bins = reduce_score_bins(table, ["sex"], score="s", label="y", bins=BINS)
    for place, exact in enumerate(grouped.scores):
        error = expected_calibration_error(exact, Drawing(50)).value
        for found, value in (
            (binned.area(bins, place), roc_auc(exact).value),
            (binned.brier(bins, place), losses(exact)[0].value),
            (expected_error(bins, place, Drawing(50)), error),
        ):
            assert 0 < abs(found.value - value) <= found.bound < 0.15
            assert found.interval.low < value < found.interval.high
            assert found.n == exact.rows


def test_the_bound_of_the_area_by_hand(stored):
    # Bin 0 holds a pair, ranked wrongly; the other positive is above: 1.5 of 2 pairs, not 1.
    table = stored({"s": [0.1, 0.2, 0.9], "y": [1, 0, 1]})
    bins = reduce_score_bins(table, [], score="s", label="y", bins=2)
    found = binned.area(bins, 0)
    assert (found.value, found.bound) == (0.75, 0.25)
    assert roc_auc(reduce_scores(table, score="s", label="y")).value == 0.5


def test_calibration_error_is_exact_where_the_bins_share_their_edges(stored):
    table = stored(_people())
    bins = reduce_score_bins(table, [], score="s", label="y", bins=BINS)
    exact = reduce_scores(table, score="s", label="y")
    edges = equal_width_edges(8)
    found = expected_error(bins, 0, Drawing(500), edges=edges)
    theirs = expected_calibration_error(exact, Drawing(500), edges=edges)
    assert found.bound == 0
    assert found.value == pytest.approx(theirs.value, abs=1e-13)
    assert found.interval == pytest.approx(theirs.interval, abs=0.004)


def test_counts_at_a_threshold_are_exact_on_an_edge_and_bounded_between(stored):
    table = stored(_people())
    bins = reduce_score_bins(table, [], score="s", label="y", bins=BINS)
    exact = reduce_scores(table, score="s", label="y")
    asked = (0.0, 0.25, 0.3, 0.984375)
    for level, found in zip(asked, binned.confusions(bins, 0, asked), strict=True):
        counts = thresholds.at_threshold(exact, level).ravel()
        assert found.exact == (level != 0.3)
        low, high = (np.array(each) for each in (found.at_edge_below, found.at_edge_above))
        assert (np.minimum(low, high) <= counts).all()
        assert (counts <= np.maximum(low, high)).all()
    with pytest.raises(ValueError, match=r"expected thresholds within \[0, 1\], got \[1.5\]"):
        binned.confusions(bins, 0, (1.5,))


def test_a_bin_statistic_without_people_or_label_is_undefined(stored):
    bins = reduce_score_bins(stored({"s": [0.1, 0.3], "y": [1, 1]}), [], score="s", label="y")
    assert not binned.area(bins, 0).defined
    assert np.isnan(binned.area(bins, 0).value)
    assert binned.brier(bins, 0).value == pytest.approx((0.81 + 0.49) / 2, abs=1e-7)


def test_weighted_figures_are_scikit_learns(stored):
    people = _people()
    scores = reduce_weighted_scores(stored(people), score="s", label="y", weight="w")
    y, s, w = (people[name].to_numpy() for name in "ysw")
    found = {each.name: each for each in weighted_figures(scores)}
    expected = {
        "roc_auc": metrics.roc_auc_score(y, s, sample_weight=w),
        "average_precision": metrics.average_precision_score(y, s, sample_weight=w),
        "brier": metrics.brier_score_loss(y, s, sample_weight=w),
        "log_loss": metrics.log_loss(y, s, sample_weight=w),
    }
    assert {name: each.value for name, each in found.items()} == pytest.approx(expected, abs=1e-12)
    stream, drawn = np.random.RandomState(3), []
    for _ in range(200):
        at = stream.randint(0, len(y), len(y))
        drawn.append(
            [
                metrics.roc_auc_score(y[at], s[at], sample_weight=w[at]),
                metrics.average_precision_score(y[at], s[at], sample_weight=w[at]),
                metrics.brier_score_loss(y[at], s[at], sample_weight=w[at]),
            ]
        )
    for name, deviation in zip(expected, np.std(drawn, axis=0), strict=False):
        low, high = found[name].interval
        assert (high - low) / (2 * 1.959964) == pytest.approx(deviation, rel=0.15)


def test_equal_weights_change_nothing(stored):
    people = _people(400)
    even = people.set_column(4, "w", pa.array(np.full(400, 0.3)))
    table = stored(even)
    weighted = {
        each.name: each
        for each in weighted_figures(
            reduce_weighted_scores(table, score="s", label="y", weight="w")
        )
    }
    plain = reduce_scores(table, score="s", label="y")
    assert weighted["roc_auc"].interval == pytest.approx(roc_auc(plain).interval, abs=2e-4)
    for each in losses(plain):
        assert weighted[each.name].interval == pytest.approx(each.interval, abs=1e-3)


def test_a_perfect_weighted_ranking_proves_little(stored):
    table = stored({"s": [0.1, 0.2, 0.8, 0.9], "y": [0, 0, 1, 1], "w": [2.0] * 4})
    scores = reduce_weighted_scores(table, score="s", label="y", weight="w")
    area = weighted_figures(scores)[0]
    # Wilson's interval of two successes in two trials
    assert (area.value, area.interval) == (1.0, pytest.approx((0.3424, 1.0), abs=5e-5))
    alone = reduce_weighted_scores(table.filter(table["y"] == 0), score="s", label="y", weight="w")
    assert [each.defined for each in weighted_figures(alone)] == [False, False, True, True]
