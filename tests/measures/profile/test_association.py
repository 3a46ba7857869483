"""Associations are those worked out by hand, by scipy, or by the rows themselves."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mutual_info_score

from measures.intervals.bootstrap import Drawing
from measures.profile.association import correlation_ratio, cramers_v, theils_u
from measures.reduce.association import (
    contingency,
    reduce_category_moments,
    reduce_contingency,
    reduce_missing_by,
)
from measures.reduce.guard import TooManyLevels
from measures.reduce.moments import Shift

FEW = Drawing(200)


def _table(counts):
    cells = [(f"r{i}", f"c{j}", int(n)) for (i, j), n in np.ndenumerate(np.array(counts)) if n]
    return contingency(("r", "c"), cells)


def test_cramers_v_is_scipys_less_its_bias():
    counts = np.array([[30, 10, 5], [10, 40, 20]])
    n = counts.sum()
    phi = stats.contingency.association(counts, "cramer") ** 2  # r = 2, so V² = φ²
    rest = phi - 1 * 2 / (n - 1)
    shrunk = min(2 - 1 / (n - 1), 3 - 4 / (n - 1))
    found = cramers_v(_table(counts), FEW)
    assert found.value == pytest.approx(np.sqrt(rest / (shrunk - 1)), rel=1e-12)
    assert found.p == pytest.approx(stats.chi2_contingency(counts, correction=False)[1], rel=1e-9)
    assert found.interval.low < found.value < found.interval.high
    assert found.n == n


def test_one_category_under_two_names_is_one_and_independent_ones_are_nothing():
    same, apart = _table(np.diag([5, 7, 9])), _table([[10, 20], [30, 60]])
    for measure in (cramers_v, theils_u):
        assert measure(same, FEW).value == pytest.approx(1.0, rel=1e-12)
        assert measure(apart, FEW).value == pytest.approx(0.0, abs=1e-12)
    assert cramers_v(apart, FEW).value == 0.0  # exactly: less than its bias


def test_a_column_that_does_not_vary_has_no_association():
    constant = _table([[10, 20]])
    assert cramers_v(constant, FEW)[1:4] == (None, (0.0, 1.0), None)
    assert theils_u(constant.transposed, FEW).value is None
    assert theils_u(constant, FEW).value == 0.0  # the constant tells nothing of the other
    assert cramers_v(_table([[0]]), FEW).n == 0


def test_theils_u_is_not_symmetric():
    counts = [[10, 0, 0], [0, 10, 0], [0, 10, 0]]  # a row tells its column, not conversely
    found, turned = theils_u(_table(counts), FEW), theils_u(_table(counts).transposed, FEW)
    assert found.value == pytest.approx(1.0)
    # H(row) = ln 3, of which H(row | column) = 2/3 ln 2 is left
    assert turned.value == pytest.approx(1 - 2 / 3 * np.log(2) / np.log(3), rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_theils_u_is_the_share_of_mutual_information(rows):
    first, second = zip(*rows, strict=True)
    table = contingency(("a", "b"), [(str(a), str(b), 1) for a, b in rows])
    found = theils_u(table, Drawing(1))
    whole = stats.entropy(np.bincount(second))
    if len(set(second)) > 1:
        assert found.value == pytest.approx(mutual_info_score(first, second) / whole, abs=1e-9)
    else:
        assert found.value is None


cells = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(1, 5)), max_size=9
)


@given(cells, cells)
def test_contingency_tables_add_in_any_order(first, second):
    one, other = contingency(("r", "c"), first), contingency(("r", "c"), second)
    whole = contingency(("r", "c"), first + second)
    assert (one + other).digest() == (other + one).digest() == whole.digest()


def test_contingency_leaves_out_missing_and_refuses_too_many(stored):
    table = stored({"a": ["x", "x", None, "y"], "b": [1.0, float("nan"), 2.0, 1.0]})
    found = reduce_contingency(table, "a", "b")
    assert (found.rows, found.columns, found.counts.tolist()) == (("x", "y"), ("1",), [[1], [1]])
    with pytest.raises(TooManyLevels, match="at most 1 groups"):
        reduce_contingency(table, "a", "b", most=1)


def test_missing_values_are_counted_by_target(stored):
    table = stored({"x": [None, 1.0, float("nan"), 2.0], "y": [1, 1, 0, None]})
    found = reduce_missing_by(table, ["x", "y"], "y")
    assert found["x"].counts.tolist() == [[0, 1], [1, 1]]  # known, missing by 0, 1
    assert found["y"].rows == ("known",)


def _grouped(rows: int = 600):
    drawn = np.random.RandomState(2)
    group = drawn.choice(["a", "b", "c"], rows)
    value = drawn.standard_normal(rows) + (group == "a") * 0.8 + 1e6
    return group, value


def test_the_correlation_ratio_is_that_of_the_analysis_of_variance(stored):
    group, value = _grouped()
    table = stored({"g": pa.array(group), "x": value})
    by_category = reduce_category_moments(table, "g", {"x": Shift(1e6, 10.0)})["x"]
    found = correlation_ratio(by_category)
    parts = [value[group == level] - 1e6 for level in "abc"]
    everything = np.concatenate(parts)
    between = sum(len(p) * (p.mean() - everything.mean()) ** 2 for p in parts)
    share = between / ((everything - everything.mean()) ** 2).sum()
    assert found.value == pytest.approx(np.sqrt(share), rel=1e-9)
    assert found.p == pytest.approx(stats.f_oneway(*parts).pvalue, rel=1e-6)
    low, high = (each**2 for each in found.interval)
    f = stats.f_oneway(*parts).statistic
    for eta, level in ((low, 0.975), (high, 0.025)):
        noncentrality = 600 * eta / (1 - eta)
        assert stats.ncf.cdf(f, 2, 597, noncentrality) == pytest.approx(level, abs=1e-6)


def test_moments_by_category_add_up(stored):
    group, value = _grouped()
    whole, some, others = (
        reduce_category_moments(
            stored({"g": pa.array(group[part]), "x": value[part]}), "g", {"x": Shift(1e6, 10.0)}
        )["x"]
        for part in (slice(None), slice(200), slice(200, None))
    )
    assert (some + others).digest() == whole.digest()


def test_a_number_in_one_category_or_constant_has_no_ratio(stored):
    table = stored({"g": ["a", "a", "b", None], "x": [1.0, 2.0, None, 5.0], "one": [3.0] * 4})
    found = reduce_category_moments(table, "g", {"x": Shift(1.5, 4.0), "one": Shift(3.0, 0.0)})
    assert found["x"].levels == ("a",)
    for each in found.values():
        assert correlation_ratio(each).value is None
    perfect = reduce_category_moments(
        stored({"g": ["a", "a", "b"], "x": [1.0, 1.0, 2.0]}), "g", {"x": Shift(1.0, 1.0)}
    )["x"]
    assert correlation_ratio(perfect)[1:3] == (1.0, (1.0, 1.0))
