import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measures.drift.stability import (
    aligned,
    bin_names,
    index_of_shares,
    inner_edges,
    population_stability_index,
)
from measures.intervals.bootstrap import Drawing

# The customary worked example: ten bins of a tenth each against ten that have moved.
EXPECTED = np.full(10, 0.1)
ACTUAL = np.array([0.05, 0.06, 0.08, 0.09, 0.10, 0.11, 0.12, 0.12, 0.13, 0.14])
BY_HAND = 0.090183


def test_the_index_of_a_worked_example():
    assert index_of_shares(EXPECTED, ACTUAL) == pytest.approx(BY_HAND, abs=5e-7)


def test_the_index_of_counts_is_that_of_their_shares():
    counts = (EXPECTED * 1_000).astype(int), np.rint(ACTUAL * 1_000).astype(int)
    found = population_stability_index(*counts, Drawing(200))
    assert found.value == pytest.approx(BY_HAND, abs=5e-7)
    assert found.interval.low < found.value < found.interval.high


def test_an_empty_bin_counts_as_a_millionth():
    found = population_stability_index(np.array([50, 50]), np.array([100, 0]), Drawing(50))
    by_hand = (1 - 0.5) * np.log(1 / 0.5) + (1e-6 - 0.5) * np.log(1e-6 / 0.5)
    assert found.value == pytest.approx(by_hand, abs=1e-12)


counts = st.lists(st.integers(0, 40), min_size=3, max_size=3).filter(any).map(np.array)


@given(counts, counts)
@settings(max_examples=50)
def test_the_index_is_symmetric_never_negative_and_inside_its_interval(first, second):
    there = population_stability_index(first, second, Drawing(50))
    back = population_stability_index(second, first, Drawing(50))
    assert there.value == pytest.approx(back.value, abs=1e-12)
    assert 0 <= there.interval.low <= there.value <= there.interval.high


def test_more_people_make_a_narrower_interval():
    few, many = np.array([30, 30, 40]), np.array([3_000, 3_000, 4_000])
    widths = [
        np.diff(population_stability_index(each, each[::-1], Drawing(300)).interval)[0]
        for each in (few, many)
    ]
    assert widths[1] < widths[0] / 3


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [([1, 2], [1, 2, 3], "the same bins, got 2 and 3"), ([0, 0], [1, 1], "people on both sides")],
)
def test_what_cannot_be_compared_is_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        population_stability_index(np.array(first), np.array(second), Drawing(10))


def test_categories_are_aligned_over_both_sides():
    names, before, after = aligned({"b": 1, "a": 2}, {"c": 3, "a": 4})
    assert names == ["a", "b", "c"]
    assert (before.tolist(), after.tolist()) == ([2, 1, 0], [4, 0, 3])


@pytest.mark.parametrize(
    ("quantiles", "names"),
    [
        ([1.0, 2.0, 3.0], ["1 to 2", "2 to 3"]),
        ([0.0, 0.0, 1.0, 1.0], ["0", "0 to 1", "1"]),
        ([0.0, 0.0, 0.0, 9.0], ["0", "0 to 9"]),
        ([4.0, 4.0], ["4"]),
        ([4.0], ["4"]),
        ([], ["0"]),
    ],
)
def test_a_value_that_quantiles_share_has_a_bin_of_its_own(quantiles, names):
    edges = inner_edges(quantiles)
    assert edges == sorted(set(edges))
    assert bin_names(edges) == names
