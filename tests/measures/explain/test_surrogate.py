import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import r2_score

from measures.explain.surrogate import Limits, surrogate_tree


@pytest.fixture
def rows():
    drawn = np.random.RandomState(9)
    income = drawn.randint(0, 100, 1_000).astype(float)
    housing = drawn.choice(["own", "rent", "free"], 1_000)
    return pa.table({"income": income, "housing": housing, "noise": drawn.rand(1_000)})


def _stepped(table):
    rent = np.array(table["housing"].to_pylist()) == "rent"
    return np.where(rent, 0.1, np.where(table["income"].to_numpy() > 40, 0.9, 0.4))


def _smooth(table):
    return table["income"].to_numpy() / 100


def test_a_model_that_is_a_small_tree_is_found_again(rows):
    found = surrogate_tree(rows, _stepped, threshold=0.5, seed=1)
    assert found.r2 == pytest.approx(1)
    assert found.agreement == 1
    assert found.agreement_interval.low == pytest.approx(300 / 303.84146)  # Wilson
    assert [set(rule.conditions) for rule in found.rules] == [
        {"housing is rent"},
        {"housing is not rent", "income <= 40.5"},
        {"housing is not rent", "income > 40.5"},
    ]
    assert [rule.score for rule in found.rules] == pytest.approx([0.1, 0.4, 0.9])
    assert sum(rule.n for rule in found.rules) == found.n == 300
    assert sum(rule.grown_on for rule in found.rules) == 700


def test_fidelity_is_of_rows_the_tree_did_not_see(rows):
    drawn = np.random.RandomState(2)

    def noise(table):
        return drawn.rand(table.num_rows)

    found = surrogate_tree(rows, noise, threshold=0.5, limits=Limits(8, 200, 1), seed=1)
    assert found.r2 < 0
    assert found.agreement < 0.6
    assert found.by_default == pytest.approx(0.5, abs=0.1)


def test_a_shallow_tree_explains_a_line_in_part_and_a_deeper_one_more(rows):
    shallow, deep = (
        surrogate_tree(rows, _smooth, threshold=0.5, limits=Limits(depth), seed=1)
        for depth in (1, 4)
    )
    assert shallow.r2 == pytest.approx(0.75, abs=0.05)  # two halves of a uniform: 1 − 1/4
    assert shallow.r2_interval.low < 0.75 < shallow.r2_interval.high
    assert deep.r2 > shallow.r2_interval.high
    assert len(shallow.rules) == 2
    assert len(deep.rules) <= 16


def test_the_r2_is_scikit_learns(rows):
    found = surrogate_tree(rows, _smooth, threshold=0.5, limits=Limits(1), seed=1)
    (cut,) = {float(rule.conditions[0].split()[-1]) for rule in found.rules}
    low, high = (rule.score for rule in found.rules)
    everybody = _smooth(rows)
    copied = np.where(everybody * 100 <= cut, low, high)
    assert found.r2 == pytest.approx(r2_score(everybody, copied), abs=0.03)


def test_the_order_of_the_rows_changes_nothing(rows):
    backwards = rows.take(pa.array(np.arange(1_000)[::-1]))
    ours = surrogate_tree(rows, _smooth, threshold=0.5, seed=1)
    assert ours == surrogate_tree(backwards, _smooth, threshold=0.5, seed=1)
    assert ours != surrogate_tree(rows, _smooth, threshold=0.5, seed=2)


def test_rules_say_where_missing_numbers_go():
    numbers = [None, 1.0, 9.0] * 200
    rows = pa.table({"x": numbers})

    def score(table):
        return np.array([0.0 if each == 1 else 1.0 for each in table["x"].to_pylist()])

    found = surrogate_tree(rows, score, threshold=0.5, limits=Limits(1), seed=1)
    assert [rule.conditions for rule in found.rules] == [("x <= 5",), ("x > 5 or missing",)]


def test_a_constant_model_has_no_r2(rows):
    found = surrogate_tree(rows, lambda table: np.full(table.num_rows, 0.7), threshold=0.5, seed=1)
    assert (found.r2, found.r2_interval) == (None, None)
    assert found.agreement == found.by_default == 1
    assert [rule.conditions for rule in found.rules] == [()]


def test_too_few_rows_are_refused(rows):
    with pytest.raises(ValueError, match=r"expected at least 10 rows .* got 9"):
        surrogate_tree(rows.slice(0, 9), _smooth, threshold=0.5, seed=1)
    with pytest.raises(ValueError, match="held_back must be strictly between 0 and 1, got 1"):
        surrogate_tree(rows, _smooth, threshold=0.5, held_back=1, seed=1)
