from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.reduce.guard import TooManyLevels
from measures.reduce.residual_bins import (
    BIN,
    equal_width_edges,
    quantile_edges,
    reduce_residual_bins,
)
from measures.reduce.residuals import POWERS, ResidualSums, Scale, reduce_residuals
from measures.reduce.statistic import NotMergeable


def _people(rows: int, seed: int = 11) -> pa.Table:
    drawn = np.random.RandomState(seed)
    target = drawn.lognormal(3, 1.5, rows)
    target[::50] = 0.0
    return pa.table(
        {
            "sex": drawn.choice(np.array(["f", "m", None], dtype=object), rows),
            "race": drawn.choice(["x", "y", "z"], rows),
            "y": target,
            "p": target * drawn.lognormal(0, 0.3, rows) + drawn.standard_normal(rows),
        }
    )


def _reduced(table, features=("sex", "race"), **kwargs):
    return reduce_residuals(table, features, target="y", prediction="p", **kwargs)


def test_neither_order_nor_threads_nor_row_groups_move_a_bit_of_a_residual_sum(stored):
    people = _people(5_000)
    shuffled = people.take(np.random.RandomState(3).permutation(len(people)))
    found = {_reduced(stored(rows, n)).digest() for rows in (people, shuffled) for n in (1, 3)}
    assert len(found) == 1


def test_sums_of_parts_add_to_those_of_the_whole_in_one_scale(stored):
    people = _people(5_000)
    whole = _reduced(stored(people))
    some, others = (
        _reduced(stored(part), scale=whole.scale) for part in (people[:1_700], people[1_700:])
    )
    assert (some + others).digest() == (others + some).digest() == whole.digest()


entries = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 9), st.integers()),
    max_size=4,
)


def _held(rows) -> ResidualSums:
    """Sums of single people, each with one total everywhere."""
    empty = ResidualSums(("g", "h"), (), (), (), (), Scale())
    for g, h, undefined, total in rows:
        totals = ((total,) * len(POWERS),)
        empty += ResidualSums(("g", "h"), ((g, h),), (1,), (undefined,), totals, Scale())
    return empty


@given(entries, entries, entries)
def test_any_parts_add_exactly_to_the_whole_in_any_order(first, second, third):
    a, b, c = map(_held, (first, second, third))
    whole = _held(first + second + third)
    assert ((a + b) + c) == (c + (b + a)) == whole
    assert ((b + c) + a).digest() == whole.digest()
    assert a.over(["h"]) + b.over(["h"]) + c.over(["h"]) == whole.over(["h"])
    assert sum(whole.rows) == len(first + second + third)


def test_sums_are_those_of_fractions_and_not_of_floats(stored):
    drawn = np.random.RandomState(12)
    y = drawn.standard_normal(2_000) * np.exp(drawn.standard_normal(2_000) * 3)
    p = y + drawn.standard_normal(2_000)
    sums = _reduced(stored({"y": y, "p": p}), [])
    e = (p - y) * 2.0**-sums.scale.error
    c = (y - sums.scale.centre) * 2.0**-sums.scale.target
    for power, values in {"ee": e * e, "ey": e * c, "eeyy": (e * e) * (c * c)}.items():
        exact = sum(map(Fraction, values.tolist())) / len(y)
        unit = POWERS[power]
        scaled = unit.error * sums.scale.error + unit.target * sums.scale.target
        found = sums.total(0, power) / Fraction(2) ** scaled / len(y)
        assert abs(found - exact) < Fraction(2) ** -95, power


def _expected(power, e, c, r):
    """Values per row of a power, by numpy."""
    values = e**power.error * c**power.target * r**power.ratio
    if power.sign == "signed":
        return e * np.abs(e)
    return np.abs(values) if power.sign == "absolute" else values


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_every_sum_agrees_with_numpys_at_any_scale(stored, scale):
    drawn = np.random.RandomState(5)
    y, p = (drawn.standard_normal(4_000) * scale for _ in range(2))
    sums = _reduced(stored({"y": y, "p": p}), [])
    parts = (p - y) / scale, (y - sums.scale.centre) / scale, np.abs(p - y) / np.abs(y)
    for name, power in POWERS.items():
        values = _expected(power, *parts)
        found = float(sums.total(0, name) / Fraction(scale) ** (power.error + power.target))
        near = pytest.approx(values.sum(), rel=1e-12, abs=1e-13 * np.abs(values).sum())
        assert found == near, name


def test_a_group_whose_errors_are_a_million_times_smaller_keeps_its_squares(stored):
    drawn = np.random.RandomState(8)
    e = drawn.standard_normal(1_000)
    p = e * np.tile([1e6, 1.0], 500)
    sums = _reduced(stored({"g": ["big", "small"] * 500, "y": np.zeros(1_000), "p": p}), ["g"])
    assert float(sums.total(1, "ee")) == pytest.approx(np.sum(e[1::2] ** 2), rel=1e-12)


