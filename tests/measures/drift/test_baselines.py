import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measures.drift.baselines import count_both, take_baseline
from measures.drift.binning import decile_edges, doane_edges, sturges_edges
from measures.drift.columns import compare_counts, compare_exactly
from measures.drift.conventions import DECILES, DOANE_OF_REFERENCE, STURGES_OF_BOTH
from measures.drift.listing import as_measures
from measures.intervals.bootstrap import Drawing
from measures.reduce.arrow_rows import Span
from measures.reduce.baseline import from_json
from measures.reduce.sorted_values import sorted_values
from measures.reduce.statistic import NotMergeable

NUMBERS, CATEGORIES = ["income", "age"], ["colour", "label"]


def people(rows, seed, shift=0.0):
    stream = np.random.RandomState(seed)
    income = stream.lognormal(shift, 1, rows)
    income[stream.random_sample(rows) < 0.05 + 0.1 * shift] = np.nan
    colour = np.array(["amber", "blué", "coral"])[stream.choice(3, rows, p=[0.5, 0.3, 0.2])]
    return pa.table(
        {
            "income": income,
            "age": stream.randint(18, 90, rows),
            "colour": colour,
            "label": stream.random_sample(rows) < 0.2 + shift / 4,
        }
    )


values = st.lists(st.floats(-50, 50).map(lambda each: round(each, 2)), min_size=3, max_size=60)


@given(values)
@settings(max_examples=60)
def test_edges_are_numpys(held):
    array = np.array(held)
    ours = doane_edges(sorted_values(array))
    assert ours == pytest.approx(np.histogram_bin_edges(array, "doane"), abs=1e-9)
    half = len(array) // 2
    spans = [
        Span(float(part.min()), float(part.max()), len(part), False)
        for part in (array[:half], array[half:])
    ]
    assert sturges_edges(*spans) == pytest.approx(np.histogram_bin_edges(array, "sturges"))


def test_bins_of_whole_numbers_are_at_least_one_wide():
    whole = np.array([1, 2, 3, 4, 4, 4, 3, 2, 1, 1, 1, 1, 1, 2, 2, 2])
    span = Span(1.0, 4.0, 8, True)
    assert list(sturges_edges(span, span)) == np.histogram_bin_edges(whole, "sturges").tolist()


def test_deciles_are_the_references():
    edges = decile_edges(sorted_values(np.arange(101.0)))
    assert edges == pytest.approx(np.arange(0.0, 101.0, 10.0))


def test_a_baseline_comes_back_from_storage_bit_for_bit():
    taken = take_baseline(people(500, 1), NUMBERS, CATEGORIES)
    read = from_json(taken.as_json())
    assert read.digest() == taken.digest()
    assert read.as_json() == taken.as_json()
    assert read.count(people(300, 2)).digest() == taken.count(people(300, 2)).digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda held: held["numbers"]["income"]["counts"].__setitem__(0, 1), "of digest"),
        (lambda held: held["categories"]["colour"]["values"].update(blue=7), "of digest"),
        (lambda held: held.update(form=2), "of form 1, got 2"),
    ],
)
def test_a_baseline_that_was_changed_is_refused(change, message):
    held = json.loads(take_baseline(people(500, 1), NUMBERS, CATEGORIES).as_json())
    change(held)
    with pytest.raises(ValueError, match=message):
        from_json(json.dumps(held))


def test_a_baseline_does_not_depend_on_the_order_of_rows_or_on_threads():
    table = people(700, 3)
    other = table.take(np.random.RandomState(0).permutation(700))
    first = take_baseline(table, NUMBERS, CATEGORIES, threads=1)
    assert first.digest() == take_baseline(other, NUMBERS[::-1], CATEGORIES, threads=2).digest()


def test_counts_of_windows_add_up_to_those_of_all_rows():
    taken, table = take_baseline(people(500, 1), NUMBERS, CATEGORIES), people(400, 2)
    parts = taken.count(table.slice(0, 150)) + taken.count(table.slice(150))
    assert parts.digest() == taken.count(table).digest()


