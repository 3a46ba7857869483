import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from measures.drift.homogeneity import fit_to_reference, homogeneity

counts = st.lists(st.integers(1, 40), min_size=2, max_size=5).map(np.array)


@given(counts, st.booleans())
def test_homogeneity_is_scipys(reference, correction):
    current = reference[::-1] + 3
    theirs = chi2_contingency(np.stack([reference, current]), correction=correction)
    ours = homogeneity(reference, current, correction=correction)
    assert ours[:3] == pytest.approx((theirs.statistic, theirs.dof, theirs.pvalue), rel=1e-10)
    assert ours.smallest_expected == pytest.approx(theirs.expected_freq.min())
    assert ours.few_expected == (theirs.expected_freq < 5).sum()


def test_homogeneity_by_hand():
    ours = homogeneity(np.array([10, 20, 30]), np.array([30, 20, 10]))
    assert ours.statistic == pytest.approx(20.0)  # expected 20 everywhere: 4 · 100 / 20
    assert (ours.degrees_of_freedom, ours.few_expected, ours.n) == (2, 0, 120)
    assert ours.p_value == pytest.approx(np.exp(-10))


def test_categories_of_nobody_do_not_count():
    with_nobody = homogeneity(np.array([4, 0, 6]), np.array([6, 0, 4]))
    assert with_nobody == homogeneity(np.array([4, 6]), np.array([6, 4]))


def test_the_fit_to_the_reference_is_scipys():
    reference, current = np.array([50, 30, 20]), np.array([30, 40, 10])
    theirs = chisquare(current, reference * 0.8)
    assert fit_to_reference(reference, current)[:3] == pytest.approx((theirs[0], 2, theirs[1]))


def test_a_new_category_never_fits_the_reference():
    ours = fit_to_reference(np.array([5, 0]), np.array([4, 1]))
    assert (ours.statistic, ours.p_value) == (np.inf, 0.0)


@pytest.mark.parametrize("test", [homogeneity, fit_to_reference])
@pytest.mark.parametrize("sides", [([3], [4]), ([0, 0], [1, 2]), ([1, 2], [0, 0])])
def test_what_cannot_be_compared_is_undefined(test, sides):
    ours = test(*map(np.array, sides))
    assert np.isnan(ours.statistic)
    assert np.isnan(ours.p_value)


def test_different_categories_are_refused():
    with pytest.raises(ValueError, match="the same categories, got 1 and 2"):
        homogeneity(np.array([1]), np.array([1, 2]))
