"""The pure rules: the questionnaire, recipe steps, manifests side by side, digests."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.rules import digests, file_kinds, manifest_diff, recipe, risk
from models_registry.states import Part as SnapshotPart
from models_registry.states import RiskTier

KEYS = [question.key for question in risk.QUESTIONS]
answers = st.fixed_dictionaries({key: st.booleans() for key in KEYS})


def test_the_tiers_are_those_the_inventory_knows() -> None:
    assert list(risk.TIERS) == RiskTier.values
    assert {question.tier for question in risk.QUESTIONS} < set(risk.TIERS)


@given(answers, st.sampled_from(KEYS))
def test_a_yes_more_never_lowers_the_tier(given_answers: dict[str, bool], key: str) -> None:
    before = risk.assess(given_answers | {key: False}).tier
    after = risk.assess(given_answers | {key: True}).tier
    assert risk.TIERS.index(after) >= risk.TIERS.index(before)


@given(answers)
def test_the_reason_names_the_tier(given_answers: dict[str, bool]) -> None:
    assessed = risk.assess(given_answers)
    assert assessed.reason.lower().startswith(assessed.tier)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "at least one step"),
        ({"step": "split"}, "valid list"),
        ([{"step": "guess"}], "step 1"),
        ([{"step": "drop_columns"}], r"step 1 \(drop_columns.columns\)"),
        ([{"step": "drop_duplicates"}, {"step": "drop_columns", "columns": [], "x": 1}], "step 2"),
        ([{"step": "keep_range", "column": "a"}], "low, high or both"),
        ([{"step": "keep_range", "column": "a", "low": 2, "high": 1}], "low at most high"),
        ([{"step": "split", "parts": {"train": 0.5, "test": 0.4}}], "add up to 1"),
        ([{"step": "split", "parts": {"test": 0.5, "later": 0.5}}], "a part named train"),
        ([{"step": "split", "parts": {"train": 0.5, "holdout": 0.5}}], "holdout"),
        ([{"step": "set_missing", "columns": {"a": [float("nan")]}}], "step 1"),
    ],
)
def test_steps_that_cannot_be_read_are_named(steps: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        recipe.parse(steps)


def test_after_a_split_only_filling_may_follow() -> None:
    split = {"step": "split", "parts": {"train": 0.5, "test": 0.5}}
    recipe.parse([split, {"step": "impute", "columns": {"a": "mean"}}])
    with pytest.raises(ValueError, match="step 2: expected only impute after a split"):
        recipe.parse([split, {"step": "drop_duplicates"}])
    with pytest.raises(ValueError, match="at most one split"):
        recipe.parse([split, split])


def test_writing_steps_out_twice_changes_nothing() -> None:
    steps = [{"step": "set_missing", "columns": {"a": [666, 999999.375, "x", True]}}]
    assert recipe.canonical(recipe.canonical(steps)) == recipe.canonical(steps)


def test_the_parts_of_a_split_are_those_snapshots_know() -> None:
    assert set(get_args(recipe.PartName)) < set(SnapshotPart.values)


def test_equal_documents_have_equal_digests_whatever_their_order() -> None:
    assert digests.of_json({"a": 1, "b": [1.5]}) == digests.of_json({"b": [1.5], "a": 1})


@given(st.dictionaries(st.text(max_size=5), st.integers(-5, 5) | st.text(max_size=5), max_size=5))
def test_a_manifest_does_not_differ_from_itself(parameters: dict[str, Any]) -> None:
    manifest = {"parameters": parameters}
    assert not any(manifest_diff.between(manifest, manifest).values())


@given(st.binary(min_size=1, max_size=50))
def test_every_file_has_a_kind(head: bytes) -> None:
    assert file_kinds.kind_of(head, head[-8:])
