"""Monitoring without a reference snapshot: against the validation that was approved."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.jobs.contract import REFERENCE_COUNTS
from audits.services import intake, scheduling
from audits.services.intake import File
from governance.models import ApprovalRequest, Certificate, Evidence, Policy, PolicyVersion
from governance.states import Producer
from models_registry.models import Deployment, Environment, ModelVersion, PredictionBatch
from models_registry.services import deployments
from models_registry.services.deployments import Permit
from people.errors import Malformed

pytestmark = pytest.mark.slow


@pytest.fixture
def version(train_spec, owner, carried_out) -> ModelVersion:
    """A version, trained here."""
    run = carried_out(scheduling.request_run("train", train_spec, by=owner))
    return ModelVersion.objects.get(pk=run.result["version"])


@pytest.fixture
def validated(version, parts, validator, carried_out) -> Evidence:
    """A validation of it, run here."""
    spec = {"version": version.pk, "snapshot": parts["test"].pk}
    run = carried_out(scheduling.request_run("validate", spec, by=validator))
    assert run.state == "succeeded", run.error + run.traceback
    return Evidence.objects.get(pk=run.result["evidence"])


@pytest.fixture
def deployed(version, owner) -> Callable[[list[Evidence]], Deployment]:
    """The version live on a certificate that names the given evidence."""

    def deploy(held: list[Evidence]) -> Deployment:
        certificate = _certificate(version, held, owner)
        permit = Permit(certificate.digest, certificate.expires_at)
        environment, _ = Environment.objects.get_or_create(name="production")
        return deployments.go_live(version, environment, permit=permit, by=owner)

    return deploy


def _certificate(version: ModelVersion, held: list[Evidence], owner: Any) -> Certificate:
    team = version.registered_model.use_case.team
    policy = Policy.objects.create(slug="plain", team=team, created_by=owner)
    drafted = PolicyVersion.objects.create(
        policy=policy, number=1, text="", digest="ab" * 32, document={}, created_by=owner
    )
    about = {
        "subject_type": "model_version",
        "subject_id": str(version.pk),
        "subject_digest": version.manifest_digest,
        "environment": "production",
    }
    request = ApprovalRequest.objects.create(
        team=team,
        subject_label=str(version),
        subject_author=owner,
        requested_by=owner,
        policy_version=drafted,
        **about,
    )
    named = [{"id": e.pk, "kind": e.kind, "digest": e.digest} for e in held]
    now = timezone.now()
    return Certificate.objects.create(
        request=request,
        statement=json.dumps({"evidence": named}),
        digest="cd" * 32,
        signature="00",
        key_id="k",
        issued_at=now,
        expires_at=now + timedelta(days=1),
        **about,
    )


def _answered(deployment: Deployment, owner: Any, carried_out: Any) -> PredictionBatch:
    lines = ["prediction_id,income,debt,history,score,prediction"]
    for i in range(200):
        score = 0.2 + 0.6 * (i % 50) / 50
        lines.append(f"p{i},{40 + i % 50},{10 + i % 20},good,{score},{int(score >= 0.5)}")
    file = File(io.BytesIO("\n".join(lines).encode()), "answers.csv")
    run = carried_out(intake.predictions(deployment.pk, file, by=owner))
    assert run.state == "succeeded", run.error + run.traceback
    return PredictionBatch.objects.get(pk=run.result["batch"])


def test_a_window_is_compared_with_what_was_approved(validated, deployed, owner, carried_out):
    deployment = deployed([validated])
    batch = _answered(deployment, owner, carried_out)
    spec = {"deployment": deployment.pk, "batches": [batch.pk]}
    run = carried_out(scheduling.request_run("monitor", spec, by=owner))
    assert run.state == "succeeded", run.error + run.traceback
    (kept,) = [a for a in validated.attachments if a["name"] == REFERENCE_COUNTS]
    assert run.bundle["inputs"][REFERENCE_COUNTS] == kept["digest"]
    found = Evidence.objects.get(pk=run.result["evidence"])
    assert found.details["reference_is"] == "counts"
    indices = [m for m in found.measures if m["name"] == "population_stability_index"]
    assert {m["slice"]["feature"] for m in indices} >= {"score", "income", "debt", "history"}
    assert any(m["name"] == "estimated_roc_auc" for m in found.measures)


def test_without_an_approved_validation_a_snapshot_must_be_named(deployed, owner, carried_out):
    deployment = deployed([])
    batch = _answered(deployment, owner, carried_out)
    spec = {"deployment": deployment.pk, "batches": [batch.pk]}
    with pytest.raises(Malformed, match="expected a reference snapshot: no validation"):
        scheduling.request_run("monitor", spec, by=owner)


def test_counts_that_somebody_attested_are_no_reference(validated, deployed, owner, carried_out):
    told = Evidence.objects.create(
        kind="validation_run",
        team=validated.team,
        producer=Producer.PERSON,
        digest="ef" * 32,
        measures=[],
        attachments=validated.attachments,
        subject_type=validated.subject_type,
        subject_id=validated.subject_id,
        subject_digest=validated.subject_digest,
        subject_label=validated.subject_label,
        produced_by=f"user:{owner.pk}",
    )
    deployment = deployed([told])
    batch = _answered(deployment, owner, carried_out)
    with pytest.raises(Malformed, match="expected a reference snapshot"):
        scheduling.request_run(
            "monitor", {"deployment": deployment.pk, "batches": [batch.pk]}, by=owner
        )
