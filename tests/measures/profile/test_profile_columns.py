"""A profile says exactly what a column holds, whichever way it is counted."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from measures.profile.columns import LEVELS, describe
from measures.reduce.moments import Shift, moments_of, reduce_moments, shifted_moments
from measures.reduce.numbers import number_summary, quantile
from measures.reduce.sums import exponent_for, reduce_sums


def _mixed(rows: int = 5_000, seed: int = 4) -> pa.Table:
    drawn = np.random.RandomState(seed)
    holes = drawn.lognormal(0, 2, rows)
    holes[drawn.rand(rows) < 0.05] = np.nan
    return pa.table(
        {
            "heavy": drawn.lognormal(0, 2, rows) * 1e4,
            "holes": pa.array(holes, mask=drawn.rand(rows) < 0.1),
            "far": drawn.standard_normal(rows) + 1e9,
            "whole": drawn.randint(-3, 40, rows),
            "few": pa.array(drawn.choice([0.0, -0.0, 0.5, -999.0], rows)),
            "endless": pa.array(np.where(drawn.rand(rows) < 0.01, -np.inf, holes)),
            "money": pa.array([round(x, 2) for x in drawn.rand(rows)]).cast(
                pa.decimal128(12, 2), safe=False
            ),
            "word": drawn.choice(np.array(["a", "B ", "b", None], dtype=object), rows),
            "name": [f"person {i // 2}" for i in range(rows)],
            "flag": drawn.rand(rows) < 0.5,
            "day": pa.array(drawn.randint(0, 9_999, rows), pa.int32()).cast(pa.date32()),
        }
    )


def _by_name(table, **options) -> dict:
    return {each.name: each for each in describe(table, **options)}


def test_numbers_agree_with_numpy_and_scipy(stored):
    rows = _mixed()
    found = _by_name(stored(rows))
    for name in ("heavy", "holes", "far", "whole", "few"):
        values = rows[name].drop_null().to_numpy().astype(float)
        values = values[~np.isnan(values)]
        each = found[name]
        assert each.known == len(values)
        assert each.column.distinct == len(np.unique(values))
        assert (each.column.low, each.column.high) == (values.min(), values.max())
        assert each.mean == pytest.approx(values.mean(), rel=1e-14)
        centred = values - values.mean()  # far's own digits are lost otherwise
        assert each.deviation == pytest.approx(centred.std(ddof=1), rel=1e-12)
        assert each.skewness == pytest.approx(stats.skew(centred), rel=1e-9, abs=1e-12)
        assert each.kurtosis == pytest.approx(stats.kurtosis(centred), rel=1e-9, abs=1e-12)
        np.testing.assert_allclose(each.quantiles, np.quantile(values, LEVELS), rtol=1e-14)
        edges = each.histogram.edges
        assert each.histogram.counts.tolist() == np.histogram(values, edges)[0].tolist()
        number = each.number
        assert (number.zeros, number.negatives) == ((values == 0).sum(), (values < 0).sum())
        first, third = np.quantile(values, [0.25, 0.75])
        reach = 1.5 * (third - first)
        outside = (values < first - reach) | (values > third + reach)
        assert number.outliers.outside == outside.sum()
        far = np.abs(centred) > 3 * centred.std(ddof=1)
        assert number.outliers.far == far.sum()


def test_asking_the_engine_gives_what_fetching_gives(stored):
    table = stored(_mixed())
    fetched, asked = _by_name(table), _by_name(table, fetch_up_to=10)
    for name, one in fetched.items():
        other = asked[name]
        assert one.column == other.column
        assert one.quantiles == pytest.approx(other.quantiles, rel=1e-15)
        assert (one.values, one.text) == (other.values, other.text)
        for figure in ("mean", "deviation", "skewness", "kurtosis"):
            ours, theirs = getattr(one, figure), getattr(other, figure)
            assert (ours is None) == (theirs is None)
            assert ours is None or ours == pytest.approx(theirs, rel=1e-12, abs=1e-15)
        if one.number:
            for what in ("counts", "is_whole", "zeros", "negatives", "infinite", "placeholders"):
                assert getattr(one.number, what) == getattr(other.number, what), (name, what)
            assert (one.number.outliers is None) == (other.number.outliers is None)
        if one.number and one.number.outliers:
            assert one.number.outliers == pytest.approx(other.number.outliers, rel=1e-14)
            assert one.histogram.digest() == other.histogram.digest()


def test_the_mean_is_that_of_the_exact_sums(stored):
    table = stored(_mixed())
    for each in describe(table.select("heavy", "far", "whole")):
        exponent = exponent_for(max(abs(each.column.low), abs(each.column.high)))
        sums = reduce_sums(table, {each.name: exponent})[each.name]
        assert each.mean == pytest.approx(sums.mean, rel=1e-14)


def test_neither_order_nor_threads_change_a_bit(stored):
    rows = _mixed()
    shuffled = rows.take(np.random.RandomState(8).permutation(len(rows)))
    found = [
        [(each.mean, each.deviation, each.skewness, each.kurtosis, each.quantiles, each.values)
         for each in describe(stored(part, threads=n), threads=n)]
        for part in (rows, shuffled) for n in (1, 3)
    ]  # fmt: skip
    assert found.count(found[0]) == 4


def test_deviation_survives_a_large_mean():
    values = np.array([1e9 + 1, 1e9 + 2, 1e9 + 3])
    assert moments_of(values).deviation == 1.0
    assert moments_of(np.full(1_000, 0.1)).deviation == 0.0
    assert moments_of(np.full(1_000, 0.1)).skewness is None
    assert moments_of(np.array([4.0])).deviation is None


@pytest.mark.parametrize("scale", [1e-300, 1e-5, 1.0, 1e5, 1e300])
def test_moments_work_at_any_scale(stored, scale):
    values = np.array([1.0, 2.0, 4.0, 4.0]) * scale
    (found,), (asked,) = (describe(stored({"x": values}), fetch_up_to=n) for n in (10, 0))
    for each in (found, asked):
        assert each.mean == pytest.approx(2.75 * scale, rel=1e-14)
        assert each.deviation == pytest.approx(1.5 * scale, rel=1e-14)
        # by hand: m3 = -1.875 / 4 and m2 = 6.75 / 4
        assert each.skewness == pytest.approx(-0.46875 / 1.6875**1.5, rel=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2), st.integers(1, 50))
def test_moments_of_the_parts_add_up_to_those_of_the_whole(values, cut):
    whole, shift = np.array(values), Shift(3.0, 1e6 + 3)
    some, others = whole[:cut], whole[cut:]
    added = shifted_moments(some, shift) + shifted_moments(others, shift)
    assert added.digest() == shifted_moments(whole, shift).digest()
    assert added.mean == pytest.approx(whole.mean(), rel=1e-12, abs=1e-12)


def test_moments_asked_of_an_engine_add_up_too(stored):
    values = np.random.RandomState(1).standard_normal(2_000)
    shift = {"x": Shift(0.1, 10.0)}
    whole, some, others = (
        reduce_moments(stored({"x": part}), shift)["x"]
        for part in (values, values[:700], values[700:])
    )
    assert (some + others).digest() == whole.digest()
    assert whole.kurtosis == pytest.approx(stats.kurtosis(values), rel=1e-12)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
@settings(max_examples=50)
def test_quantiles_lie_between_their_neighbours(values):
    ordered = np.sort(np.array(values, dtype=np.float64))
    for level in LEVELS:
        found = quantile(ordered, level)
        assert found == pytest.approx(np.quantile(ordered, level), rel=1e-12, abs=1e-30)


def test_large_whole_numbers_are_told_apart_though_floats_are_not(stored):
    column = pa.array([2**53, 2**53 + 1, None, 2**53 + 1])
    for limit in (10, 0):
        (found,) = describe(stored({"id": column}), fetch_up_to=limit)
        assert (found.column.distinct, found.column.counts.missing) == (2, 1)


def test_infinite_values_are_counted_and_leave_no_mean(stored):
    (found,) = describe(stored({"x": [1.0, np.inf, -np.inf, np.nan, 2.0]}))
    assert (found.number.infinite, found.column.counts.missing, found.known) == (2, 1, 4)
    assert (found.mean, found.quantiles, found.histogram) == (None, (), None)
    assert (found.column.low, found.column.high) == (-np.inf, np.inf)


def test_values_are_listed_where_few_are_distinct_and_some_repeat(stored):
    found = _by_name(
        stored(
            {
                "name": ["ann", "bob", "cas"],
                "pay": [1.5, 2.5, 3.5],
                "sex": ["f", "m", "f"],
                "child": [2, 0, 2],
                "flag": [True, False, None],
            }
        )
    )
    assert found["name"].values == found["pay"].values == ()
    assert found["sex"].values == (("f", 2), ("m", 1))
    assert found["child"].values == (("2", 2), ("0", 1))
    assert dict(found["flag"].values) == {"true": 1, "false": 1}


def test_fifty_values_are_listed_and_fifty_one_are_not(stored):
    texts = {many: [str(i % many) for i in range(500)] for many in (50, 51)}
    numbers = {many: [i % many for i in range(500)] for many in (50, 51)}
    for columns in (texts, numbers):
        listed = [len(describe(stored({"x": columns[many]}))[0].values) for many in (50, 51)]
        assert listed == [10, 0]


def test_texts_are_measured_few_or_many(stored):
    few = ["", "N/A", "Yes", "yes ", "ünïcödé", None]
    many = [f"{i:05d}" for i in range(1_200)]
    table = stored({"few": few * 400, "many": [*few, *many, *many][:2_400]})
    few_found, many_found = (each.text for each in describe(table))
    assert few_found.levels.as_dict()["Yes"] == 400
    assert (few_found.shortest, few_found.longest) == (0, 7)
    assert few_found.mean_length == (0 + 3 + 3 + 4 + 7) / 5
    assert (few_found.placeholders, few_found.variants, few_found.distinct) == (800, 1, 5)
    assert many_found.levels is None
    assert (many_found.shortest, many_found.longest) == (0, 7)
    assert many_found.mean_length == pytest.approx((17 + 5 * 2_394) / 2_399, rel=1e-15)
    assert (many_found.placeholders, many_found.variants) == (2, 1)
    assert (many_found.distinct, many_found.counts.missing) == (1_205, 1)


def test_time_columns_have_a_span_and_a_largest_gap(stored):
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    times = [start + dt.timedelta(hours=h) for h in (30, 0, 1, 4)]
    local = pa.timestamp("ms", "Asia/Tokyo")
    table = stored(
        {
            "at": pa.array([*times, None], pa.timestamp("us")),
            "on": [each.date() for each in [*times, times[0]]],
            "there": pa.array([*times, None]).cast(local),
        }
    )
    at, on, there = (each.time for each in describe(table))
    assert there == at
    assert at.span.first == int(start.timestamp()) * 1_000_000
    assert (at.span.seconds, at.largest_gap) == (30 * 3600, 26 * 3600)
    assert on.largest_gap == 86_400
    asked = [each.time for each in describe(table, fetch_up_to=0)]
    assert [each.span for each in asked] == [at.span, on.span, at.span]
    assert [each.largest_gap for each in asked] == [None] * 3


def test_a_table_without_rows_or_values_is_described(stored):
    empty = pa.table({"x": pa.array([], pa.float64()), "t": pa.array([], pa.timestamp("us"))})
    nothing = pa.table({"x": pa.nulls(3, pa.float64()), "c": pa.nulls(3, pa.string())})
    for table in (empty, nothing):
        for limit in (10, -1):
            for each in describe(stored(table), fetch_up_to=limit):
                assert (each.column.distinct, each.mean, each.values) == (0, None, ())
                assert each.column.counts.missing == each.column.counts.rows == len(table)


def test_the_summary_of_a_column_does_not_depend_on_its_pieces():
    values = np.random.RandomState(0).rand(1_000)
    whole = number_summary(pa.chunked_array([values]))
    pieces = number_summary(pa.chunked_array(np.split(values[::-1], 4)))
    assert whole.moments == pieces.moments
    assert whole.quantiles == pieces.quantiles
