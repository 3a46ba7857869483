"""What is written once stays: the model, its queryset and the database refuse the rest."""

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from models_registry.errors import Immutable
from models_registry.models import (
    Artifact,
    Deployment,
    Lineage,
    ModelVersion,
    Recipe,
    RegisteredModel,
    Snapshot,
)
from models_registry.services import blobs, feedback, outcomes, predictions
from people.models import User


@pytest.fixture
def rows(live: Deployment, snapshot: Snapshot, recipe: Recipe, owner: User) -> list[models.Model]:
    blob = blobs.put(b"segment")
    batch = predictions.file(deployment=live, blob=blob, rows=1, source="live", by=owner)
    outcome = outcomes.file(deployment=live, blob=blob, rows=1, by=owner)
    said = feedback.file(deployment=live, prediction_id="1", kind="confirmed", by=owner)
    artifacts = list(live.version.artifacts.all())
    return [live.version, *artifacts, snapshot, recipe, batch, outcome, said]


def test_no_such_row_is_changed_or_deleted(rows: list[models.Model]) -> None:
    for row in rows:
        everything: Any = type(row)._default_manager.filter(pk=row.pk)
        with pytest.raises(Immutable, match="is never changed; a change is a new row"):
            row.save()
        with pytest.raises(Immutable, match="is never deleted"):
            row.delete()
        with pytest.raises(Immutable):
            everything.update(pk=row.pk)
        with pytest.raises(Immutable):
            everything.delete()


def refused_by_the_database(constraint: str, row: models.Model) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save(force_insert=True)
    assert constraint in str(refused.value) or "UNIQUE" in str(refused.value)


def test_the_database_refuses_a_second_live_deployment(live: Deployment, owner: User) -> None:
    second = Deployment(
        registered_model=live.registered_model, version=live.version, started_by=owner,
        environment=live.environment, certificate_digest="d" * 64,
    )  # fmt: skip
    refused_by_the_database("registry_one_live_deployment_per_model_and_environment", second)


def test_the_database_refuses_a_deployment_without_a_certificate(
    version: ModelVersion, production: Any, owner: User
) -> None:
    bare = Deployment(
        registered_model=version.registered_model, version=version, started_by=owner,
        environment=production, certificate_digest="",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="without_a_certificate"), transaction.atomic():
        bare.save(force_insert=True)


def test_the_database_refuses_an_end_without_a_time(live: Deployment) -> None:
    rows: models.QuerySet[Deployment] = models.QuerySet(Deployment).filter(pk=live.pk)
    with pytest.raises(IntegrityError, match="is_live_or_has_ended"), transaction.atomic():
        rows.update(state="retired")


def test_the_database_refuses_a_repeated_number(version: ModelVersion, owner: User) -> None:
    again = ModelVersion(
        registered_model=version.registered_model, number=version.number, manifest={},
        manifest_digest="0" * 64, created_by=owner,
    )  # fmt: skip
    refused_by_the_database("registry_version_numbers_do_not_repeat", again)


def test_the_database_refuses_two_versions_of_one_run(model: RegisteredModel, owner: User) -> None:
    def version(number: int) -> ModelVersion:
        return ModelVersion(
            registered_model=model, number=number, manifest={}, manifest_digest="0" * 64,
            made_by="run:1", created_by=owner,
        )  # fmt: skip

    version(1).save(force_insert=True)
    refused_by_the_database("registry_a_run_makes_one_version", version(2))


def test_the_database_refuses_a_second_artifact_of_a_format(version: ModelVersion) -> None:
    second = Artifact(version=version, format="onnx", digest="0" * 64, size=1)
    refused_by_the_database("registry_one_artifact_per_version_and_format", second)


def test_the_database_refuses_a_snapshot_that_comes_from_itself(snapshot: Snapshot) -> None:
    with pytest.raises(IntegrityError, match="nothing_comes_from_itself"), transaction.atomic():
        Lineage.objects.create(child=snapshot, parent=snapshot)
