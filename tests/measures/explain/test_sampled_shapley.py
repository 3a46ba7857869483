from itertools import combinations
from math import factorial

import numpy as np
import pyarrow as pa
import pytest

from measures.explain.attribution import ShapleyValues, mean_absolute
from measures.explain.sampled_shapley import sampled_shapley


def _matrix(table):
    return np.column_stack([column.to_numpy() for column in table.columns])


def _table(matrix):
    return pa.table({f"f{i}": column for i, column in enumerate(matrix.T)})


@pytest.fixture
def people():
    drawn = np.random.RandomState(1)
    return drawn.rand(12, 4), drawn.rand(8, 4)


def _linear(table):
    return _matrix(table) @ [1.0, -2.0, 0.5, 0.0]


def _curved(table):
    one, two, three, four = _matrix(table).T
    return one * two + np.maximum(two, three) - four**2 * one


def by_definition(score, rows, background):
    """Shapley's formula over all coalitions, unknown features averaged over the background."""
    features = rows.shape[1]

    def worth(row, known):
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return score(_table(mixed)).mean()

    values = np.zeros(rows.shape)
    for i, row in enumerate(rows):
        for j in range(features):
            rest = [each for each in range(features) if each != j]
            for size in range(features):
                weight = factorial(size) * factorial(features - size - 1) / factorial(features)
                for known in combinations(rest, size):
                    gain = worth(row, (*known, j)) - worth(row, known)
                    values[i, j] += weight * gain
    return values


def test_values_of_a_linear_model_are_weight_times_distance_from_the_mean(people):
    rows, background = people
    found = sampled_shapley(_linear, _table(rows), _table(background), pairs=8, seed=1)
    expected = (rows - background.mean(axis=0)) * [1.0, -2.0, 0.5, 0.0]
    assert found.values == pytest.approx(expected, abs=1e-12)  # 8 pairs meet all 8 rows behind


def test_values_are_those_of_the_definition_within_their_errors(people):
    rows, background = people
    found = sampled_shapley(_curved, _table(rows), _table(background), pairs=400, seed=1)
    away = found.values - by_definition(_curved, rows, background)
    assert np.abs(away).max() < 0.03
    assert (np.abs(away) <= 4 * found.errors + 1e-12).all()


def test_values_add_up_to_the_score_however_few_the_pairs(people):
    rows, background = people
    found = sampled_shapley(_curved, _table(rows), _table(background), pairs=2, seed=1)
    assert found.gap < 1e-12
    assert found.base == pytest.approx(_curved(_table(background)).mean())
    assert found.scores == pytest.approx(_curved(_table(rows)))


def test_a_feature_that_is_not_used_gets_nothing(people):
    rows, background = people
    found = sampled_shapley(_linear, _table(rows), _table(background), pairs=3, seed=1)
    assert not found.values[:, 3].any()
    assert not found.errors[:, 3].any()


def test_errors_fall_with_the_root_of_the_pairs(people):
    rows, background = people
    few, many = (
        sampled_shapley(_curved, _table(rows), _table(background), pairs=pairs, seed=1)
        for pairs in (50, 200)
    )
    assert few.errors.mean() / many.errors.mean() == pytest.approx(2, rel=0.1)


def test_the_order_of_rows_and_background_changes_nothing(people):
    rows, background = people
    one = sampled_shapley(_curved, _table(rows), _table(background), pairs=3, seed=1)
    other = sampled_shapley(_curved, _table(rows[::-1]), _table(background[::-1]), pairs=3, seed=1)
    assert np.array_equal(one.values, other.values[::-1])


def test_text_and_missing_values_are_features_like_others():
    text = pa.array(["x", "y", None]).dictionary_encode()
    rows = pa.table({"kind": text, "n": [1.0, None, 3.0]})
    background = pa.table({"kind": pa.array(["y", "y"]).dictionary_encode(), "n": [0.0, 0.0]})

    def score(table):
        known = np.array([each == "x" for each in table["kind"].to_pylist()])
        return known * 2.0 + np.nan_to_num(table["n"].to_numpy(), nan=-1.0)

    found = sampled_shapley(score, rows, background, pairs=2, seed=1)
    assert found.values == pytest.approx(np.array([[2, 1], [0, -1], [0, 3]]), abs=1e-12)


def test_a_model_of_one_feature_gives_it_everything():
    rows, background = pa.table({"x": [1.0, 5.0]}), pa.table({"x": [0.0, 4.0]})
    found = sampled_shapley(lambda table: table["x"].to_numpy(), rows, background, pairs=2, seed=1)
    assert found.values.ravel().tolist() == [-1.0, 3.0]


def test_one_pair_has_no_error(people):
    rows, background = people
    with pytest.raises(ValueError, match="pairs must be at least 2, got 1"):
        sampled_shapley(_linear, _table(rows), _table(background), pairs=1, seed=1)


def test_the_mean_absolute_value_has_the_error_of_a_mean():
    values = np.array([[1.0, -2.0], [-3.0, 2.0], [2.0, -2.0]])
    found = ShapleyValues(("a", "b"), values, None, 0.0, values.sum(axis=1))
    a, b = mean_absolute(found)
    assert (a.value, b.value) == (2, 2)
    assert a.standard_error == pytest.approx(1 / np.sqrt(3))
    assert a.interval == pytest.approx((2 - 1.959964 / np.sqrt(3), 2 + 1.959964 / np.sqrt(3)))
    assert b.interval == (2, 2)


def test_the_lower_bound_gives_up_what_noise_can_have_added():
    noise = np.random.RandomState(3).randn(4_000, 1)
    found = ShapleyValues(("a",), noise, np.ones_like(noise), 0.0, noise[:, 0])
    (a,) = mean_absolute(found)
    assert a.value == pytest.approx(np.sqrt(2 / np.pi), abs=0.02)  # all of it is noise
    assert a.noise == pytest.approx(np.sqrt(2 / np.pi))
    assert a.interval.low == pytest.approx(0, abs=0.02)
