"""Dealing cells anew is dealing people anew."""

import numpy as np
import pytest
from scipy import stats

from measures.fairness import kernel
from measures.intervals.bootstrap import Drawing
from measures.intervals.permutation import deals, permutation_test
from measures.reduce.cells import Cells
from measures.reduce.weights import CellWeights, nothing

COUNTS = np.array([[[20, 10], [5, 12]], [[12, 3], [6, 4]], [[0, 0], [7, 1]]])
CELLS = Cells(("g",), (("a",), ("b",), ("c",)), COUNTS)


def _difference(counts: np.ndarray) -> np.ndarray:
    return kernel.gaps_of(counts)[..., 1]


def _dealt(cells: Cells, resamples: int, **options) -> np.ndarray:
    return np.concatenate(list(deals(cells, Drawing(resamples), **options)))


def test_deals_keep_the_groups_sizes_and_the_outcomes():
    dealt = _dealt(CELLS, 200)
    assert (dealt >= 0).all()
    assert (dealt.sum(axis=(2, 3)) == CELLS.sizes).all()
    assert (dealt.sum(axis=1) == COUNTS.sum(axis=0)).all()
    given = _dealt(CELLS, 200, given_label=True)
    assert (given.sum(axis=3) == COUNTS.sum(axis=2)).all()
    assert (given.sum(axis=1) == COUNTS.sum(axis=0)).all()
    assert len(np.unique(given, axis=0)) > 100


def test_dealing_cells_is_permuting_rows():
    """Kolmogorov-Smirnov against permuted rows, for every disparity."""
    held = np.repeat(np.argwhere(COUNTS >= 0), COUNTS.ravel(), axis=0)
    outcome = 2 * held[:, 1] + held[:, 2]
    frozen = np.random.RandomState(9)
    by_row = np.stack(
        [
            np.bincount(4 * frozen.permutation(held[:, 0]) + outcome, minlength=12)
            for _ in range(1_500)
        ]
    ).reshape(-1, 3, 2, 2)
    for expected, found in zip(
        kernel.gaps_of(by_row).T, kernel.gaps_of(_dealt(CELLS, 1_500)).T, strict=True
    ):
        assert stats.ks_2samp(expected, found).pvalue > 0.001


def test_the_p_value_of_two_groups_is_fishers():
    # labels do not matter: the difference of the selection rates of 9 of 12 and 4 of 14
    counts = np.array([[[3, 9], [0, 0]], [[10, 4], [0, 0]]])
    cells = Cells(("g",), (("a",), ("b",)), counts)
    exact = sum(
        stats.hypergeom.pmf(k, 26, 13, 12)
        for k in range(13)
        if abs(k / 12 - (13 - k) / 14) >= abs(9 / 12 - 4 / 14) - 1e-12
    )
    found = permutation_test(cells, _difference, Drawing(20_000))
    assert found.interval.low <= exact <= found.interval.high
    assert found.p == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))
    assert found.value == pytest.approx(9 / 12 - 4 / 14)


def test_equal_groups_are_never_surprising_and_very_different_ones_always():
    same = Cells(("g",), (("a",), ("b",)), np.full((2, 2, 2), 25))
    assert permutation_test(same, _difference, Drawing(99)).p == 1.0
    counts = np.array([[[0, 50], [0, 50]], [[50, 0], [50, 0]]])
    apart = Cells(("g",), (("a",), ("b",)), counts)
    assert permutation_test(apart, _difference, Drawing(99)).p == 0.01


def test_within_the_levels_of_a_control_feature_there_may_be_no_difference():
    # Simpson: within each department the rates are alike, together they are not
    counts = np.array(
        [[[0, 0], [20, 80]], [[0, 0], [4, 16]], [[0, 0], [16, 4]], [[0, 0], [80, 20]]]
    )
    groups = (("d1", "f"), ("d1", "m"), ("d2", "f"), ("d2", "m"))
    cells = Cells(("d", "s"), groups, counts)

    def between_sexes(dealt):
        return _difference(dealt.reshape(-1, 2, 2, 2, 2).sum(axis=1))

    assert permutation_test(cells, between_sexes, Drawing(200)).p < 0.01
    within = permutation_test(cells, between_sexes, Drawing(200), within=["d"])
    assert within.p > 0.2
    stratified = _dealt(cells, 50, within=["d"]).reshape(50, 2, 2, 2, 2)
    assert (stratified.sum(axis=2) == counts.reshape(2, 2, 2, 2).sum(axis=1)).all()


def test_large_numbers_have_the_hypergeometric_mean_and_deviation():
    counts = np.array([[[2, 1], [0, 0]], [[3, 4], [0, 0]]]) * 10**9
    cells = Cells(("g",), (("a",), ("b",)), counts)
    taken = _dealt(cells, 4_000)[:, 0, 0, 1].astype(float)
    expected = stats.hypergeom(10 * 10**9, 5 * 10**9, 3 * 10**9)
    assert abs(taken.mean() - expected.mean()) < 4 * expected.std() / np.sqrt(4_000)
    assert taken.std() / expected.std() == pytest.approx(1, abs=0.05)


def test_an_undefined_statistic_has_no_p_value():
    counts = np.zeros((2, 2, 2), dtype=np.int64)
    counts[:, 0, 0] = 5  # nobody is selected: the ratio is 0/0
    cells = Cells(("g",), (("a",), ("b",)), counts)
    found = permutation_test(cells, lambda dealt: 1 - kernel.gaps_of(dealt)[..., 0], Drawing(5))
    assert (found.p, found.interval) == (None, None)


def test_people_with_weights_cannot_be_exchanged():
    exact = nothing(COUNTS.shape) + COUNTS.astype(object)
    weighted = Cells(CELLS.features, CELLS.groups, COUNTS, CellWeights(exact, exact))
    with pytest.raises(ValueError, match="expected cells without weights"):
        permutation_test(weighted, _difference, Drawing(5))


@pytest.mark.parametrize(
    ("factor", "resamples", "message"),
    [(0, 5, "between 1 and"), (10**12, 5, "between 1 and"), (1, 0, "at least 1, got 0")],
)
def test_nobody_and_too_many_are_not_dealt(factor, resamples, message):
    cells = Cells(CELLS.features, CELLS.groups, COUNTS * factor)
    with pytest.raises(ValueError, match=message):
        permutation_test(cells, _difference, Drawing(resamples))


def test_the_same_seed_deals_the_same():
    first, again, other = (
        np.concatenate(list(deals(CELLS, Drawing(20, 0.95, seed)))) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
