import importlib
import subprocess
import sys
import warnings
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

pytest.importorskip("numba")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what shap and its own libraries warn of when they load
    pytest.importorskip("shap")
    shapley = importlib.import_module("measures.explain.shapley")

FEATURES = ("a", "b", "c")


@pytest.fixture
def people():
    drawn = np.random.RandomState(1)
    inputs = drawn.rand(300, 3)
    return inputs, (inputs[:, 0] * inputs[:, 1] + inputs[:, 2] / 4 > 0.4).astype(int)


def _table(matrix):
    return pa.table(dict(zip(FEATURES, matrix.T, strict=True)))


def _shared_out(worth, features=3):
    """Shapley's formula, given what each coalition is worth."""
    values = np.zeros(features)
    for j in range(features):
        rest = [each for each in range(features) if each != j]
        for size in range(features):
            weight = factorial(size) * factorial(features - size - 1) / factorial(features)
            for known in combinations(rest, size):
                values[j] += weight * (worth((*known, j)) - worth(known))
    return values


def _over_background(predict, row, background):
    def worth(known):
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return predict(mixed).mean()

    return _shared_out(worth)


def _along_the_paths(tree, row):
    def worth(known, node=0):
        left, right = tree.children_left[node], tree.children_right[node]
        if left < 0:
            return tree.value[node].ravel()[0]
        if tree.feature[node] in known:
            goes_left = np.float32(row[tree.feature[node]]) <= tree.threshold[node]
            return worth(known, left if goes_left else right)
        return sum(
            tree.n_node_samples[side] / tree.n_node_samples[node] * worth(known, side)
            for side in (left, right)
        )

    return _shared_out(worth)


def test_values_of_a_tree_are_those_of_the_definition_along_its_paths(people):
    inputs, labels = people
    tree = DecisionTreeRegressor(max_depth=4, random_state=0).fit(inputs, labels)
    found = shapley.tree_shapley(tree, inputs[:5], FEATURES)
    expected = [_along_the_paths(tree.tree_, row) for row in inputs[:5]]
    assert found.values == pytest.approx(np.array(expected), abs=1e-6)
    assert found.errors is None


def test_values_of_a_forest_are_those_of_the_definition_over_a_background(people):
    inputs, labels = people
    forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(inputs, labels)
    found = shapley.tree_shapley(forest, inputs[:5], FEATURES, background=inputs[100:120])

    def chance(mixed):
        return forest.predict_proba(mixed)[:, 1]

    expected = [_over_background(chance, row, inputs[100:120]) for row in inputs[:5]]
    assert found.values == pytest.approx(np.array(expected), abs=1e-6)
    assert found.scores == pytest.approx(chance(inputs[:5]))


@pytest.mark.parametrize(
    "model",
    [
        HistGradientBoostingClassifier(max_iter=20),
        GradientBoostingClassifier(n_estimators=20),
        RandomForestClassifier(10),
    ],
    ids=lambda model: type(model).__name__,
)
def test_values_add_up_to_the_score(people, model):
    inputs, labels = people
    found = shapley.tree_shapley(model.fit(inputs, labels), inputs, FEATURES)
    assert found.gap < 1e-5
    assert found.values.shape == (300, 3)


def test_a_cost_above_the_limit_is_refused_with_the_rows_that_are_within(people):
    inputs, labels = people
    tree = DecisionTreeRegressor(max_depth=1).fit(inputs, labels)  # two leaves, depth one
    assert (
        len(shapley.tree_shapley(tree, inputs[:100], FEATURES, most_operations=200).values) == 100
    )
    with pytest.raises(ValueError, match="got 101 rows of 2 each: 100 rows are within the limit"):
        shapley.tree_shapley(tree, inputs[:101], FEATURES, most_operations=200)


def test_values_that_do_not_add_up_to_the_score_are_refused(people, monkeypatch):
    inputs, labels = people
    tree = DecisionTreeRegressor(max_depth=2).fit(inputs, labels)
    scores = tree.predict(inputs)
    monkeypatch.setattr(shapley, "_margin", lambda estimator, inputs: scores + 0.01)
    with pytest.raises(ValueError, match=r"got a gap of 0.01.*does not understand this Decision"):
        shapley.tree_shapley(tree, inputs, FEATURES)


def test_rows_of_another_shape_are_refused(people):
    inputs, labels = people
    tree = DecisionTreeRegressor().fit(inputs, labels)
    with pytest.raises(ValueError, match=r"expected rows of 2 features, got shape \(300, 3\)"):
        shapley.tree_shapley(tree, inputs, ("a", "b"))


def test_kernel_values_of_a_linear_model_are_weight_times_distance(people):
    inputs, _ = people
    line = LinearRegression().fit(inputs, inputs @ [1.0, -2.0, 0.5])
    rows, behind = inputs[:4], inputs[50:70]
    found = shapley.kernel_shapley(
        lambda table: line.predict(np.column_stack([c.to_numpy() for c in table.columns])),
        _table(rows),
        _table(behind),
        evaluations=50,
        repeats=2,
        seed=1,
    )
    expected = (rows - behind.mean(axis=0)) * [1.0, -2.0, 0.5]
    assert found.values == pytest.approx(expected, abs=1e-8)
    assert found.gap < 1e-8
    assert found.errors.max() < 1e-8  # all six coalitions were met


def _ten(table):
    columns = [column.to_numpy() for column in table.columns]
    return columns[0] * columns[1] * columns[2] + columns[3] * columns[4] - columns[5] ** 2


def test_sampled_kernel_values_come_with_an_error_and_again_with_the_seed():
    drawn = np.random.RandomState(2).rand(7, 10)
    table = pa.table({f"f{i}": column for i, column in enumerate(drawn.T)})
    asked = {"evaluations": 60, "repeats": 3}
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    one, same, other = (
        shapley.kernel_shapley(_ten, table.slice(0, 2), table.slice(2), seed=seed, **asked)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.values, same.values)
    assert not np.array_equal(one.values, other.values)
    assert one.errors.max() > 0
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_kernel_values_of_text_and_missing_values():
    rows = pa.table({"kind": pa.array(["x", None]).dictionary_encode(), "n": [1.0, None]})
    behind = pa.table({"kind": pa.array(["y", "y"]).dictionary_encode(), "n": [0.0, 0.0]})

    def score(table):
        known = np.array([each == "x" for each in table["kind"].to_pylist()])
        return known * 2.0 + np.nan_to_num(table["n"].to_numpy(), nan=-1.0)

    found = shapley.kernel_shapley(score, rows, behind, evaluations=10, repeats=2, seed=1)
    assert found.values == pytest.approx(np.array([[2, 1], [0, -1]]), abs=1e-8)


def test_a_kernel_cost_above_the_limit_is_refused():
    rows = pa.table({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match="got 2 rows of 60 each: 1 rows are within the limit"):
        shapley.kernel_shapley(_ten, rows, rows, evaluations=10, repeats=3, most_scores=100, seed=1)


def test_without_the_library_the_extra_is_named():
    told = (
        "import sys; sys.modules['shap'] = None\n"
        "try:\n    import measures.explain.shapley\n"
        "except ImportError as absent:\n    print(absent)"
    )
    told = subprocess.run(
        [sys.executable, "-c", told],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert "install the extra assay[shap]" in told.stdout
