import numpy as np
import pytest

from measures.drift.categories import category_change
from measures.drift.missing_rate import missing_rate_change
from measures.intervals.wilson import wilson_interval
from measures.reduce.categories import category_counts


def test_new_and_vanished_categories_are_named_with_their_rows():
    before = category_counts({"a": 5, "b": 2, "z": 1, "none": 0}, missing=3)
    after = category_counts({"a": 4, "new": 2, "newer": 4, "b": 0}, missing=0)
    found = category_change(before, after)
    assert found.new == (("newer", 4), ("new", 2))
    assert found.vanished == (("b", 2), ("z", 1))
    assert (found.share, found.n) == (0.6, 10)
    assert found.interval == wilson_interval(6, 10)


def test_new_categories_among_nobody_are_undefined():
    found = category_change(category_counts({"a": 1}, 0), category_counts({}, 2))
    assert np.isnan(found.share)
    assert (found.interval, found.n) == ((0.0, 1.0), 0)


@pytest.mark.parametrize(
    ("current", "reference", "low", "high"),
    # R. G. Newcombe (1998), Statist. Med. 17(8), 873-890, Table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)],
)
def test_the_interval_of_a_change_is_newcombes(current, reference, low, high):
    found = missing_rate_change(reference, current)
    assert found.interval == pytest.approx((low, high), abs=5e-5)


def test_the_p_value_of_a_change_by_hand():
    found = missing_rate_change((10, 100), (20, 100))
    assert (found.reference, found.current) == (0.1, 0.2)
    assert found.difference == pytest.approx(0.1)
    assert found.p_value == pytest.approx(0.0477, abs=5e-5)  # z = 0.1 / √(0.15·0.85·0.02)
    assert found.n == 100


def test_few_values_are_tested_exactly():
    # both of two rows missing, against 10 of 1,000: C(12, 2) / C(1002, 2)
    assert missing_rate_change((10, 1_000), (2, 2)).p_value == pytest.approx(66 / 501_501)
    # one of one, against 50 of 1,000: 51 / 1001, where z would say 1e-5
    assert missing_rate_change((50, 1_000), (1, 1)).p_value == pytest.approx(51 / 1_001)


def test_nothing_missing_anywhere_is_no_change():
    found = missing_rate_change((0, 50), (0, 60))
    assert (found.difference, found.p_value) == (0.0, 1.0)
    assert found.interval.low < 0 < found.interval.high


def test_a_side_without_rows_is_undefined():
    found = missing_rate_change((0, 0), (1, 5))
    assert np.isnan(found.difference)
    assert found.interval is None
    assert np.isnan(found.p_value)
