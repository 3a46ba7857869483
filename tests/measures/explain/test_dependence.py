import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import partial_dependence as by_scikit_learn

from measures.explain import dependence
from measures.explain.dependence import grid, individual_curves, partial_dependence


@pytest.fixture
def rows():
    drawn = np.random.RandomState(6)
    return pa.table(dict(zip("abc", drawn.rand(3, 150), strict=True)))


def _matrix(table):
    return np.column_stack([column.to_numpy() for column in table.columns])


def _product(table):
    return table["a"].to_numpy() * table["b"].to_numpy() + table["c"].to_numpy()


@pytest.fixture
def forest(rows):
    return RandomForestRegressor(10, max_depth=4, random_state=0).fit(_matrix(rows), _product(rows))


def test_curves_and_their_mean_are_scikit_learns(rows, forest):
    theirs = by_scikit_learn(
        forest, _matrix(rows), [0], method="brute", kind="both", grid_resolution=9
    )
    at = theirs["grid_values"][0].tolist()
    found = partial_dependence(
        rows, "a", lambda table: forest.predict(_matrix(table)), values=at, seed=1
    )
    assert found.means == pytest.approx(theirs["average"][0].tolist(), abs=1e-12)
    ours = individual_curves(rows, "a", lambda table: forest.predict(_matrix(table)), at)
    assert ours == pytest.approx(theirs["individual"][0], abs=1e-12)


def test_the_mean_is_the_line_of_a_product_and_its_curves_are_not_parallel(rows):
    found = partial_dependence(rows, "a", _product, values=[0.0, 0.5, 1.0], seed=1)
    b, c = rows["b"].to_numpy(), rows["c"].to_numpy()
    assert found.means == pytest.approx([c.mean(), b.mean() / 2 + c.mean(), b.mean() + c.mean()])
    spread = b.std(ddof=1)
    assert found.heterogeneity == pytest.approx([spread / 2, 0, spread / 2])
    reach = 1.959964 * c.std(ddof=1) / np.sqrt(150)
    assert found.intervals[0] == pytest.approx((c.mean() - reach, c.mean() + reach))


def test_curves_of_a_sum_are_parallel_and_centred_they_are_one(rows):
    found = partial_dependence(rows, "c", _product, values=[0.2, 0.7], centred=True, seed=1)
    assert found.heterogeneity == pytest.approx([0, 0], abs=1e-12)
    assert found.means == pytest.approx([0, 0.5])
    assert found.intervals[1] == pytest.approx((0.5, 0.5))


def test_the_order_of_the_rows_changes_nothing(rows):
    backwards = rows.take(pa.array(np.arange(150)[::-1]))
    one, other = (partial_dependence(each, "a", _product, seed=1) for each in (rows, backwards))
    assert one[:-1] == other[:-1]
    assert np.array_equal(one.curves, other.curves)
    assert one.curves.shape == (50, 12)


def test_all_values_that_fit_are_asked_for_at_once(rows, monkeypatch):
    monkeypatch.setattr(dependence, "ROWS_PER_CALL", 450)
    calls = []

    def score(table):
        calls.append(table.num_rows)
        return _product(table)

    individual_curves(rows, "a", score, [0.1, 0.2, 0.3, 0.4])
    assert calls == [450, 150]


def test_categories_are_set_too_however_they_are_stored():
    text = pa.array(["x", "y", "y", None])
    for column in (text, text.dictionary_encode()):
        rows = pa.table({"kind": column, "n": [1.0, 2, 3, 4]})
        found = partial_dependence(
            rows,
            "kind",
            lambda table: np.array([each == "y" for each in table["kind"].to_pylist()]) * 1.0,
            seed=1,
        )
        assert (found.values, found.means) == (("x", "y"), (0.0, 1.0))


def test_a_grid_is_of_values_that_occur():
    column = pa.chunked_array([pa.array([5, 1, None, 9, 3, 7, 1, 2])])
    assert grid(column, 3) == [1, 3, 9]
    assert grid(column, 10) == [1, 2, 3, 5, 7, 9]
    names = pa.chunked_array([pa.array(list("cbbaacd"))])
    assert grid(names, 2) == ["a", "b"]
    assert grid(pa.chunked_array([pa.array([2.0, float("nan")])]), 5) == [2.0]


def test_nothing_to_set_is_refused(rows):
    with pytest.raises(ValueError, match="expected values to set 'a' to, got none"):
        partial_dependence(rows, "a", _product, values=[], seed=1)
    with pytest.raises(ValueError, match="expected the columns z, but z is not among a, b, c"):
        partial_dependence(rows, "z", _product, seed=1)
