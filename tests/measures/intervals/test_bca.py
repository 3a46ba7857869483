"""BCa intervals on cells are those on rows."""

import numpy as np
import pytest
from scipy import stats

from measures.fairness import kernel
from measures.fairness.groups import gaps
from measures.intervals import bca, bootstrap
from measures.intervals.bca import acceleration, bca_interval
from measures.intervals.bootstrap import Drawing, replicates
from measures.reduce.cells import Cells, CellsByWeight
from measures.reduce.weights import CellWeights, nothing

COUNTS = np.array([[[30, 10], [5, 12]], [[12, 3], [6, 4]]])
CELLS = Cells(("g",), (("a",), ("b",)), COUNTS)


def _rows(counts: np.ndarray) -> np.ndarray:
    """The number of each person's cell."""
    return np.repeat(np.arange(counts.size), counts.ravel())


def _of_rows(rows: np.ndarray, axis: int = -1) -> np.ndarray:
    """The disparities of rows, as scipy asks for them."""
    moved = np.moveaxis(np.atleast_2d(rows), axis, -1)
    counts = np.stack([np.bincount(each, minlength=COUNTS.size) for each in moved])
    return kernel.gaps_of(counts.reshape(-1, *COUNTS.shape))


def test_acceleration_is_that_of_the_jackknife_over_people():
    rows = _rows(COUNTS)
    left_out = np.concatenate([_of_rows(np.delete(rows, i)) for i in range(len(rows))])
    centred = left_out.mean(axis=0) - left_out
    expected = (centred**3).sum(axis=0) / (6 * (centred**2).sum(axis=0) ** 1.5)
    assert acceleration(CELLS, kernel.gaps_of) == pytest.approx(expected, abs=1e-12)


def test_acceleration_with_weights_is_that_of_the_jackknife_over_weighted_people():
    weights = np.array([0.5, 2.0])
    counts = np.stack([COUNTS, COUNTS[::-1]])
    cells = CellsByWeight(("g",), (("a",), ("b",)), (0.5, 2.0), counts)
    masses = np.tensordot(weights, counts, axes=1)
    left_out, people = [], []
    for (k, *place), n in np.ndenumerate(counts):
        without = masses.copy()
        without[tuple(place)] -= weights[k]
        left_out += [kernel.gaps_of(without[np.newaxis])[0]] * n
        people.append(n)
    centred = np.mean(left_out, axis=0) - np.array(left_out)
    expected = (centred**3).sum(axis=0) / (6 * (centred**2).sum(axis=0) ** 1.5)
    assert acceleration(cells, kernel.gaps_of) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("place", range(4))
def test_intervals_agree_with_scipys(place):
    rows = _rows(COUNTS)

    def statistic(sample, axis=-1):
        return _of_rows(sample, axis)[:, place].reshape(np.delete(sample.shape, axis))

    result = stats.bootstrap(
        (rows,), statistic, method="BCa",
        n_resamples=3_000, batch=500, rng=np.random.RandomState(5), vectorized=True,
    )  # fmt: skip
    accelerated = float(acceleration(CELLS, kernel.gaps_of)[place])
    drawn = result.bootstrap_distribution
    estimate = float(kernel.gaps_of(COUNTS[np.newaxis])[0, place])
    found = bca_interval(drawn, estimate, accelerated)
    expected = tuple(result.confidence_interval)  # from the same replicates: to rounding
    assert found.method == bca.METHOD
    assert found.interval == pytest.approx(
        (min(expected[0], estimate), max(expected[1], estimate)), abs=1e-12
    )
    ours = replicates(COUNTS, kernel.gaps_of, Drawing(3_000))[:, place]
    deviation = ours.std()  # from others: within the noise of 3,000 resamples' tails
    assert bca_interval(ours, estimate, accelerated).interval == pytest.approx(
        found.interval, abs=deviation / 4
    )


def test_without_bias_and_acceleration_the_interval_is_the_percentiles():
    drawn = np.arange(1001) / 1000
    found = bca_interval(drawn, 0.5, 0.0, confidence=0.9)
    assert found.interval == pytest.approx((0.05, 0.95))
    assert (found.bias, found.method) == (0.0, bca.METHOD)


def test_ties_with_the_estimate_count_half():
    drawn = np.array([0.1, 0.2, 0.2, 0.2, 0.3, 0.4])  # 1 below, 3 equal: (1 + 4) / 12
    assert bca_interval(drawn, 0.2, 0.0).bias == pytest.approx(stats.norm.ppf(5 / 12))


@pytest.mark.parametrize(
    ("drawn", "estimate", "accelerated", "why"),
    [
        ([0.2, 0.2], 0.2, 0.0, "all replicates are equal"),
        ([0.2, 0.3], 0.1, 0.0, "all replicates lie on one side of the estimate"),
        ([0.2, 0.3], 0.25, float("nan"), "the jackknife is undefined"),
        ([0.2, 0.3], 0.25, 0.9, "the acceleration is too large"),
    ],
)
def test_where_there_is_no_bca_interval_percentiles_are_given_and_it_is_said(
    drawn, estimate, accelerated, why
):
    found = bca_interval(np.array([*drawn, np.nan]), estimate, accelerated)
    assert found.interval == bootstrap.percentile_interval(np.array(drawn), estimate)
    assert found.method == f"{bootstrap.METHOD} (no BCa: {why})"


def test_without_any_defined_replicate_there_is_no_interval():
    with pytest.raises(ValueError, match="at least one replicate that is defined"):
        bca_interval(np.array([np.nan]), 0.2, 0.0)


def test_each_gap_says_how_its_interval_was_found():
    percentile, corrected = (gaps(CELLS, Drawing(400), method=m) for m in ("percentile", "bca"))
    assert {gap.method for gap in percentile} == {bootstrap.METHOD}
    assert {gap.method for gap in corrected} == {bca.METHOD}
    assert [gap.value for gap in percentile] == [gap.value for gap in corrected]
    assert percentile[0].interval != corrected[0].interval
    with pytest.raises(ValueError, match="expected the method percentile or bca, got 'normal'"):
        gaps(CELLS, Drawing(10), method="normal")


def test_sums_of_weights_have_no_jackknife_and_say_so():
    total = nothing(COUNTS.shape) + COUNTS.astype(object)
    weighted = Cells(CELLS.features, CELLS.groups, COUNTS, CellWeights(total, total))
    assert np.isnan(acceleration(weighted, kernel.gaps_of)).all()
    assert all(
        "jackknife is undefined" in gap.method for gap in gaps(weighted, Drawing(50), method="bca")
    )
