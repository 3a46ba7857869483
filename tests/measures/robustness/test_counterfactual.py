import numpy as np
import pyarrow as pa
import pytest

from measures.intervals.wilson import wilson_interval
from measures.robustness.counterfactual import counterfactual_change
from measures.robustness.response import Model, baseline

ROWS = pa.table(
    {
        "sex": ["f", "f", "f", "m", "m", "m", "m", None],
        "merit": [0.45, 0.3, 0.7, 0.55, 0.2, 0.8, 0.52, 0.45],
    }
)


def _score(table):
    """Men are given 0.1."""
    man = np.array([each == "m" for each in table["sex"].to_pylist()])
    return table["merit"].to_numpy() + 0.1 * man


def _base(rows=ROWS, score=_score):
    return baseline(Model(score, 0.5), rows, seed=1)


def _swap(found, group, set_to):
    (swap,) = [each for each in found.swaps if (each.group, each.set_to) == (group, set_to)]
    return swap.response


def test_flips_and_changes_are_told_by_group_and_direction():
    found = counterfactual_change(_base(), "sex")
    as_men = _swap(found, "f", "m")
    assert (as_men.to_favourable.cases, as_men.to_unfavourable.cases) == (1, 0)  # 0.45
    assert (as_men.flipped.n, as_men.flipped.interval) == (3, wilson_interval(1, 3))
    assert as_men.score_change.value == pytest.approx(0.1)
    as_women = _swap(found, "m", "f")
    assert as_women.flipped.cases == 0  # 0.62 and 0.65 stay above the threshold without 0.1
    assert as_women.score_change.value == pytest.approx(-0.1)


def test_the_direction_against_people_is_told_too():
    rows = pa.table({"sex": ["m", "f"], "merit": [0.45, 0.1]})
    as_woman = _swap(counterfactual_change(_base(rows), "sex"), "m", "f")
    assert (as_woman.to_favourable.cases, as_woman.to_unfavourable.cases) == (0, 1)


def test_people_without_a_known_value_are_a_group():
    found = counterfactual_change(_base(), "sex")
    assert list(found.by_group) == ["(missing)", "f", "m"]
    assert _swap(found, "(missing)", "m").to_favourable.cases == 1
    assert found.by_group["(missing)"].value == 1


def test_everybody_whose_decision_some_swap_changes_is_counted_once():
    rows = pa.table({"sex": ["a", "b", "c"], "merit": [0.0, 0.0, 0.0]})

    def score(table):
        return np.array([each == "c" for each in table["sex"].to_pylist()]) * 1.0

    found = counterfactual_change(_base(rows, score), "sex")
    assert (found.flipped.cases, found.flipped.n) == (3, 3)  # c by two swaps
    assert len(found.swaps) == 6


def test_people_refused_in_a_swap_count_in_no_share():
    def refuses_men(table):
        return np.where(_score(table) > table["merit"].to_numpy(), np.nan, _score(table))

    rows = ROWS.filter(pa.array(np.array(ROWS["sex"].to_pylist()) == "f"))
    found = counterfactual_change(_base(rows, refuses_men), "sex", values=["f", "m"])
    assert (found.flipped.value, found.flipped.n) == (None, 0)
    assert _swap(found, "f", "m").refused.value == 1


def test_a_model_that_does_not_use_the_attribute_never_flips():
    found = counterfactual_change(_base(score=lambda table: table["merit"].to_numpy()), "sex")
    assert found.flipped.cases == 0
    assert found.flipped.n == 8


@pytest.mark.parametrize("values", [[True, False], [1, 2], [1.0, 2.0], ["x", "y"]])
def test_the_attribute_may_be_of_any_type(values):
    column = pa.array(values)
    for stored in (column, column.dictionary_encode()):
        rows = pa.table({"sex": stored, "merit": [0.1, 0.9]})
        found = counterfactual_change(_base(rows, lambda table: table["merit"].to_numpy()), "sex")
        assert [each.group for each in found.swaps] == sorted(str(value) for value in values)
        assert all(each.response.flipped.n == 1 for each in found.swaps)


def test_too_few_or_too_many_values_are_refused():
    rows = pa.table({"sex": ["f", "f"], "merit": [0.1, 0.2]})
    with pytest.raises(ValueError, match="expected 'sex' to have 2 to 20 values, got 1"):
        counterfactual_change(_base(rows), "sex")
    rows = pa.table({"sex": ["f"] * 30, "merit": np.arange(30.0)})
    with pytest.raises(ValueError, match="expected 'merit' to have 2 to 20 values, got 30"):
        counterfactual_change(_base(rows), "merit")
