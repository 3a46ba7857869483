import hashlib
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measures.engines.duckdb import opened
from measures.reduce.categories import category_counts, reduce_categories
from measures.reduce.cells import Cells, reduce_cells
from measures.reduce.columns import ColumnCounts, duplicate_rows, reduce_columns
from measures.reduce.guard import TooManyLevels
from measures.reduce.histogram import reduce_histograms
from measures.reduce.quantiles import reduce_quantiles
from measures.reduce.scores import reduce_scores, score_counts
from measures.reduce.statistic import NotMergeable
from measures.reduce.sums import exponent_for, reduce_sums


def _people(rows: int, seed: int = 7) -> pa.Table:
    drawn = np.random.RandomState(seed)
    return pa.table(
        {
            "sex": drawn.choice(np.array(["f", "m", None], dtype=object), rows),
            "race": drawn.choice(["x", "y", "z"], rows),
            "y": drawn.randint(0, 2, rows),
            "p": drawn.randint(0, 2, rows),
            "s": drawn.rand(rows).round(3),
            "x": drawn.standard_normal(rows) * 1e6,
        }
    )


def _all_digests(table) -> list[str]:
    """Every reduction of the same rows."""
    return [
        reduce_cells(table, ["sex", "race"], label="y", prediction="p").digest(),
        reduce_scores(table, score="s", label="y").digest(),
        reduce_histograms(table, {"x": [-1e6, 0.0, 1e6]})["x"].digest(),
        reduce_categories(table, ["sex"])["sex"].digest(),
        reduce_sums(table, {"x": 23})["x"].digest(),
        *(column.counts.digest() for column in reduce_columns(table)),
    ]


def test_the_order_of_the_rows_and_the_number_of_threads_change_nothing(stored):
    people = _people(20_000)
    shuffled = people.take(np.random.RandomState(3).permutation(len(people)))
    found = [_all_digests(stored(rows, threads=n)) for rows in (people, shuffled) for n in (1, 3)]
    assert found.count(found[0]) == 4


def test_the_statistics_of_the_parts_add_up_to_that_of_the_whole(stored):
    people = _people(5_000)
    whole, first, second = (stored(part) for part in (people, people[:1_700], people[1_700:]))

    def reductions(table):
        return [
            reduce_cells(table, ["sex", "race"], label="y", prediction="p"),
            reduce_scores(table, score="s", label="y"),
            reduce_histograms(table, {"x": [-1e6, 0.0, 1e6]})["x"],
            reduce_categories(table, ["sex"])["sex"],
            reduce_sums(table, {"x": 23})["x"],
            reduce_columns(table)[0].counts,
        ]

    for all_rows, some, others in zip(*map(reductions, (whole, first, second)), strict=True):
        assert (some + others).digest() == all_rows.digest()


groups = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 1)), min_size=1
)


def _counted(rows) -> Cells:
    counts = np.zeros((len(rows), 2, 2), dtype=np.int64)
    for i, (_, label, prediction) in enumerate(rows):
        counts[i, label, prediction] = 1
    empty = Cells(("g",), (), np.zeros((0, 2, 2), dtype=np.int64))
    return Cells(("g",), tuple((group,) for group, *_ in rows), counts) + empty


@given(groups, groups, groups)
def test_cells_add_in_any_order_and_grouping(first, second, third):
    a, b, c = _counted(first), _counted(second), _counted(third)
    assert (
        ((a + b) + c).digest()
        == (c + (b + a)).digest()
        == _counted(first + third + second).digest()
    )


@given(st.dictionaries(st.text(), st.integers(0, 9)), st.dictionaries(st.text(), st.integers(0, 9)))
def test_category_counts_add_in_any_order(first, second):
    a, b = category_counts(first, 1), category_counts(second, 2)
    assert a + b == b + a
    assert (a + b).rows == a.rows + b.rows


