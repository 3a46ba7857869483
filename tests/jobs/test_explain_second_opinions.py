"""Other ways of asking what a model rests on, where the answer is known by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest

from audits.jobs import explain
from audits.jobs.contract import Outcome
from audits.specs import Explain
from tests.jobs import known_models
from tests.jobs.conftest import quiet

Explained = Callable[..., Outcome]


@pytest.fixture
def explained(tmp_path: Path) -> Explained:
    """A run on a known model; keywords change its spec."""

    def run(nodes: list[onnx.NodeProto], table: pa.Table | None = None, **spec: Any) -> Outcome:
        people = known_models.people() if table is None else table
        return explain.work(known_models.job(tmp_path / "run", nodes, people, **spec), quiet)

    return run


def values(outcome: Outcome, name: str) -> dict[str, Any]:
    return {one.slice.get("feature", ""): one.value for one in outcome.measures if one.name == name}


def test_a_model_of_one_input_rests_on_nothing_else(explained: Explained) -> None:
    outcome = explained(known_models.only_income())
    for name in ("permutation_importance", "mean_absolute_shapley", "score_sensitivity"):
        found = values(outcome, name)
        assert (found.pop("income") or 0) > 0.1
        assert found == {"debt": 0.0, "sex": 0.0, "region": 0.0}
    assert values(outcome, "importance_stability") == {"": 1.0}
    assert outcome.details["stability"]["in_top"] == {"income": 1.0}


def test_a_small_tree_is_reproduced_rule_by_rule(explained: Explained) -> None:
    outcome = explained(known_models.small_tree())
    assert values(outcome, "surrogate_fidelity")[""] == pytest.approx(1, abs=1e-9)
    assert values(outcome, "surrogate_agreement")[""] == 1.0
    rules = outcome.details["surrogate"]["rules"]
    assert [rule["conditions"] for rule in rules] == [
        ["income <= 50.5"],
        ["income > 50.5", "debt > 20.5"],
        ["income > 50.5", "debt <= 20.5"],
    ]
    assert [rule["score"] for rule in rules] == pytest.approx([0.2, 0.6, 0.9])
    assert sum(rule["n"] for rule in rules) == outcome.details["surrogate"]["tested_on"] == 300


def test_cuts_of_one_input_are_told_as_one_condition(explained: Explained) -> None:
    rules = explained(known_models.only_income()).details["surrogate"]["rules"]
    assert all(len(rule["conditions"]) == 1 for rule in rules)
    assert any(" and <= " in rule["conditions"][0] for rule in rules)
    cuts = [rule["conditions"][0].split() for rule in rules]
    lows = [float(cut[2]) for cut in cuts if cut[1] == ">"]
    assert lows == sorted(lows)


def test_inputs_that_move_together_are_shuffled_together_too(explained: Explained) -> None:
    people = known_models.people()
    copied = people.set_column(people.column_names.index("debt"), "debt", people["income"])
    outcome = explained(known_models.income_and_debt(), copied)
    assert outcome.details["moving_together"] == [["income", "debt"]]
    joined = values(outcome, "joint_permutation_importance")
    alone = values(outcome, "permutation_importance")
    assert list(joined) == ["income + debt"]
    assert set(alone) == set(known_models.TYPES)
    # without both, nothing orders people; without one, the copy still does
    assert outcome.details["importance"]["roc_auc"] - joined["income + debt"] == pytest.approx(
        0.5, abs=0.05
    )
    assert max(alone["income"], alone["debt"]) < joined["income + debt"] - 0.1


def test_reasons_name_what_put_people_where_they_are(explained: Explained) -> None:
    outcome = explained(known_models.small_tree())
    told = outcome.details["reasons"]
    assert told["compared_with"] == "people at or just above the threshold"
    assert [one["band"] for one in told["people"]] == ["low"] * 5 + ["middle"] * 5 + ["high"] * 5
    of_low = [one for one in told["reasons"] if one["person"] <= 5]
    assert [one["person"] for one in of_low] == [1, 2, 3, 4, 5]
    assert {one["decision"] for one in told["people"][:5]} == {"unfavourable"}
    for one in of_low:
        assert (one["feature"], one["side"], one["certain"]) == ("income", "below", True)
        # against people with 0.6: what income alone takes is the whole distance, or more
        assert one["contribution"] == pytest.approx(-0.475, abs=0.076)
    best = [one for one in told["reasons"] if one["person"] == 15]
    assert best[0]["feature"] == "debt"
    assert best[0]["contribution"] > 0


def test_how_often_an_input_is_a_reason_is_counted_among_the_refused(
    explained: Explained,
) -> None:
    outcome = explained(known_models.only_income())
    assert values(outcome, "reason_rate") == {"income": 1.0, "debt": 0.0, "sex": 0.0, "region": 0.0}
    assert outcome.details["reasons"]["counted_among"] == 200
    nobody = explained(known_models.only_income(), threshold=0.001)
    assert values(nobody, "reason_rate") == {}
    assert nobody.details["reasons"]["counted_among"] == 0


def test_nobody_s_own_values_stand_in_the_reasons(explained: Explained) -> None:
    people = known_models.people()
    odd = np.where(np.arange(1000) == 3, 98765.0, people["debt"].to_numpy())
    held = people.set_column(people.column_names.index("debt"), "debt", pa.array(odd))
    told = explained(known_models.small_tree(), held).details["reasons"]
    allowed = {"person", "feature", "side", "contribution", "standard_error", "certain"}
    assert all(set(one) == allowed for one in told["reasons"])
    assert "98765" not in json.dumps(told)


def test_where_nobody_passes_people_are_compared_with_all(explained: Explained) -> None:
    told = explained(known_models.always_the_same()).details["reasons"]
    assert told["compared_with"] == "people drawn from all, since nobody passes"
    assert told["reasons"] == []


def test_of_a_constant_model_nothing_is_made_up(explained: Explained) -> None:
    outcome = explained(known_models.always_the_same())
    assert values(outcome, "surrogate_fidelity") == {"": None}
    assert values(outcome, "importance_stability") == {"": None}
    assert set(values(outcome, "permutation_importance").values()) == {0.0}
    json.dumps([outcome.measures, outcome.details], allow_nan=False)


def test_what_few_rows_cannot_say_is_named(explained: Explained) -> None:
    few = known_models.people(24, seed=1)
    outcome = explained(known_models.small_tree(), few)
    assert [said.split(":")[0] for said in outcome.details["not_measured"]] == [
        "a small tree needs at least 30 rows, got 24",
        "half of the rows would have too few people of both classes",
        "Shapley values of 24 rows and 4 inputs cost too much or say too little",
        "reasons need at least 50 rows, got 24",
    ]
    assert set(values(outcome, "permutation_importance")) == set(known_models.TYPES)
    json.dumps([outcome.measures, outcome.details], allow_nan=False)


def test_an_input_nobody_has_is_neither_drawn_nor_a_reason_to_stop(explained: Explained) -> None:
    people = known_models.people()
    for kind in (pa.null(), pa.float64()):
        gone = people.set_column(
            people.column_names.index("debt"), "debt", pa.nulls(len(people), kind)
        )
        outcome = explained(known_models.small_tree(), gone)
        assert "debt" not in outcome.details["partial_dependence"]
        assert values(outcome, "permutation_importance")["debt"] == 0.0
        json.dumps([outcome.measures, outcome.details], allow_nan=False)


def test_old_specs_stay_valid_and_new_fields_are_checked() -> None:
    old = Explain.model_validate({"version": 1, "snapshot": 2, "repeats": 3, "rows": 60, "seed": 4})
    assert (old.threshold, old.standard_error, old.sensitive) == (0.5, 0.005, [])
    for odd in ({"standard_error": 0}, {"threshold": 2}, {"sensitive": ["a"] * 21}):
        with pytest.raises(ValueError, match=next(iter(odd))):
            Explain.model_validate({"version": 1, "snapshot": 2} | odd)
