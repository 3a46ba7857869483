import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from measures.classification import gains, ranking, resampling
from measures.intervals.bootstrap import Drawing
from measures.reduce.scores import ScoreCounts, score_counts

rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 1)), min_size=2
).filter(lambda people: 0 < sum(label for _, label in people) < len(people))


def _counts(scores, labels) -> ScoreCounts:
    labels = np.asarray(labels)
    return score_counts(np.asarray(scores, dtype=float), 1 - labels, labels)


def _scored(people: int, seed: int = 3, places: int = 6) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.RandomState(seed)
    scores = drawn.beta(2, 2, people).round(places)
    return scores, (drawn.rand(people) < scores).astype(np.int64)


@given(rows)
@settings(max_examples=40)
def test_average_precision_and_ks_are_scikit_learns_and_scipys(people):
    scores, labels = (np.array(part) for part in zip(*people, strict=True))
    counts = _counts(scores, labels)
    precision = ranking.average_precision(counts, Drawing(20))
    distance = ranking.ks_statistic(counts, Drawing(20))
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # of its p-value
        theirs = stats.ks_2samp(scores[labels == 1], scores[labels == 0])
    expected = metrics.average_precision_score(labels, scores)
    assert precision.value == pytest.approx(expected, abs=1e-12)
    assert distance.value == pytest.approx(theirs.statistic, abs=1e-12)
    for figure in (precision, distance):
        assert 0 <= figure.interval.low <= figure.value <= figure.interval.high <= 1


def test_the_ks_p_value_is_scipys():
    for people in (12, 60, 900):
        scores, labels = _scored(people, places=1)
        theirs = stats.ks_2samp(scores[labels == 1], scores[labels == 0], method="asymp")
        found = ranking.ks_p_value(_counts(scores, labels))
        assert found == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ranking.ks_p_value(_counts([0.1, 0.2], [0, 1])) == 1.0


def test_average_precision_by_hand():
    # From the top: 0.9 (1 of 1 positive), 0.5 (one of each: 2 of 3), 0.1 (a negative).
    found = ranking.average_precision(_counts([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0]), Drawing(50))
    assert found.value == pytest.approx((1 + 2 / 3) / 2, abs=1e-15)


def test_the_jackknife_error_is_the_derivative_by_each_persons_weight():
    counts = _counts(*_scored(60, places=1))
    table, error = resampling.stacked(counts).astype(float), 0.0
    for place in np.ndindex(table.shape):
        more, less = table.copy(), table.copy()
        more[place] += 1e-5
        less[place] -= 1e-5
        slope = ranking.average_precisions(more) - ranking.average_precisions(less)
        error += table[place] * (slope / 2e-5) ** 2
    assert ranking.average_precision_error(counts) == pytest.approx(np.sqrt(error), rel=1e-6)


def test_the_jackknife_interval_is_that_of_resampled_people():
    counts = _counts(*_scored(5_000))
    found = ranking.average_precision(counts, Drawing())
    drawn = resampling.bootstrap.replicates(
        resampling.stacked(counts), ranking.average_precisions, Drawing(300)
    )
    assert len(counts.scores) > resampling.MOST_BLOCKS
    assert ranking.average_precision_error(counts) == pytest.approx(drawn.std(), rel=0.12)
    assert found.interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.004)


def test_resampling_blocks_of_scores_is_resampling_scores():
    scores = _counts(*_scored(6_000))
    coarse = resampling.blocks(scores)
    assert len(coarse.scores) == resampling.MOST_BLOCKS
    assert coarse.rows == scores.rows
    assert coarse.totals.max() <= 2 * scores.rows / resampling.MOST_BLOCKS
    in_blocks = resampling.replicates(scores, ranking.ks_statistics, Drawing(400))
    by_score = resampling.bootstrap.replicates(
        resampling.stacked(scores), ranking.ks_statistics, Drawing(400, 0.95, 5)
    )
    assert in_blocks.mean() == pytest.approx(by_score.mean(), abs=0.15 * by_score.std())
    assert in_blocks.std() == pytest.approx(by_score.std(), rel=0.12)


def test_one_label_alone_ranks_nobody():
    none = _counts([0.1, 0.2], [0, 0])
    for figure in (
        ranking.average_precision(none, Drawing()),
        ranking.ks_statistic(none, Drawing()),
    ):
        assert np.isnan(figure.value)
        assert (figure.defined, figure.interval, figure.n) == (False, (0.0, 1.0), 2)
    assert ranking.ks_p_value(none) is None
    assert not gains.gains(none, Drawing())[0].lift.defined


def test_ties_are_taken_with_equal_chance():
    """The expected gain, against every order in which tied people might be taken."""
    scores = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    labels = np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 0])
    drawn, taken = np.random.RandomState(2), []
    for _ in range(20_000):
        order = np.lexsort((drawn.rand(10), -scores))
        taken.append(labels[order][:3].sum() / 4)
    found = gains.gains(_counts(scores, labels), Drawing(50), shares=(0.1, 0.3, 1.0))
    # the highest is positive; then two of four, of whom half are
    assert [each.gain.value for each in found] == pytest.approx([0.25, 0.5, 1.0], abs=1e-15)
    assert np.mean(taken) == pytest.approx(0.5, abs=0.01)
    assert [each.lift.value for each in found] == pytest.approx([2.5, 0.5 / 0.3, 1.0], abs=1e-12)
    assert found[2].gain.interval == (1.0, 1.0)
    curve = gains.gains_curve(_counts(scores, labels))
    assert np.array(curve) == pytest.approx(np.array([(0, 0), (0.1, 0.25), (0.5, 0.75), (1, 1)]))


def test_a_thinned_gains_curve_keeps_both_ends():
    curve = gains.gains_curve(_counts(*_scored(500)), most=4)
    assert (len(curve), curve[0], curve[-1]) == (4, (0.0, 0.0), (1.0, 1.0))


def test_the_gains_interval_is_that_of_resampled_rows():
    scores, labels = _scored(400, places=2)
    stream, drawn = np.random.RandomState(8), []
    for _ in range(300):
        chosen = stream.randint(0, 400, 400)
        again = _counts(scores[chosen], labels[chosen])
        drawn.append(gains._gains_at(resampling.stacked(again)[None], np.array([0.2]))[0, 0])
    found = gains.gains(_counts(scores, labels), Drawing(1_000), shares=(0.2,))[0].gain
    assert found.interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.012)


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match=r"expected shares in \(0, 1\], got"):
        gains.gains(_counts([0.1, 0.9], [0, 1]), Drawing(), shares=(share,))
