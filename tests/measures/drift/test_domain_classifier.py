import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from measures.drift.domain_classifier import _lost, domain_drift
from measures.drift.row_sample import sample_rows


def correlated(rows, seed, sign):
    """Two columns that each look the same whatever the sign, and a third of chance."""
    stream = np.random.RandomState(seed)
    first = stream.normal(size=rows)
    second = sign * 0.9 * first + 0.4 * stream.normal(size=rows)
    colour = np.array(["amber", "blue"])[stream.randint(0, 2, rows)]
    return pa.table({"first": first, "second": second, "colour": colour})


def test_columns_that_drift_only_together_are_found_with_their_names():
    sides = correlated(600, 1, 1), correlated(500, 2, -1)
    found = domain_drift(*sides, ["first", "second"], ["colour"], seed=3)
    assert found.interval.low > 0.8
    assert found.p_value < 1e-9
    assert {each.column for each in found.drivers[:2]} == {"first", "second"}
    assert found.drivers[2].column == "colour"
    assert (found.n_reference, found.n_current) == (600, 500)


def test_p_values_are_not_small_more_often_than_they_may_be_where_nothing_drifts():
    found = [
        domain_drift(
            correlated(60, 2 * seed, 1), correlated(60, 2 * seed + 1, 1), ["first"], [], seed=seed
        ).p_value
        for seed in range(20)
    ]
    assert sum(each < 0.1 for each in found) <= 5  # of at most 2 expected


def test_the_order_of_rows_and_the_kind_of_source_do_not_matter(stored):
    first, second = correlated(300, 1, 1), correlated(300, 2, -1)
    shuffled = first.take(np.random.RandomState(0).permutation(300))
    asked = ["first", "second"], ["colour"]
    found = domain_drift(first, second, *asked, seed=1, most_rows=200)
    assert found == domain_drift(shuffled, second.to_pandas(), *asked, seed=1, most_rows=200)
    assert found == domain_drift(stored(first), second, *asked, seed=1, most_rows=200)
    assert found.n_reference == 200
    assert found != domain_drift(first, second, *asked, seed=2, most_rows=200)


def test_a_changed_missing_rate_alone_is_found():
    stream = np.random.RandomState(0)
    before, after = (pd.DataFrame({"x": stream.normal(size=400)}) for _ in range(2))
    after.loc[:150, "x"] = np.nan
    assert domain_drift(before, after, ["x"], [], seed=0).p_value < 1e-6


def test_what_a_shuffled_column_loses_is_the_difference_of_both_areas():
    stream = np.random.RandomState(5)
    labels = np.repeat([0, 1], [40, 60])
    full, without = stream.normal(labels).round(1), stream.normal(size=100).round(1)
    lost, interval = _lost(full, without, labels, 0.95)
    assert lost == pytest.approx(roc_auc_score(labels, full) - roc_auc_score(labels, without))
    assert interval.low < lost < interval.high


@pytest.mark.parametrize("folds", [1, 9])
def test_too_few_rows_or_folds_are_refused(folds):
    few = correlated(8, 1, 1)
    with pytest.raises(ValueError, match=f"got {folds} folds of 8 reference and 8 current rows"):
        domain_drift(few, few, ["first"], [], seed=0, folds=folds)


def test_nothing_to_look_at_is_refused():
    few = correlated(8, 1, 1)
    with pytest.raises(ValueError, match="at least one column"):
        domain_drift(few, few, [], [], seed=0)


def test_rows_are_drawn_as_often_as_they_occur():
    table = pa.table({"x": [1.0] * 900 + [2.0] * 100, "c": [None] * 1_000}).cast(
        pa.schema({"x": pa.float64(), "c": pa.string()})
    )
    drawn = np.concatenate(
        [sample_rows(table, ["x"], ["c"], most=100, seed=s).numbers["x"] for s in range(20)]
    )
    assert np.mean(drawn == 2.0) == pytest.approx(0.1, abs=0.03)


def test_at_least_one_row_is_wanted():
    with pytest.raises(ValueError, match="at least 1 row, got 0"):
        sample_rows(pa.table({"x": [1.0]}), ["x"], [], most=0, seed=0)
