"""Correlations are scipy's and pandas', whatever is missing and in whatever order."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measures.profile.correlation import correlations, pearson, spearman
from measures.reduce.moments import Shift
from measures.reduce.products import products_of, reduce_products
from measures.reduce.rank_sums import rank_sums, ranked

NAMES = ["a", "b", "c", "d"]


def _numbers(rows: int = 3_000, missing: float = 0.1) -> pa.Table:
    drawn = np.random.RandomState(11)
    base = drawn.standard_normal(rows)
    columns = {
        "a": base,
        "b": base * 1e6 + drawn.standard_normal(rows) * 3e6,
        "c": np.exp(2 * base) + 1e3,
        "d": drawn.randint(0, 5, rows).astype(float),
    }
    return pa.table(
        {name: pa.array(each, mask=drawn.rand(rows) < missing) for name, each in columns.items()}
    )


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(("ours", "method"), [(pearson, "pearson"), (spearman, "spearman")])
def test_correlations_are_those_of_pandas_pair_by_pair(stored, missing, ours, method):
    rows = _numbers(missing=missing)
    expected = rows.to_pandas().corr(method=method)
    found = ours(stored(rows), NAMES)
    assert len(found) == 6
    for each in found:
        assert each.value == pytest.approx(expected.loc[each.first, each.second], rel=1e-11)
        both = rows.to_pandas()[[each.first, each.second]].dropna()
        assert each.n == len(both)


def test_pearsons_interval_and_p_are_scipys(stored):
    rows = _numbers(80, missing=0)
    for each in pearson(stored(rows), NAMES, confidence=0.9):
        theirs = stats.pearsonr(rows[each.first].to_numpy(), rows[each.second].to_numpy())
        assert each.p == pytest.approx(theirs.pvalue, rel=1e-9)
        assert each.interval == pytest.approx(theirs.confidence_interval(0.9), rel=1e-9)


def test_spearmans_p_is_scipys_and_its_interval_bonett_and_wrights(stored):
    rows = _numbers(80, missing=0)
    found = spearman(stored(rows), NAMES)
    for each in found:
        theirs = stats.spearmanr(rows[each.first].to_numpy(), rows[each.second].to_numpy())
        assert each.p == pytest.approx(theirs.pvalue, rel=1e-9)
    r = found[0].value
    reach = 1.959963984540054 * np.sqrt((1 + r * r / 2) / 77)
    bounds = np.tanh(np.arctanh(r) + np.array([-reach, reach]))
    np.testing.assert_allclose(found[0].interval, bounds, rtol=1e-12)


def test_anscombes_quartet_has_the_published_correlation(stored):
    # F. J. Anscombe (1973), "Graphs in statistical analysis", Amer. Statist. 27(1), 17-21
    x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    (found,) = pearson(stored({"x": x, "y": y}), ["x", "y"])
    assert found.value == pytest.approx(0.81642, abs=5e-6)


def test_a_straight_line_is_exactly_one_and_a_constant_has_no_correlation(stored):
    table = stored({"x": [1.0, 2.0, 4.0, 7.0], "y": [-2.0, -4.0, -8.0, -14.0], "one": [3.0] * 4})
    for method in (pearson, spearman):
        line, *constant = method(table, ["x", "y", "one"])
        assert (line.value, line.interval, line.p) == (-1.0, (-1.0, -1.0), 0.0)
        assert [(each.value, each.p) for each in constant] == [(None, None)] * 2
        assert constant[0].interval == (-1.0, 1.0)


def test_three_rows_say_nothing(stored):
    (found,) = pearson(stored({"x": [1.0, 2.0, 4.0], "y": [1.0, 5.0, 2.0]}), ["x", "y"])
    assert found.interval == (-1.0, 1.0)
    assert found.n == 3


def test_infinite_values_do_not_count_for_pearson(stored):
    table = stored({"x": [1.0, 2.0, 4.0, np.inf, 5.0], "y": [1.0, 5.0, 2.0, 1.0, np.nan]})
    (found,) = pearson(table, ["x", "y"])
    assert found.n == 3
    assert found.value == pytest.approx(stats.pearsonr([1, 2, 4], [1, 5, 2]).statistic)


def test_columns_without_a_value_are_answered(stored):
    table = stored({"x": [1.0, 2.0], "none": pa.nulls(2, pa.float64())})
    for method in (pearson, spearman):
        (found,) = method(table, ["x", "none"])
        assert (found.value, found.n) == (None, 0)
    assert pearson(table, []) == spearman(table, []) == []


def test_neither_order_nor_threads_change_a_bit(stored):
    rows = _numbers()
    shuffled = rows.take(np.random.RandomState(8).permutation(len(rows)))
    for method in (pearson, spearman):
        found = [
            method(stored(part, threads=n), NAMES) for part in (rows, shuffled) for n in (1, 2)
        ]
        assert found.count(found[0]) == 4


numbers = st.lists(st.tuples(*[st.one_of(st.floats(-50, 50), st.just(np.nan))] * 3), min_size=1)


@given(numbers, st.integers(0, 40))
def test_products_of_the_parts_add_up_to_those_of_the_whole(rows, cut):
    shifts = (Shift(0.0, 50.0), Shift(1.0, 51.0), Shift(-3.5, 60.0))

    def products(part):
        values = np.array(part, dtype=float).reshape(-1, 3)
        return products_of(dict(zip("xyz", values.T, strict=True)), shifts)

    added = products(rows[:cut]) + products(rows[cut:])
    assert added.digest() == products(rows).digest()


def test_products_are_exact():
    drawn = np.random.RandomState(3).randint(-(2**20), 2**20, (70_000, 2)).astype(float)
    shifts = (Shift(0.0, 2.0**20), Shift(0.0, 2.0**20))
    found = products_of({"x": drawn[:, 0], "y": drawn[:, 1]}, shifts)
    whole = drawn.astype(np.int64).astype(object)
    unit = 2 ** (108 - 2 * 21)  # values were divided by 2**21
    assert found.products[0, 1] == (whole[:, 0] * whole[:, 1]).sum() * unit
    assert found.squares[1, 0] == (whole[:, 1] ** 2).sum() * unit


def test_correlations_come_from_stored_sums_too(stored):
    table = stored(_numbers())
    assert correlations(reduce_products(table, NAMES)) == pearson(table, NAMES)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30))
def test_rank_sums_are_those_of_scipys_ranks(rows):
    x, y = np.array(rows, dtype=float).T
    found = rank_sums(ranked(x), ranked(y))
    first, second = (2 * stats.rankdata(each) - len(rows) - 1 for each in (x, y))
    assert found == (len(rows), first @ first, second @ second, first @ second)


def test_ranks_beyond_a_block_are_exact():
    drawn = np.random.RandomState(0).permutation(5_000).astype(float)
    n = len(drawn)
    assert rank_sums(ranked(drawn), ranked(drawn)).product == n * (n * n - 1) // 3


def test_too_many_values_to_rank_are_refused(stored, monkeypatch):
    monkeypatch.setattr("measures.profile.correlation.MOST_VALUES", 5)
    with pytest.raises(ValueError, match="at most 5 values to rank, got 3 rows of 2 columns"):
        spearman(stored(pd.DataFrame({"x": [1, 2, 3], "y": [1, 2, 3]}).to_dict("list")), ["x", "y"])
