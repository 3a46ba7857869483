import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from measures.drift import continuous
from measures.drift.continuous import gaps
from measures.intervals.bootstrap import Drawing
from measures.reduce.scores import score_counts
from measures.reduce.sorted_values import SortedValues, sorted_values, values_of_scores

numbers = st.lists(st.sampled_from([-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 7.0]), min_size=1, max_size=30)


@given(numbers, numbers)
@settings(max_examples=150)
def test_statistics_of_values_with_ties_are_scipys(first, second):
    found = gaps(sorted_values(np.array(first)), sorted_values(np.array(second)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = stats.ks_2samp(first, second)
    assert found.kolmogorov_smirnov.value == pytest.approx(theirs.statistic, abs=1e-15)
    if len(first) == len(second) and round(theirs.statistic * len(first)) == 1:
        assert found.kolmogorov_smirnov.p_value == 1.0  # no smaller gap is possible but none
    else:
        assert found.kolmogorov_smirnov.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
    assert found.kolmogorov_smirnov.exact
    distance = stats.wasserstein_distance(first, second)
    assert found.wasserstein.value == pytest.approx(distance, abs=1e-12)
    normed = distance / max(float(np.std(first)), 0.001)
    assert found.wasserstein.normed == pytest.approx(normed, rel=1e-9, abs=1e-12)


def test_the_statistic_is_reached_where_it_says():
    found = gaps(sorted_values(np.array([1.0, 2.0, 3.0])), sorted_values(np.array([2.5, 3, 4])))
    assert found.kolmogorov_smirnov[0] == pytest.approx(2 / 3)
    assert found.kolmogorov_smirnov.at == 2.0


@pytest.mark.parametrize("shift", [0.0, 0.03, 0.2])
def test_p_values_of_many_rows_are_scipys_asymptotic_ones(shift):
    stream = np.random.RandomState(3)
    first, second = stream.normal(size=15_000), stream.normal(shift, size=12_000)
    found = gaps(sorted_values(first), sorted_values(second)).kolmogorov_smirnov
    theirs = stats.ks_2samp(first, second)
    assert not found.exact
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-12)


@pytest.mark.parametrize("squared", [0.5, 2.5, 5.0])
def test_p_values_of_very_many_rows_are_within_what_is_promised(squared):
    worth = continuous.SERIES_UP_TO * 1.5
    statistic = np.sqrt(squared / worth)
    ours = continuous._asymptotic_p(statistic, int(2 * worth), int(2 * worth))
    assert ours == pytest.approx(stats.kstwo.sf(statistic, worth), rel=2e-3)


def test_counted_scores_give_what_their_rows_give():
    stream = np.random.RandomState(1)
    first, second = (stream.beta(2, 3, 700).round(2) for _ in range(2))
    rows = gaps(sorted_values(first), sorted_values(second), Drawing(50))
    counted = [
        values_of_scores(score_counts(side, np.ones(700, int), np.zeros(700, int)))
        for side in (first, second)
    ]
    assert counted[0].digest() == sorted_values(first).digest()
    found = gaps(*counted, Drawing(50))
    assert found.kolmogorov_smirnov[0:1] == rows.kolmogorov_smirnov[0:1]
    assert found.kolmogorov_smirnov.p_value == rows.kolmogorov_smirnov.p_value
    for ours, theirs in zip(found.wasserstein[:1], rows.wasserstein[:1], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_unequal_sides_too_large_for_whole_numbers_are_still_right(monkeypatch):
    first, second = np.array([1.0, 2.0, 4.0]), np.array([2.0, 5.0])
    exact = gaps(sorted_values(first), sorted_values(second))
    monkeypatch.setattr(continuous, "_MOST_SQUARED", 1)
    rough = gaps(sorted_values(first), sorted_values(second))
    assert rough.kolmogorov_smirnov[0] == pytest.approx(exact.kolmogorov_smirnov[0], abs=1e-15)
    assert rough.wasserstein.value == pytest.approx(exact.wasserstein.value, abs=1e-15)


def test_intervals_hold_estimates_and_cover_the_distance_of_the_populations():
    stream, covered = np.random.RandomState(8), np.zeros(2)
    truth = (2 * stats.norm.cdf(0.25) - 1, 0.5)  # two normal laws half a deviation apart
    for seed in range(60):
        sides = sorted_values(stream.normal(size=400)), sorted_values(stream.normal(0.5, size=500))
        found = gaps(*sides, Drawing(200, 0.95, seed))
        for i, each in enumerate(found):
            assert 0 <= each.interval.low <= each.value <= each.interval.high
            covered[i] += each.interval.low <= truth[i] <= each.interval.high
    assert (covered >= 51).all()  # of 57 expected


def test_infinite_values_leave_the_distance_undefined_but_not_the_statistic():
    first, second = np.array([1.0, 2.0, np.inf]), np.array([1.0, -np.inf])
    found = gaps(sorted_values(first), sorted_values(second), Drawing(20))
    assert found.kolmogorov_smirnov.value == pytest.approx(0.5 + 1 / 6)
    assert np.isnan(found.wasserstein.value)
    assert found.wasserstein.interval is None


def test_a_side_without_values_is_undefined():
    found = gaps(sorted_values(np.array([np.nan])), sorted_values(np.array([1.0])), Drawing(10))
    assert np.isnan(found.kolmogorov_smirnov.value)
    assert np.isnan(found.wasserstein.normed)
    assert found.kolmogorov_smirnov.n == found.wasserstein.n == 0


def test_sorted_values_add_and_forget_the_order():
    first, second = sorted_values(np.array([3.0, np.nan, 1.0])), sorted_values(np.array([2.0]), 4)
    both = first + second
    assert both.values.tolist() == [1.0, 2.0, 3.0]
    assert (both.known, both.missing, both.rows, both.distinct()) == (3, 5, 8, 3)
    assert both.digest() == (second + first).digest() != first.digest()
    counted = SortedValues(np.array([2.0]), np.array([2]), 0) + first
    assert counted.digest() == sorted_values(np.array([2.0, 2, 1, 3]), 1).digest()
