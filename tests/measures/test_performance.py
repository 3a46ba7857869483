import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from measures.calibration import reliability as calibration
from measures.calibration.reliability import (
    bin_of,
    equal_width_edges,
    expected_calibration_error,
    reliability,
)
from measures.certificate import certify_performance
from measures.classification import performance
from measures.classification.performance import losses, roc_curve, shares
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells
from measures.reduce.scores import ScoreCounts, score_counts

confusions = arrays(np.int64, (2, 2), elements=st.integers(0, 50)).filter(
    lambda counts: (counts.sum(axis=1) > 0).all()
)


def _scored(people: int = 400, seed: int = 3) -> tuple[np.ndarray, np.ndarray, ScoreCounts]:
    drawn = np.random.RandomState(seed)
    scores = drawn.beta(2, 2, people).round(2)
    labels = (drawn.rand(people) < scores).astype(np.int64)
    return labels, scores, score_counts(scores, 1 - labels, labels)


def _everybody(labels, scores) -> Cells:
    counts = np.zeros((1, 2, 2), dtype=np.int64)
    np.add.at(counts[0], (labels, (scores >= 0.5).astype(int)), 1)
    return Cells((), ((),), counts)


@given(confusions)
@settings(max_examples=50)
def test_shares_and_composites_are_scikit_learns(counts):
    label, prediction = np.nonzero(counts)
    asked = {"y_true": label, "y_pred": prediction, "sample_weight": counts[label, prediction]}
    figures = [*shares(counts), *performance.composites(counts, Drawing(20))]
    found = {each.name: each.value for each in figures}
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(**asked), abs=1e-12)
    assert found["precision"] == pytest.approx(
        metrics.precision_score(**asked, zero_division=0.0), abs=1e-12
    )
    assert found["recall"] == pytest.approx(metrics.recall_score(**asked), abs=1e-12)
    assert found["f1"] == pytest.approx(metrics.f1_score(**asked, zero_division=0.0), abs=1e-12)
    assert found["balanced_accuracy"] == pytest.approx(
        metrics.balanced_accuracy_score(**asked), abs=1e-12
    )
    assert all(each.interval.low <= each.value <= each.interval.high for each in figures)


def test_a_share_nobody_counts_towards_says_nothing():
    figures = {each.name: each for each in shares(np.array([[5, 0], [5, 0]]))}
    precision = figures["precision"]
    assert (precision.value, precision.interval, precision.n) == (0.0, (0.0, 1.0), 0)
    assert [figures[name].defined for name in ("precision", "recall")] == [False, True]


def test_losses_are_scikit_learns_and_their_intervals_the_central_limit_theorems():
    labels, scores, counts = _scored()
    brier, log_loss = losses(counts)
    each = (scores - labels) ** 2
    reach = 1.959963984540054 * each.std(ddof=1) / np.sqrt(len(each))
    assert brier.value == pytest.approx(metrics.brier_score_loss(labels, scores), abs=1e-12)
    assert brier.interval == pytest.approx((each.mean() - reach, each.mean() + reach), abs=1e-12)
    assert log_loss.value == pytest.approx(metrics.log_loss(labels, scores), abs=1e-12)


def test_a_certain_and_wrong_score_has_a_finite_log_loss_like_scikit_learns():
    labels, scores = np.array([1, 0, 1]), np.array([0.0, 0.0, 1.0])
    found = losses(score_counts(scores, 1 - labels, labels))[1]
    assert found.value == pytest.approx(metrics.log_loss(labels, scores), rel=1e-12)


def test_scores_beyond_0_and_1_have_no_loss():
    with pytest.raises(ValueError, match=r"expected scores within \[0, 1\], got -0.5 to 0.5"):
        losses(score_counts(np.array([-0.5, 0.5]), np.array([1, 0]), np.array([0, 1])))


def test_the_roc_curve_passes_through_scikit_learns_points():
    labels, scores, counts = _scored()
    false, true, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    np.testing.assert_allclose(roc_curve(counts), np.stack([false, true], axis=1), atol=1e-12)


def test_a_thinned_roc_curve_keeps_both_ends():
    points = roc_curve(_scored()[2], most=5)
    assert len(points) == 5
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))


def test_the_certificate_covers_what_scikit_learn_knows():
    labels, scores, counts = _scored()
    ours = {each.name: each.value for each in (*losses(counts), performance.area(counts))}
    certificate = certify_performance(ours, _everybody(labels, scores), counts)
    assert certificate.compared == 3
    assert certificate.largest_difference <= 1e-12


def test_calibration_error_by_hand():
    # Bin [0.2, 0.3): 4 people scored 0.25, 2 favourable: apart by 0.25. Bin [0.8, 0.9): 4 people
    # scored 0.85, 3 favourable: apart by 0.10. Weighted by people: 0.175.
    counts = score_counts(np.array([0.25, 0.85]), np.array([2, 1]), np.array([2, 3]))
    found = expected_calibration_error(counts, Drawing(200))
    assert found.value == pytest.approx(0.175, abs=1e-15)
    assert found.interval.low <= found.value <= found.interval.high
    bins = reliability(counts)
    assert [(each.n, each.observed) for each in bins] == [(4, 0.5), (4, 0.75)]
    assert [each.mean_score for each in bins] == pytest.approx([0.25, 0.85])


def test_bins_hold_their_lower_edge_and_the_last_one_both():
    assert bin_of(np.array([0.0, 0.1, 0.0999, 0.9, 1.0])).tolist() == [0, 1, 0, 9, 9]


def test_the_calibration_interval_is_as_wide_as_that_of_resampled_rows():
    labels, scores, counts = _scored(600, seed=9)
    drawn, stream, edges = [], np.random.RandomState(1), equal_width_edges()
    for _ in range(400):
        chosen = stream.randint(0, 600, 600)
        again = score_counts(scores[chosen], 1 - labels[chosen], labels[chosen])
        drawn.append(float(calibration._distance(*calibration._tallies(again, edges)[:2])))
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = expected_calibration_error(counts, Drawing(2_000))
    assert found.interval.high == pytest.approx(high, rel=0.1)
    by_chance = np.mean(np.square(drawn)) - found.value**2
    least = np.sqrt(max(0.0, low**2 - 2 * by_chance))
    assert found.interval.low == pytest.approx(least, abs=0.1 * high)
