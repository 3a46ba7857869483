import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from measures.drift.distances import (
    distances,
    hellinger_distance,
    jensen_shannon_distance,
    l_infinity_distance,
    stability_index,
)
from measures.drift.stability import population_stability_index
from measures.intervals.bootstrap import Drawing

counts = st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(any).map(np.array)


def shares(values):
    return values / values.sum()


@given(counts, counts, st.sampled_from([2.0, np.e]))
def test_the_jensen_shannon_distance_is_scipys(first, second, base):
    ours = jensen_shannon_distance(shares(first), shares(second), base=base)
    assert ours == pytest.approx(jensenshannon(first, second, base), abs=1e-8)
    assert ours**2 == pytest.approx(jensenshannon(first, second, base) ** 2, abs=1e-15)


def test_distances_of_what_shares_nothing_are_one():
    apart = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    measured = (jensen_shannon_distance, hellinger_distance, l_infinity_distance)
    assert [float(each(*apart)) for each in measured] == pytest.approx([1, 1, 1])


def test_hellinger_and_l_infinity_by_hand():
    before, after = np.array([0.25, 0.75]), np.array([0.64, 0.36])
    by_hand = np.sqrt(((0.5 - 0.8) ** 2 + (np.sqrt(0.75) - 0.6) ** 2) / 2)
    assert hellinger_distance(before, after) == pytest.approx(by_hand, abs=1e-15)
    assert l_infinity_distance(before, after) == pytest.approx(0.39, abs=1e-15)


@given(counts, counts)
@settings(max_examples=40)
def test_the_index_is_the_one_of_the_reports_and_intervals_hold_estimates(first, second):
    found = distances(first, second, Drawing(40))
    reported = population_stability_index(first, second, Drawing(40))
    assert found.population_stability_index.value == pytest.approx(reported.value, abs=1e-12)
    assert found.population_stability_index.interval == pytest.approx(reported.interval, abs=1e-12)
    for each in found:
        assert 0 <= each.interval.low <= each.value <= each.interval.high
        assert each.n == second.sum()


def test_an_empty_bin_may_count_as_a_ten_thousandth_or_as_a_millionth_of_the_least_share():
    half = np.array([0.5, 0.5])
    few, rare = np.array([1.0, 0.0]), np.array([0.99995, 0.00005, 0.0])
    assert stability_index(half, few, empty="ten_thousandth") == pytest.approx(
        0.5 * np.log(2) + (0.0001 - 0.5) * np.log(0.0002)
    )
    third = np.full(3, 1 / 3)
    filled = np.array([0.99995, 0.00005, 0.00005 / 1e6])
    assert stability_index(third, rare, empty="ten_thousandth") == pytest.approx(
        ((filled - third) * np.log(filled * 3)).sum()
    )


def test_intervals_of_counts_that_have_not_changed_cover_what_chance_does():
    stream, inside = np.random.RandomState(5), 0
    before = np.array([300, 300, 400])
    for seed in range(60):
        after = stream.multinomial(900, [0.4, 0.3, 0.3])
        found = distances(before, after, Drawing(200, 0.95, seed)).l_infinity
        inside += found.interval.low <= 0.1 <= found.interval.high
    assert inside >= 52  # of 57 expected


def test_nobody_on_a_side_is_undefined_and_said_to_rest_on_nobody():
    found = distances(np.array([0, 0]), np.array([1, 2]), Drawing(10))
    assert all(np.isnan(each.value) and each.interval is None and each.n == 0 for each in found)


def test_without_a_drawing_there_are_no_intervals():
    assert all(each.interval is None for each in distances(np.array([1]), np.array([2]), None))


def test_different_bins_are_refused():
    with pytest.raises(ValueError, match="the same bins, got 2 and 3"):
        distances(np.array([1, 2]), np.array([1, 2, 3]), None)
