"""A deployment answers only while the gate is open: when it is asked, and when it works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.errors import GateClosed
from audits.models import Run
from audits.services import scheduling
from models_registry.models import Deployment, Environment, ModelVersion, PredictionBatch
from models_registry.services import deployments
from models_registry.services.deployments import Permit

ROW = {"income": 60.0, "debt": 20.0, "history": "good"}


@pytest.fixture
def uncertified(train_spec, owner, carried_out) -> Deployment:
    """A deployment that came about past the gate, on a certificate nobody issued."""
    run = carried_out(scheduling.request_run("train", train_spec, by=owner))
    version = ModelVersion.objects.get(pk=run.result["version"])
    environment, _ = Environment.objects.get_or_create(name="production")
    permit = Permit("ab" * 32, timezone.now() + timedelta(days=1))
    return deployments.go_live(version, environment, permit=permit, by=owner)


def test_predictions_without_a_valid_certificate_are_refused_when_asked_for(uncertified, owner):
    before = Run.objects.count()
    with pytest.raises(GateClosed, match="may not answer: no certificate"):
        scheduling.request_run("predict", {"deployment": uncertified.pk, "rows": [ROW]}, by=owner)
    assert Run.objects.count() == before


def test_over_the_api_that_is_a_conflict(uncertified, owner, api):
    sent = {"deployment": uncertified.pk, "rows": [ROW]}
    answer = api(owner).post("/api/v1/predictions/", sent)
    assert answer.status_code == 409
    assert "certificate" in answer.json()["detail"]


def test_a_certificate_that_went_in_between_stops_the_run(uncertified, owner, team, carried_out):
    """As if it had been valid when the run was asked for."""
    waiting = Run.objects.create(
        kind="predict",
        team=team,
        spec={"deployment": uncertified.pk, "rows": [ROW], "snapshot": None},
        spec_digest="cd" * 32,
        subject_type="deployment",
        subject_id=str(uncertified.pk),
        subject_label=str(uncertified),
        requested_by=owner,
    )
    run = carried_out(waiting)
    assert run.state == "failed"
    assert "may not answer" in run.error
    assert not PredictionBatch.objects.exists()