def test_statistics_of_different_shapes_are_not_added(stored):
    table = stored(_people(10))
    by_sex = reduce_cells(table, ["sex"], label="y", prediction="p")
    by_race = reduce_cells(table, ["race"], label="y", prediction="p")
    with pytest.raises(NotMergeable, match="expected the same features in both parts"):
        by_sex + by_race


def test_missing_and_nan_groups_are_one_group_named_missing(stored):
    table = stored(
        {
            "g": pa.array([1.0, float("nan"), None, 1.0, 2.5]),
            "y": [0, 1, 0, 1, 1],
            "p": [0, 0, 0, 0, 0],
        }
    )
    cells = reduce_cells(table, ["g"], label="y", prediction="p")
    assert cells.groups == (("(missing)",), ("1",), ("2.5",))
    assert cells.sizes.tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([True, False, None]), {"(missing)", "false", "true"}),
        (pa.array([0, 1, None]), {"(missing)", "0", "1"}),
        (pa.array(["a", "", None]).dictionary_encode(), {"(missing)", "", "a"}),
        (pa.array([1e300, -0.0, 0.0]), {"1e+300", "0"}),
    ],
)
def test_groups_are_named_by_the_text_of_their_value(stored, values, expected):
    cells = reduce_cells(stored({"g": values, "y": [0, 1, 1]}), ["g"], label="y", prediction="y")
    assert {group for (group,) in cells.groups} == expected


def test_too_many_groups_are_refused_naming_the_column(stored):
    table = stored({"zip": [str(i) for i in range(50)], "sex": ["f", "m"] * 25, "y": [0, 1] * 25})
    with pytest.raises(TooManyLevels, match="at most 20 groups, but 'zip' has too many"):
        reduce_cells(table, ["sex", "zip"], label="y", prediction="y", most=20)
    with pytest.raises(TooManyLevels, match="'zip' has 50"):
        reduce_categories(table, ["zip"], most=49)


@pytest.mark.parametrize("odd", [2, -1, None])
def test_labels_other_than_0_and_1_are_refused(stored, odd):
    table = stored({"g": ["a", "b", "c"], "y": [0, 1, odd], "p": [0, 1, 1]})
    said = f"expected only 0 and 1 in 'y', got also {odd} in 1 rows, the first: y="
    with pytest.raises(ValueError, match=f"{said}{odd or 'missing'}, g=c, p=1"):
        reduce_cells(table, ["g"], label="y", prediction="p")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), None])
def test_scores_that_are_no_numbers_are_refused(stored, odd):
    with pytest.raises(ValueError, match="expected finite numbers in 's'"):
        reduce_scores(stored({"s": [0.5, odd], "y": [0, 1]}), score="s", label="y")


@pytest.mark.parametrize(
    ("labels", "kind", "said"),
    [
        (["0", "0.7", "1"], pa.string(), r"0\.7"),
        (["0", "yes", "1"], pa.string(), "yes"),
        ([Decimal("0.00"), Decimal("0.70"), Decimal("1.00")], pa.decimal128(5, 2), r"0\.70"),
        ([0, 2**63 + 1, 1], pa.uint64(), str(2**63 + 1)),
        ([0, 200, 1], pa.uint8(), "200"),
    ],
)
def test_labels_of_any_type_are_0_or_1_or_refused_as_they_stand(stored, labels, kind, said):
    def counted(values):
        people = {"g": ["a"] * len(values), "y": pa.array(values, kind), "p": [0] * len(values)}
        return reduce_cells(stored(pa.table(people)), ["g"], label="y", prediction="p")

    with pytest.raises(ValueError, match=f"expected only 0 and 1 in 'y', got also {said}"):
        counted(labels)
    assert counted(labels[::2]).counts.tolist() == [[[1, 0], [1, 0]]]


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.1 + 0.2, 0.7, 1.0, 1.5, -0.5]), min_size=1))
@settings(max_examples=20)
def test_histograms_follow_numpys_rule_exactly_on_the_edges(tmp_path_factory, values):
    edges = [0.0, 0.1, 0.2, 0.1 + 0.2, 0.7, 1.0]
    path = tmp_path_factory.mktemp("h") / "h.parquet"
    pa.parquet.write_table(pa.table({"x": values}), path)
    with opened({"rows": path}, _limits(path)) as tables:
        found = reduce_histograms(tables["rows"], {"x": edges})["x"]
    assert found.counts.tolist() == np.histogram(values, edges)[0].tolist()
    assert found.rows == len(values)


