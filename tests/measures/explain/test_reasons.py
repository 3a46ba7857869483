import numpy as np
import pyarrow as pa
import pytest

from measures.explain.attribution import ShapleyValues
from measures.explain.reasons import (
    just_passing,
    profile_reasons,
    reference_profile,
    shapley_reasons,
)

ROWS = pa.table(
    {
        "income": [18_000, 40_000],
        "debt": [0.6, 0.2],
        "housing": ["rent", "own"],
        "age": [30, 30],
        "months": [None, 7],
        "zone": ["b", "b"],
    }
)


def _found(parts, errors=None):
    values = np.array([parts, [0.0] * len(parts)])
    names = tuple(ROWS.column_names)
    return ShapleyValues(names, values, errors, 0.5, 0.5 + values.sum(axis=1))


def test_the_strongest_against_come_first_and_never_what_spoke_for():
    found = shapley_reasons(_found([-0.2, -0.3, -0.1, 0.4, 0.0, -0.05]), ROWS, 0)
    assert [each.feature for each in found] == ["debt", "income", "housing", "zone"]
    assert shapley_reasons(_found([-0.2, -0.3, 0, 0, 0, 0]), ROWS, 0, most=1)[0].feature == "debt"
    assert shapley_reasons(_found([-0.2] * 6), ROWS, 1) == ()


def test_equal_reasons_go_by_name():
    found = shapley_reasons(_found([-0.1] * 6), ROWS, 0)
    assert [each.feature for each in found] == ["age", "debt", "housing", "income"]


def test_reasons_say_the_value_and_the_direction():
    typical = {"income": 41_000, "debt": 0.25, "housing": "own", "months": 7, "zone": "b"}
    found = shapley_reasons(
        _found([-0.2, -0.3, -0.1, 0, -0.05, -0.01]), ROWS, 0, reference=typical, most=9
    )
    assert [each.text for each in found] == [
        "debt (0.6, above 0.25) lowered the score by 0.3",
        "income (18000, below 41000) lowered the score by 0.2",
        "housing (rent, not own) lowered the score by 0.1",
        "months (missing, not 7) lowered the score by 0.05",
        "zone (b) lowered the score by 0.01",
    ]


def test_a_contribution_within_its_error_of_nothing_is_not_certain():
    errors = np.full((2, 6), 0.1)
    found = shapley_reasons(_found([-0.3, -0.1, 0, 0, 0, 0], errors), ROWS, 0)
    assert [(each.feature, each.certain) for each in found] == [("income", True), ("debt", False)]


def test_against_a_profile_a_feature_counts_what_its_value_costs():
    def score(table):
        own = np.array([each == "own" for each in table["housing"].to_pylist()])
        return table["income"].to_numpy() / 100_000 + own * 0.2 - table["debt"].to_numpy() * 0.1

    typical = {"income": 40_000, "housing": "own", "debt": 0.7, "age": 45}
    calls = []
    found = profile_reasons(
        lambda table: calls.append(1) or score(table), ROWS.slice(0, 1), typical
    )
    assert [(each.feature, round(each.contribution, 9)) for each in found] == [
        ("income", -0.22),
        ("housing", -0.2),
    ]
    assert calls == [1]


def test_a_profile_takes_the_middle_and_the_most_frequent():
    rows = pa.table(
        {
            "n": [4, 1, None, 3, 2],
            "x": [float("nan"), 1.0, 9.0, 5.0, None],
            "kind": pa.array(["b", "a", "b", "a", None]).dictionary_encode(),
            "flag": [True, True, False, None, None],
            "never": pa.array([None] * 5, pa.float64()),
        }
    )
    assert reference_profile(rows) == {"n": 2, "x": 5.0, "kind": "a", "flag": True}


def test_those_just_passing_are_the_lowest_share_of_the_passing():
    scores = np.array([0.9, 0.5, 0.4, 0.6, 0.5, 0.7, 0.8, 0.49, 0.55, 0.65, 0.75, 0.85])
    assert just_passing(scores, 0.5).tolist() == [1, 4]  # a tie with the lowest is in
    assert just_passing(scores, 0.5, share=0.3).tolist() == [1, 4, 8]
    with pytest.raises(ValueError, match=r"expected somebody at or above 0.95, got nobody"):
        just_passing(scores, 0.95)


def test_there_must_be_one_such_row():
    with pytest.raises(ValueError, match=r"row must be within \[0, 1\], got 2"):
        shapley_reasons(_found([0.0] * 6), ROWS, 2)
    with pytest.raises(ValueError, match="expected one row to give reasons for, got 2"):
        profile_reasons(lambda table: np.zeros(table.num_rows), ROWS, {"age": 1})