def test_the_sums_of_some_features_are_those_of_grouping_by_them(stored):
    table = stored(_people(3_000))
    both = _reduced(table)
    assert both.over(["race"]).digest() == _reduced(table, ["race"]).digest()
    assert both.over(()).digest() == _reduced(table, []).digest()
    assert both.features == ("sex", "race")
    assert both.groups[0] == ("(missing)", "x")


def test_targets_of_zero_are_counted_and_have_no_relative_error(stored):
    sums = _reduced(stored({"y": [0.0, 2.0, -4.0, 0.0], "p": [1.0, 3.0, -2.0, 0.0]}), [])
    assert (sums.rows, sums.undefined) == ((4,), (2,))
    assert sums.total(0, "r") == 1  # 1/2 + 2/4


@pytest.mark.parametrize(
    ("column", "odd"), [("y", float("nan")), ("p", float("-inf")), ("y", float("inf")), ("p", None)]
)
def test_what_is_no_number_is_refused_with_its_count_and_the_first_rows(stored, column, odd):
    columns = {"y": [1.0, 2.0, 3.0], "p": [1.0, 2.0, 4.0], column: [0.5, odd, odd]}
    with pytest.raises(ValueError, match=rf"in 'y' and 'p', got .* in 2 rows: .*{column}={odd}"):
        _reduced(stored(columns), [])


def test_errors_no_float_can_hold_are_refused(stored):
    with pytest.raises(ValueError, match="below 1\\.8e308"):
        _reduced(stored({"y": [-1e308, 1.0], "p": [1e308, 1.0]}), [])


def test_values_beyond_a_given_scale_are_refused_and_other_scales_do_not_add(stored):
    table = stored({"y": [1.0, 9.0], "p": [2.0, 8.0]})
    with pytest.raises(ValueError, match="expected values within Scale"):
        _reduced(table, [], scale=Scale(0.0, 3, 3, 3))
    roomy = _reduced(table, [], scale=Scale(0.0, 4, 3, 3))
    with pytest.raises(NotMergeable, match="expected the same scale"):
        roomy + _reduced(table, [])


def test_too_many_residual_groups_are_refused_naming_the_column(stored):
    table = stored({"zip": [str(i) for i in range(9)], "y": np.arange(9.0), "p": np.ones(9)})
    with pytest.raises(TooManyLevels, match="'zip' has too many"):
        _reduced(table, ["zip"], most=8)


@pytest.mark.parametrize("features", [[], ["g"]])
def test_an_empty_table_has_no_groups_and_adds_to_any_of_its_scale(stored, features):
    table = pa.table({"g": ["a"], "y": [1.0], "p": [2.0]})
    scale = Scale(7.0, 3, 3, 3)
    empty = _reduced(stored(table[:0]), features, scale=scale)
    some = _reduced(stored(table), features, scale=scale)
    assert empty.groups == ()
    assert (empty + some).digest() == some.digest()


def test_whole_number_columns_are_numbers_too(stored):
    sums = _reduced(stored({"y": [1, 2, 3], "p": pa.array([2, 2, 2], pa.int8())}), [])
    assert sums.total(0, "ee") == 2


def test_bins_partition_the_rows_and_hold_their_lower_edge(stored):
    table = stored({"y": [0.0, 1.0, 2.0, 3.0, 4.0], "p": [-9.0, 1.0, 1.5, 2.0, 99.0]})
    sums = reduce_residual_bins(table, [], target="y", prediction="p", by="p", edges=[1.0, 2.0])
    assert sums.features == (BIN,)
    assert dict(zip(sums.groups, sums.rows, strict=True)) == {("0",): 1, ("1",): 2, ("2",): 2}
    assert sums.over(()).digest() == _reduced(table, []).digest()


def test_edges_are_of_equal_width_or_of_equal_people(stored):
    assert equal_width_edges(0.0, 10.0, 4) == (2.5, 5.0, 7.5)
    values = np.concatenate([np.zeros(40), np.arange(1.0, 61.0)])
    assert quantile_edges(stored({"p": values}), "p", 4) == pytest.approx((10.5, 35.25))
    assert quantile_edges(stored({"p": np.zeros(9)}), "p", 4) == ()


def test_edges_that_do_not_ascend_are_refused(stored):
    table = stored({"y": [0.0], "p": [1.0]})
    with pytest.raises(ValueError, match="ascending edges"):
        reduce_residual_bins(table, [], target="y", prediction="p", by="p", edges=[1.0, 1.0])
    with pytest.raises(ValueError, match="low < high"):
        equal_width_edges(1.0, 1.0, 3)
