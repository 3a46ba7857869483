"""From a file to reports, each step in a real child process."""

import io
import json

import pytest

from audits import events
from audits.errors import NotIndependent
from audits.services import intake, scheduling
from audits.services.intake import File
from governance.models import Evidence
from models_registry.models import ModelVersion, Snapshot
from people.errors import Malformed
from tests.audits.conftest import applications, happened

pytestmark = pytest.mark.slow


@pytest.fixture
def version(train_spec, owner, carried_out) -> ModelVersion:
    """A version, trained here."""
    run = carried_out(scheduling.request_run("train", train_spec, by=owner))
    assert run.state == "succeeded", run.error + run.traceback
    return ModelVersion.objects.get(pk=run.result["version"])


def ends_well(run):
    assert run.state == "succeeded", run.error + run.traceback
    return run


def test_a_file_becomes_a_snapshot(raw, dataset):
    assert (raw.rows, raw.dataset, raw.part) == (600, dataset, "raw")
    assert [column["name"] for column in raw.columns][:3] == ["income", "debt", "history"]
    assert raw.made_by.startswith("run:")


def test_a_file_that_cannot_be_read_fails_with_a_sentence(dataset, steward, carried_out):
    file = File(io.BytesIO(b"a,a\n1,2\n"), "twice.csv")
    run = carried_out(intake.snapshot(dataset.pk, file, by=steward))
    assert (run.state, run.attempt) == ("failed", 1)
    assert "a" in run.error
    assert not Snapshot.objects.exists()
    assert happened(events.RUN_FAILED)[0].outcome == "failure"


def test_a_recipe_divides_a_snapshot_and_says_where_the_parts_came_from(parts, raw, recipe):
    assert set(parts) == {"train", "test", "later"}
    assert sum(part.rows for part in parts.values()) == 600
    for part in parts.values():
        (step,) = part.came_from.all()
        assert (step.parent, step.recipe) == (raw, recipe)
        assert Evidence.objects.get(kind="data_lineage", subject_id=str(part.pk))


def test_training_registers_a_version_with_all_it_rests_on(version, parts, recipe):
    manifest = version.manifest
    assert manifest["training_snapshot"] == parts["train"].digest
    assert manifest["recipe"] == recipe.digest
    assert manifest["seed"] == 20261123
    assert manifest["libraries"]["scikit-learn"]
    assert manifest["code_revision"]
    assert set(manifest["artifacts"]) == {"skops", "onnx"}
    evidence = Evidence.objects.get(kind="training_run")
    assert evidence.subject_digest == version.manifest_digest
    assert evidence.report.run.result["version"] == version.pk


def test_the_same_request_gives_the_same_digest(train_spec, owner, carried_out):
    first, second = (
        ends_well(carried_out(scheduling.request_run("train", train_spec, by=owner)))
        for _ in range(2)
    )
    assert first.result_digest == second.result_digest
    assert first.result["version"] != second.result["version"]
    other = carried_out(scheduling.request_run("train", train_spec | {"seed": 7}, by=owner))
    assert other.spec_digest != first.spec_digest


@pytest.mark.parametrize(
    ("kind", "more", "evidence_kind"),
    [
        ("validate", {}, "validation_run"),
        ("fairness", {"sensitive": ["race"]}, "fairness_audit"),
        ("explain", {}, "explainability_report"),
    ],
)  # fmt: skip
def test_each_check_files_evidence_and_a_report(
    kind, more, evidence_kind, version, parts, validator, carried_out
):
    spec = {"version": version.pk, "snapshot": parts["test"].pk} | more
    run = ends_well(carried_out(scheduling.request_run(kind, spec, by=validator)))
    evidence = Evidence.objects.get(pk=run.result["evidence"])
    assert (evidence.kind, evidence.subject_digest) == (evidence_kind, version.manifest_digest)
    assert evidence.measures
    assert evidence.report.pk == run.result["report"]
    assert run.bundle["inputs"]["snapshot"] == parts["test"].digest
    again = ends_well(carried_out(scheduling.request_run(kind, spec, by=validator)))
    assert again.result_digest == run.result_digest


@pytest.mark.parametrize("more", [{"control": ["regon"]}, {"weight": "regon"}])
def test_a_column_that_is_none_is_refused_at_once(more, version, parts, validator):
    spec = {"version": version.pk, "snapshot": parts["test"].pk, "sensitive": ["race"]} | more
    with pytest.raises(Malformed, match="no column 'regon'; it has"):
        scheduling.request_run("fairness", spec, by=validator)


@pytest.mark.parametrize("part", ["train", "raw"])
def test_a_version_is_not_measured_on_rows_it_was_trained_on(part, version, parts, raw, owner):
    seen = {**parts, "raw": raw}[part]
    with pytest.raises(NotIndependent, match="a snapshot it has not seen"):
        scheduling.request_run("validate", {"version": version.pk, "snapshot": seen.pk}, by=owner)


def test_a_version_is_not_measured_on_a_part_of_another_split_of_its_rows(
    version, raw, recipe, owner, carried_out
):
    asked = {"snapshot": raw.pk, "recipe": recipe.pk, "seed": 99}
    again = ends_well(carried_out(scheduling.request_run("prepare", asked, by=owner)))
    spec = {"version": version.pk, "snapshot": again.result["snapshots"]["test"]}
    with pytest.raises(NotIndependent, match="a snapshot it has not seen"):
        scheduling.request_run("validate", spec, by=owner)


def test_a_run_tells_the_trail_what_became_of_it(profile_run, carried_out):
    ends_well(carried_out(profile_run))
    told = [row.event for row in happened_to(profile_run)]
    assert told == [events.RUN_REQUESTED, events.RUN_STARTED, events.RUN_SUCCEEDED]
    detail = json.loads(happened_to(profile_run)[-1].body)["detail"]
    assert detail["result_digest"] == profile_run.result_digest


def happened_to(run):
    from trail.models import InboxRow

    return list(
        InboxRow.objects.filter(
            source="service", subject_type="audits.run", subject_id=str(run.pk)
        ).order_by("pk")
    )


def test_a_file_of_another_shape_is_no_outcome(dataset, steward, carried_out):
    file = File(io.BytesIO(applications(20)), "rows.csv", {"delimiter": ";"})
    run = carried_out(intake.snapshot(dataset.pk, file, by=steward))
    assert run.state == "failed"
    assert run.error
