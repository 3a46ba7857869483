from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from measures.fairness.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    holm,
    sidak_confidence,
)

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_adjusted_values_are_those_done_by_hand():
    p = [0.04, 0.01, 0.03, 0.005]
    assert bonferroni(p) == pytest.approx([0.16, 0.04, 0.12, 0.02])
    assert holm(p) == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.04, 0.02, 0.04, 0.02])
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    assert benjamini_yekutieli(p) == pytest.approx(
        [0.04 * harmonic, 0.02 * harmonic, 0.04 * harmonic, 0.02 * harmonic]
    )


@given(probabilities)
def test_false_discovery_control_agrees_with_scipy(p):
    for ours, method in ((benjamini_hochberg, "bh"), (benjamini_yekutieli, "by")):
        np.testing.assert_allclose(ours(p), false_discovery_control(p, method=method), atol=1e-15)


@given(probabilities)
def test_each_method_lies_between_the_bare_values_and_a_stricter_one(p):
    bare, hochberg, stepped, strict = p, benjamini_hochberg(p), holm(p), bonferroni(p)
    for ordered in zip(bare, hochberg, stepped, strict, strict=True):
        assert all(low <= high + 1e-15 for low, high in pairwise(ordered))


def test_tests_that_could_not_be_made_do_not_count():
    assert bonferroni([0.01, None, float("nan"), 0.02]) == [0.02, None, None, 0.04]
    assert holm([]) == []
    assert benjamini_hochberg([None]) == [None]


def test_a_value_that_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"within \[0, 1\], got 1.2 \(1 outside\)"):
        holm([0.5, 1.2])


def test_intervals_that_hold_together_each_need_more_confidence():
    assert sidak_confidence(0.95, 1) == 0.95
    assert sidak_confidence(0.95, 10) == pytest.approx(0.994883803, abs=5e-10)
    assert sidak_confidence(0.95, 10) ** 10 == pytest.approx(0.95)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        sidak_confidence(0.95, 0)