def _limits(path):
    from measures.engines.duckdb import Limits

    return Limits(path.parent / "spill", threads=1)


def test_sums_are_exact_to_the_last_bit_of_a_float(stored):
    values = np.random.RandomState(5).lognormal(0, 4, 10_000)
    exponent = exponent_for(values.max())
    found = reduce_sums(stored({"x": values}), {"x": exponent})["x"]
    assert found.mean == pytest.approx(values.mean(), rel=1e-13)
    assert found.deviation == pytest.approx(values.std(ddof=1), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-5, 1.0, 1e5, 1e300])
def test_sums_work_at_any_scale(stored, scale):
    values = np.array([1.0, 2.0, 4.0]) * scale
    found = reduce_sums(stored({"x": values}), {"x": exponent_for(values.max())})["x"]
    assert found.mean == pytest.approx(7 / 3 * scale, rel=1e-12)


def test_columns_are_described_and_nan_counts_as_missing(stored):
    table = stored({"a": [1.5, float("nan"), None, 1.5], "b": ["x", "y", None, "x"]})
    a, b = reduce_columns(table)
    assert (a.kind, a.counts, a.distinct, a.low, a.high) == (
        "number",
        ColumnCounts(4, 2),
        1,
        1.5,
        1.5,
    )
    assert (b.kind, b.counts, b.distinct, b.low) == ("category", ColumnCounts(4, 1), 2, None)
    assert duplicate_rows(table) == 1


def test_quantiles_are_numpys(stored):
    values = np.random.RandomState(2).rand(999)
    levels = [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]
    table = stored({"x": values, "none": pa.nulls(999, pa.float64())})
    found = reduce_quantiles(table, ["x", "none"], levels)
    np.testing.assert_allclose(found["x"], np.quantile(values, levels), rtol=1e-14)
    assert found["none"] == []


def test_a_connection_reads_its_own_files_and_nothing_else(stored, tmp_path, limits):
    mine, other = tmp_path / "mine.parquet", tmp_path / "other.parquet"
    for path in (mine, other):
        pa.parquet.write_table(pa.table({"x": [1]}), path)
    with opened({"mine": mine}, limits) as tables:
        connection = tables["mine"].get_backend()
        assert tables["mine"].count().to_pyarrow().as_py() == 1
        with pytest.raises(duckdb.Error, match=r"disabled|Permission"):
            connection.raw_sql(f"SELECT * FROM read_parquet('{other}')")
        with pytest.raises(duckdb.Error, match="locked"):
            connection.raw_sql("SET memory_limit = '64GB'")
        with pytest.raises(duckdb.Error):
            connection.raw_sql("INSTALL httpfs")


def test_several_files_under_one_name_are_one_table(tmp_path, limits):
    paths = [tmp_path / f"it's {i}.parquet" for i in range(2)]
    for path in paths:
        pa.parquet.write_table(pa.table({"x": [1, 2]}), path)
    with opened({"both": paths}, limits) as tables:
        assert tables["both"].count().to_pyarrow().as_py() == 4


def test_a_digest_is_sha_256_and_tells_statistics_apart():
    one = score_counts(np.array([0.5, 0.25]), np.array([1, 2]), np.array([0, 1]))
    other = score_counts(np.array([0.25, 0.5]), np.array([2, 1]), np.array([1, 0]))
    assert one.digest() == other.digest()
    assert len(one.digest()) == hashlib.sha256().digest_size * 2
    assert one.digest() != (one + other).digest()
