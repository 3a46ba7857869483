"""Who could be singled out, in published tables and in one small enough to see through."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.privacy.anonymity import anonymity
from measures.privacy.diversity import closeness, diversity, ordered_closeness
from measures.privacy.suppression import suppressed
from measures.reduce.equivalence import (
    SensitiveClasses,
    reduce_class_sizes,
    reduce_sensitive_classes,
    reduce_small_classes,
)
from measures.reduce.guard import TooManyLevels

ADULT = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation",
    "relationship", "race", "sex", "capital_gain", "capital_loss", "hours_per_week", "country",
    "income",
]  # fmt: skip


@pytest.fixture
def published(reference_data):
    return json.loads((reference_data / "reference_values.json").read_text())["adult_train"]


@pytest.fixture
def adult(reference_data, stored):
    with gzip.open(reference_data / "adult_train.data.gz") as lines:
        read = pv.read_csv(lines, read_options=pv.ReadOptions(column_names=ADULT))
    band = pc.multiply(pc.divide(read["age"], 10), 10)
    return stored(read.append_column("band", band))


@pytest.mark.parametrize("which", ["k_anonymity", "k_anonymity_6"])
def test_adults_classes_are_counted_as_published(adult, published, which):
    expected = published[which]
    found = anonymity(reduce_class_sizes(adult, expected["qi"]))
    assert (found.k, found.classes, found.unique) == (
        expected["k_min"],
        expected["classes"],
        expected["unique_rows"],
    )
    below = {each.size: each.people for each in found.below}
    assert below[5] == expected["rows_in_classes_lt5"]
    assert below[10] == expected.get("rows_in_classes_lt10", below[10])
    assert found.people == published["n"]
    assert (found.unique_share, found.highest_risk) == (found.unique / found.people, 1.0)
    assert found.mean_risk == found.classes / found.people


def test_adults_income_by_age_band_and_sex_is_as_diverse_and_close_as_published(adult, published):
    expected = published["k_anonymity_band"]
    classes = reduce_sensitive_classes(adult, ["band", "sex"], "income")
    sizes = reduce_class_sizes(adult, ["band", "sex"])
    assert classes.sizes.digest() == sizes.digest()
    found = anonymity(sizes)
    assert (found.k, found.classes) == (expected["k_min"], expected["classes"])
    assert diversity(classes).distinct == expected["l_distinct_income_min"]
    found = closeness(classes)
    assert found.farthest == pytest.approx(expected["t_closeness_max_tv_income"], abs=5e-6)
    # two values: the ordered distance is the same
    numbers = SensitiveClasses(classes.quasi, "income", classes.groups, ("0", "1"), classes.counts)
    assert ordered_closeness(numbers).farthest == pytest.approx(found.farthest, rel=1e-12)


def _salaries() -> pa.Table:
    """Li, Li and Venkatasubramanian (2007), Tables 3 and 5: salaries in thousands."""
    return pa.table(
        {
            "zip": ["476**"] * 3 + ["4790*"] * 3 + ["476*+"] * 3,
            "salary": [3, 4, 5, 6, 11, 8, 7, 9, 10],
        }
    )  # fmt: skip


def test_the_ordered_distance_is_that_of_the_paper(stored):
    classes = reduce_sensitive_classes(stored(_salaries()), ["zip"], "salary")
    # section 4.2: D[{3k, 4k, 5k}, all] = 0.375 and D[{6k, 8k, 11k}, all] = 0.167
    assert ordered_closeness(classes).farthest == pytest.approx(0.375, rel=1e-12)
    two = pa.table({"zip": ["rest"] * 3 + ["4790*"] * 3 + ["rest"] * 3} | {
        "salary": _salaries()["salary"]})  # fmt: skip
    classes = reduce_sensitive_classes(stored(two), ["zip"], "salary")
    # the rest is twice as many people, and so half as far
    assert ordered_closeness(classes).farthest == pytest.approx(1 / 6, rel=1e-12)
    assert ordered_closeness(classes).mean == pytest.approx((3 / 6 + 6 / 12) / 9, rel=1e-12)


def test_diversity_is_that_worked_out_by_hand():
    counts = np.array([[4, 2, 2], [5, 0, 3], [0, 1, 1]])
    classes = SensitiveClasses(("q",), "s", (("a",), ("b",), ("c",)), ("x", "y", "z"), counts)
    found = diversity(classes)
    assert found.distinct == 2
    least = -(5 / 8 * np.log(5 / 8) + 3 / 8 * np.log(3 / 8))
    assert found.entropy == pytest.approx(np.exp(least), rel=1e-12)
    assert found.recursive_c == 5 / 3  # of a: 4 / (2 + 2), of b: 5 / 3, of c: 1 / 1
    assert diversity(classes, ell=3).recursive_c == np.inf  # b has no third value
    assert found.disclosed == 0
    told = SensitiveClasses(("q",), "s", (("a",), ("b",)), ("x", "y"), np.array([[3, 0], [1, 1]]))
    assert diversity(told)[:2] == pytest.approx((1, 1.0))
    assert diversity(told).disclosed == 3
    assert diversity(told).recursive_c == np.inf


def test_a_class_like_everybody_is_close():
    counts = np.array([[2, 4], [1, 2], [3, 0]])
    classes = SensitiveClasses(("q",), "s", (("a",), ("b",), ("c",)), ("0", "1"), counts)
    assert closeness(classes).farthest == 0.5  # c: 1 against 6/12
    assert closeness(classes).mean == pytest.approx((9 * (1 / 6) + 3 * 0.5) / 12)


def test_missing_quasi_identifiers_and_sensitive_values_are_values_of_their_own(stored):
    rows = {
        "age": [30.0, 30.0, None, float("nan"), 41.0],
        "sex": ["f", "f", "m", "m", None],
        "ill": ["flu", None, "flu", "flu", "flu"],
    }
    table = stored(rows)
    sizes = reduce_class_sizes(table, ["age", "sex"])
    assert (sizes.sizes.tolist(), sizes.classes.tolist()) == ([1, 2], [1, 2])
    classes = reduce_sensitive_classes(table, ["age", "sex"], "ill")
    assert classes.groups == (("(missing)", "m"), ("30", "f"), ("41", "(missing)"))
    assert classes.levels == ("(missing)", "flu")
    assert classes.counts.tolist() == [[0, 2], [1, 1], [0, 1]]
    with pytest.raises(ValueError, match="expected numbers only in 'ill'"):
        ordered_closeness(classes)


def test_the_records_that_break_it_are_listed_on_demand_and_limited(stored):
    table = stored({"age": [30, 30, 41, 52, 52, 52], "sex": ["f", "f", "m", "m", "m", "m"]})
    found = reduce_small_classes(table, ["age", "sex"], below=3)
    assert found == [(("41", "m"), 1), (("30", "f"), 2)]
    assert len(reduce_small_classes(table, ["age", "sex"], below=9, most=1)) == 1


columns = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("pq"), st.sampled_from("xyz")),
    min_size=1,
    max_size=20,
)


def _classes(rows) -> SensitiveClasses:
    groups = sorted({row[:2] for row in rows})
    levels = sorted({row[2] for row in rows})
    counts = np.zeros((len(groups), len(levels)), dtype=np.int64)
    for row in rows:
        counts[groups.index(row[:2]), levels.index(row[2])] += 1
    return SensitiveClasses(("g", "h"), "s", tuple(groups), tuple(levels), counts)


@given(columns, columns)
def test_classes_add_in_any_order(first, second):
    one, other = _classes(first), _classes(second)
    assert (one + other).digest() == (other + one).digest() == _classes(first + second).digest()


@given(columns)
def test_the_measures_keep_within_their_bounds(rows):
    classes = _classes(rows)
    found, close = diversity(classes), closeness(classes)
    assert 1 - 1e-12 <= found.entropy <= found.distinct + 1e-9
    assert 0 <= close.mean <= close.farthest <= 1
    counted = anonymity(classes.sizes)
    assert counted.people == len(rows)
    assert counted.k <= len(rows) / counted.classes


def test_the_engine_counts_classes_as_the_rows_do(stored):
    drawn = np.random.RandomState(5)
    rows = {"g": drawn.choice(["a", "b"], 300), "h": drawn.randint(0, 40, 300), "s": ["x"] * 300}
    table = stored(rows)
    _, people = np.unique([f"{g}{h}" for g, h in zip(rows["g"], rows["h"], strict=True)],
                          return_counts=True)  # fmt: skip
    sizes, classes = np.unique(people, return_counts=True)
    found = reduce_class_sizes(table, ["g", "h"])
    assert (found.sizes.tolist(), found.classes.tolist()) == (sizes.tolist(), classes.tolist())
    again = reduce_sensitive_classes(table, ["g", "h"], "s")
    assert again.sizes.digest() == found.digest()


def test_a_table_without_people_is_answered(stored):
    empty = stored(pa.table({"q": pa.array([], pa.string()), "s": pa.array([], pa.string())}))
    found = anonymity(reduce_class_sizes(empty, ["q"]))
    assert (found.people, found.k, found.unique_share, found.below) == (0, None, None, ())
    classes = reduce_sensitive_classes(empty, ["q"], "s")
    assert diversity(classes)[:2] == (None, None)
    assert closeness(classes).farthest is ordered_closeness(classes).farthest is None


def test_what_makes_no_sense_is_refused(stored):
    table = stored({"q": [str(i) for i in range(30)], "s": ["x", "y"] * 15})
    with pytest.raises(ValueError, match="at least one quasi-identifier"):
        reduce_class_sizes(table, [])
    with pytest.raises(ValueError, match="no quasi-identifier: 'q'"):
        reduce_sensitive_classes(table, ["q"], "q")
    for most in (20, 40):  # more cells than that, at once or spread out
        with pytest.raises(TooManyLevels, match="'q' has too many"):
            reduce_sensitive_classes(table, ["q"], "s", most=most)
    with pytest.raises(ValueError, match="class sizes of at least 1"):
        anonymity(reduce_class_sizes(table, ["q"]), below=[0])
    with pytest.raises(ValueError, match="ell must be at least 2, got 1"):
        diversity(reduce_sensitive_classes(table, ["q"], "s"), ell=1)


def test_small_counts_are_kept_back_and_zeros_stand():
    counts = np.array([[0, 1, 9], [10, 11, 250]])
    found = suppressed(counts)
    np.testing.assert_array_equal(found.counts, [[0, np.nan, np.nan], [10, 11, 250]])
    assert (found.cells, found.least) == (2, 10)
    assert counts.tolist() == [[0, 1, 9], [10, 11, 250]]
    assert suppressed(counts, least=1).cells == 0
    with pytest.raises(ValueError, match="no negative counts, got 1"):
        suppressed(np.array([-1, 2]))
    with pytest.raises(ValueError, match="at least 1, got 0"):
        suppressed(counts, least=0)
