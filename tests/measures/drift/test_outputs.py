import numpy as np
import pyarrow as pa
import pytest

from measures.drift.baselines import take_baseline
from measures.drift.outputs import label_drift, score_drift
from measures.intervals.bootstrap import Drawing
from measures.reduce.categories import category_counts
from measures.reduce.sorted_values import reduce_sorted


def scores(seed, shift=0.0):
    return pa.table({"score": np.random.RandomState(seed).beta(2 + shift, 3, 800)})


def test_score_drift_is_the_same_from_values_and_from_a_stored_baseline_as_far_as_bins_tell():
    before, after = scores(1), scores(2, 1)
    full = score_drift(reduce_sorted(before, "score"), reduce_sorted(after, "score"), Drawing(50))
    taken = take_baseline(before, ["score"], [])
    counted = score_drift(taken.numbers["score"], taken.count(after).numbers["score"], Drawing(50))
    assert counted.distances == full.distances
    assert counted.kolmogorov_smirnov is None
    assert counted.smirnov_between.low <= full.kolmogorov_smirnov.value
    assert full.kolmogorov_smirnov.p_value < 1e-6


def test_score_drift_of_two_kinds_is_refused():
    taken = take_baseline(scores(1), ["score"], [])
    with pytest.raises(ValueError, match="on both sides, got Histogram and SortedValues"):
        score_drift(taken.numbers["score"], reduce_sorted(scores(2), "score"), None)


def test_label_drift_by_hand():
    before, after = category_counts({"0": 80, "1": 20}, 7), category_counts({"0": 60, "1": 40}, 0)
    found = label_drift(before, after, Drawing(50))
    zero, one = found.shares
    assert (one.label, one.reference, one.current, one.n) == ("1", 0.2, 0.4, 100)
    assert one.difference == pytest.approx(0.2)
    assert zero.difference == pytest.approx(-0.2)
    assert one.interval == pytest.approx((0.0727, 0.3185), abs=5e-4)
    assert one.p_value == pytest.approx(found.drift.chi_square.p_value, rel=1e-9)  # z² = χ²
    assert found.drift.chi_square.statistic == pytest.approx(
        200 * 20**2 * 100**2 / (100 * 100 * 140 * 60)
    )


def test_labels_not_known_yet_leave_shares_undefined():
    found = label_drift(category_counts({"0": 3, "1": 1}, 0), category_counts({}, 9), None)
    assert [each.label for each in found.shares] == ["0", "1"]
    assert all(np.isnan(each.difference) and each.interval is None for each in found.shares)
    assert found.drift.missing.difference == 1.0
