import numpy as np
import pytest
from scipy import stats

from measures.fairness import kernel
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing, percentile_interval, replicates

COUNTS = np.array([[[30, 10], [5, 40]], [[12, 8], [6, 9]]])


def _gaps(counts):
    return np.stack(kernel.gaps(kernel.evaluate(counts)), axis=-1)


def test_the_same_seed_gives_the_same_replicates_and_another_seed_others():
    drawn = [replicates(COUNTS, _gaps, Drawing(50, 0.95, seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()


def test_drawing_in_blocks_does_not_change_the_stream(monkeypatch):
    whole = replicates(COUNTS, _gaps, Drawing(50))
    monkeypatch.setattr(bootstrap, "_COUNTS_AT_ONCE", 3 * COUNTS.size)
    np.testing.assert_array_equal(replicates(COUNTS, _gaps, Drawing(50)), whole)


def test_the_stream_is_numpys_frozen_one():
    drawn = replicates(COUNTS, lambda counts: counts, Drawing(3, 0.95, 42))
    cells = COUNTS.ravel() / COUNTS.sum()
    expected = np.random.RandomState(42).multinomial(COUNTS.sum(), cells, 3)
    np.testing.assert_array_equal(drawn.reshape(3, -1), expected)


def test_drawing_cells_is_drawing_rows():
    """Kolmogorov-Smirnov against resampled rows, for every disparity."""
    cells = np.argwhere(COUNTS >= 0)
    rows = np.repeat(np.arange(len(cells)), COUNTS.ravel())
    stream = np.random.RandomState(11)
    by_row = np.stack(
        [np.bincount(stream.choice(rows, len(rows)), minlength=COUNTS.size) for _ in range(1_500)]
    ).reshape(-1, *COUNTS.shape)
    by_cell = replicates(COUNTS, _gaps, Drawing(1_500))
    for expected, found in zip(_gaps(by_row).T, by_cell.T, strict=True):
        assert stats.ks_2samp(expected, found).pvalue > 0.001


def test_an_interval_is_the_middle_of_the_replicates_and_holds_the_estimate():
    drawn = np.arange(1001) / 1000
    assert percentile_interval(drawn, 0.5, confidence=0.9) == pytest.approx((0.05, 0.95))
    assert percentile_interval(drawn, 0.01, confidence=0.9).low == 0.01
    assert percentile_interval(drawn, 0.99, confidence=0.9).high == 0.99


def test_undefined_replicates_are_left_out_unless_there_are_no_others():
    assert percentile_interval(np.array([np.nan, 0.2, 0.2]), 0.2) == (0.2, 0.2)
    with pytest.raises(ValueError, match="at least one replicate that is defined"):
        percentile_interval(np.array([np.nan]), 0.2)


@pytest.mark.parametrize(
    ("counts", "resamples", "message"),
    [(COUNTS, 0, "resamples must be at least 1, got 0"), (COUNTS * 0, 5, "at least one person")],
)
def test_nothing_is_drawn_from_nothing(counts, resamples, message):
    with pytest.raises(ValueError, match=message):
        replicates(counts, _gaps, Drawing(resamples))


def test_the_interval_of_a_ratio_covers_the_truth_about_as_often_as_promised():
    truth = np.array([[[0.2, 0.1], [0.1, 0.2]], [[0.2, 0.06], [0.06, 0.08]]])
    expected = (0.14 / 0.4) / (0.3 / 0.6)
    stream = np.random.RandomState(8)
    covered = 0
    for seed in range(200):
        counts = stream.multinomial(2_000, truth.ravel()).reshape(truth.shape)
        drawn = replicates(counts, _gaps, Drawing(200, 0.95, seed))[:, 0]
        estimate = float(_gaps(counts[np.newaxis])[0, 0])
        low, high = percentile_interval(drawn, estimate)
        covered += low <= expected <= high
    assert 0.90 <= covered / 200 <= 0.99