@pytest.mark.parametrize("convention", [DECILES, DOANE_OF_REFERENCE, STURGES_OF_BOTH])
def test_parquet_memory_and_an_engine_give_the_same_counts(stored, tmp_path, convention):
    before, after = people(2_500, 1), people(1_500, 2, 0.4)
    files = [tmp_path / f"part-{i}.parquet" for i in range(2)]
    pq.write_table(before.slice(0, 900), files[0], row_group_size=400)
    pq.write_table(before.slice(900), files[1])
    ours = count_both(before, after, NUMBERS, CATEGORIES, convention)
    for other in (files, stored(before)):
        theirs = count_both(other, stored(after), NUMBERS, CATEGORIES, convention)
        assert [each.digest() for each in theirs] == [each.digest() for each in ours]


@pytest.mark.parametrize("convention", [DECILES, DOANE_OF_REFERENCE, STURGES_OF_BOTH])
def test_counts_and_sorting_give_the_same_distances(convention):
    sides = people(900, 1), people(800, 2, 0.5)
    drawn = Drawing(50)
    counted = compare_counts(
        *count_both(*sides, NUMBERS, CATEGORIES, convention), drawn, convention
    )
    exact = compare_exactly(*sides, NUMBERS, CATEGORIES, drawn, convention)
    assert counted.categories == exact.categories
    for name, each in counted.numbers.items():
        assert each.distances == exact.numbers[name].distances
        assert each.missing == exact.numbers[name].missing
        low, high = each.smirnov_between
        assert low <= exact.numbers[name].kolmogorov_smirnov.value <= high


def test_bounds_of_the_smirnov_statistic_by_hand():
    sides = ({"x": pa.array([0.5, 1.5, 2.0])}, {"x": pa.array([1.2, 1.8, 2.0, 2.0])})
    both = count_both(*map(pa.table, sides), ["x"], [], DOANE_OF_REFERENCE)
    assert compare_counts(*both, None).numbers["x"].smirnov_between[0] <= 5 / 12


def test_a_column_empty_in_the_reference_is_undefined_and_not_a_category():
    before = pa.table({"x": pa.array([None] * 5, pa.float64())})
    after = pa.table({"x": np.arange(2_000.0)})
    for convention in (DECILES, STURGES_OF_BOTH):
        sides = count_both(before, after, ["x"], [], convention)
        found = compare_counts(*sides, None, convention).numbers["x"]
        assert np.isnan(found.smirnov_between.low)
        assert found.missing.difference == -1.0


def test_bins_of_both_sides_cannot_be_stored():
    with pytest.raises(ValueError, match="use count_both"):
        take_baseline(people(10, 1), NUMBERS, [], STURGES_OF_BOTH)


def test_other_edges_are_refused():
    first, second = (take_baseline(people(100, seed), NUMBERS, []) for seed in (1, 2))
    with pytest.raises(NotMergeable, match="the same edges"):
        compare_counts(first, second, None)


def test_every_number_is_listed_with_its_column_interval_and_rows():
    sides = people(400, 1), people(300, 2, 0.5)
    listed = as_measures(compare_exactly(*sides, ["income"], ["colour"], Drawing(50)))
    names = [(each.slice["feature"], each.name) for each in listed]
    four = ["population_stability_index", "jensen_shannon_distance", "hellinger_distance"]
    four.append("l_infinity_distance")
    walked = ["kolmogorov_smirnov", "wasserstein", "missing_rate_change"]
    expected = [("income", name) for name in [*four, *walked]]
    colour = [*four, "new_categories", "missing_rate_change"]
    assert names == [*expected, *(("colour", name) for name in colour)]
    assert all(each.low <= each.value <= each.high and each.n for each in listed)


def test_undefined_numbers_are_listed_without_a_value():
    nobody = pa.table({"x": pa.array([None], pa.float64())})
    listed = as_measures(compare_exactly(nobody, nobody, ["x"], [], Drawing(10)))
    assert [each.value for each in listed[:6]] == [None] * 6
