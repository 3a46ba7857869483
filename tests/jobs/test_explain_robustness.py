"""What an explanation says of small changes, on models whose answers are known by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest

from audits.jobs import explain
from audits.jobs.contract import Outcome, Refused
from measures.measured import Measured
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


def rates(outcome: Outcome, name: str = "flip_rate") -> dict[tuple[str, str], float | None]:
    """Values by feature and change."""
    return {
        (one.slice.get("feature", ""), one.slice["group"]): one.value
        for one in outcome.measures
        if one.name == name
    }


def named(outcome: Outcome, name: str, **about: str) -> Measured:
    (found,) = [one for one in outcome.measures if (one.name, one.slice) == (name, about)]
    return found


def test_what_the_model_does_not_use_changes_nothing(explained: Explained) -> None:
    flips = rates(explained(known_models.only_income()))
    unused = {about: value for about, value in flips.items() if about[0] not in ("", "income")}
    assert len(unused) == 10
    assert set(unused.values()) == {0.0}


def test_a_number_beyond_its_range_decides_for_everybody_alike(explained: Explained) -> None:
    people = known_models.people()
    poor = float((people["income"].to_numpy() < 50).mean())
    flips = rates(explained(known_models.only_income()))
    assert flips["income", "above range"] == poor
    assert flips["income", "below range"] == 1 - poor


def test_a_score_that_is_no_number_is_a_refusal_and_no_flip(explained: Explained) -> None:
    outcome = explained(known_models.only_income())
    refusals = rates(outcome, "refusal_rate")
    assert refusals["income", "missing"] == 1.0
    assert rates(outcome)["income", "missing"] is None
    assert 0.1 < (refusals["", "missing 0.2"] or 0) < 0.3
    assert rates(outcome)["", "missing 0.2"] == 0.0


def test_a_model_that_refuses_what_it_does_not_know_is_told_so(
    explained: Explained, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = explained(known_models.known_regions_only())
    refusals = rates(outcome, "refusal_rate")
    assert refusals["region", "unseen"] == refusals["region", "missing"] == 1.0
    assert refusals["region", "another category"] == 0.0
    assert rates(outcome)["region", "another category"] == 1.0
    assert rates(outcome)["income", "missing"] == 0.0
    (told,) = [
        one for one in outcome.details["robustness"]["one_input"] if one["change"] == "unseen"
        and one["feature"] == "region"
    ]  # fmt: skip
    assert "Unknown Category" in told["refusal"]
    assert capfd.readouterr().err == ""


def test_everybody_s_decision_changes_with_the_sex_a_model_decides_by(
    explained: Explained,
) -> None:
    outcome = explained(known_models.by_sex(), sensitive=["sex"])
    flipped = named(outcome, "flip_rate", feature="sex", group="any other value")
    assert (flipped.value, flipped.high, flipped.n, flipped.unit) == (1.0, 1.0, 1000, "fraction")
    told = outcome.details["robustness"]
    assert [one["flipped"] for one in told["by_group"]] == [1.0, 1.0]
    women = next(one for one in told["swaps"] if one["group"] == "female")
    assert (women["set_to"], women["to_favourable"], women["to_unfavourable"]) == ("male", 1.0, 0.0)
    assert women["score_change"] == pytest.approx(0.4)


def test_declared_sensitive_features_are_changed_unasked(tmp_path: Path) -> None:
    job = known_models.job(tmp_path, known_models.only_income(), known_models.people())
    job.facts["sensitive_features"] = ["age", "sex"]
    outcome = explain.work(job, quiet)
    assert rates(outcome)["sex", "any other value"] == 0.0
    assert [one["feature"] for one in outcome.details["robustness"]["sensitive"]] == ["sex"]


def test_a_number_of_many_values_is_set_to_three_of_them(explained: Explained) -> None:
    outcome = explained(known_models.only_income(), sensitive=["income"])
    (told,) = outcome.details["robustness"]["sensitive"]
    assert told["set_to"] == ["10.0", "50.0", "89.0"]
    assert outcome.details["robustness"]["by_group"] == []
    assert outcome.details["robustness"]["swaps"] == []
    # whoever has 50 or more is refused with 10, whoever has less is not with 89
    assert rates(outcome)["income", "any other value"] == 1.0


def test_a_sensitive_feature_of_one_value_cannot_be_changed(explained: Explained) -> None:
    people = known_models.people()
    same = people.set_column(people.column_names.index("sex"), "sex", pa.array(["male"] * 1000))
    outcome = explained(known_models.by_sex(), same, sensitive=["sex"])
    assert outcome.details["robustness"]["sensitive"] == []
    assert "sex has no two values here, so it cannot be changed" in outcome.details["not_measured"]


def test_whole_numbers_and_truths_stay_what_they_are(explained: Explained) -> None:
    people = known_models.people()
    whole = people["debt"].to_numpy().astype(np.int64) % 3
    held = people.set_column(people.column_names.index("debt"), "debt", pa.array(whole))
    told = explained(known_models.small_tree(), held, sensitive=["debt"]).details["robustness"]
    assert told["sensitive"][0]["set_to"] == ["0", "1", "2"]
    assert [one["group"] for one in told["by_group"]] == ["0", "1", "2"]


def test_a_sensitive_feature_the_model_is_not_given_is_refused(explained: Explained) -> None:
    with pytest.raises(Refused, match="a feature of the model in sensitive, got 'age'"):
        explained(known_models.only_income(), sensitive=["age"])


def test_the_threshold_of_the_spec_decides_what_flips(explained: Explained) -> None:
    outcome = explained(known_models.by_sex(), threshold=0.8, sensitive=["sex"])
    assert rates(outcome)["sex", "any other value"] == 0.0


def test_a_constant_model_stands_everything(explained: Explained) -> None:
    outcome = explained(known_models.always_the_same())
    assert set(rates(outcome).values()) == {0.0}
    assert {one.value for one in outcome.measures if one.name == "score_sensitivity"} == {0.0}
