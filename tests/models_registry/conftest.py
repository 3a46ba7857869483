"""The inventory as the tests find it: stored rows, a model, a version, an environment."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import storages
from django.utils import timezone

from models_registry.models import (
    Dataset,
    Deployment,
    Environment,
    ModelVersion,
    Recipe,
    RegisteredModel,
    Snapshot,
    UseCase,
)
from models_registry.rules import risk
from models_registry.services import (
    blobs,
    datasets,
    deployments,
    environments,
    recipes,
    registered_models,
    snapshots,
    use_cases,
    versions,
)
from models_registry.services.deployments import Permit
from people.models import Team, User

ANSWERS = {question.key: False for question in risk.QUESTIONS}
SIGNATURE = {"features": [{"name": "income", "type": "number"}], "target": "approve"}
STEPS: list[dict[str, Any]] = [{"step": "drop_duplicates"}]
CERTIFICATE = "c" * 64


@pytest.fixture(autouse=True)
def _blobs_of_their_own(settings: Any, tmp_path: Path) -> None:
    location = {"OPTIONS": {"location": tmp_path / "blobs"}}
    settings.STORAGES = settings.STORAGES | {
        "blobs": {"BACKEND": "django.core.files.storage.FileSystemStorage"} | location
    }


def stored_file(digest: str) -> Path:
    """Where the bytes of a digest lie."""
    return Path(storages["blobs"].path(f"{digest[:2]}/{digest[2:4]}/{digest}"))


def parquet_bytes(**columns: list[Any]) -> bytes:
    """A small Parquet file."""
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


def permit(days: int = 30) -> Permit:
    """What governance would give for a version that may run."""
    return Permit(CERTIFICATE, timezone.now() + timedelta(days=days))


@pytest.fixture
def use_case(team: Team, owner: User) -> UseCase:
    """A use case of high risk."""
    return use_cases.create(
        team=team,
        name="Mortgages",
        purpose="Recommend on applications",
        domain="credit",
        jurisdictions=["US"],
        answers=ANSWERS | {"decides_about_people": True},
        by=owner,
    )


@pytest.fixture
def dataset(team: Team, steward: User) -> Dataset:
    """A dataset with a sensitive feature."""
    return datasets.create(
        team=team,
        name="Applications",
        purpose="Train and test",
        target="approve",
        sensitive_features=["race"],
        by=steward,
    )


@pytest.fixture
def snapshot(dataset: Dataset, steward: User) -> Snapshot:
    """Its first snapshot."""
    blob = blobs.put(parquet_bytes(income=[1.0, 2.0], approve=[0, 1]))
    columns = [{"name": "income", "type": "number", "nulls": 0}]
    return snapshots.register(dataset=dataset, blob=blob, rows=2, columns=columns, by=steward)


@pytest.fixture
def recipe(team: Team, owner: User) -> Recipe:
    """A recipe of one step."""
    return recipes.create(team=team, name="Clean", steps=STEPS, by=owner)


@pytest.fixture
def model(use_case: UseCase, owner: User) -> RegisteredModel:
    """A model without a version."""
    return registered_models.create(use_case=use_case, name="Approval", by=owner)


def register_version(model: RegisteredModel, *, by: User, **more: Any) -> ModelVersion:
    """The model's next version."""
    given: dict[str, Any] = {
        "manifest": {"signature": SIGNATURE, "parameters": {"C": 1.0}},
        "artifacts": {"onnx": blobs.put(b"onnx bytes"), "skops": blobs.put(b"skops bytes")},
        "training_snapshot": None,
        "recipe": None,
    }
    return versions.register(registered_model=model, by=by, **given | more)


@pytest.fixture
def version(
    model: RegisteredModel, snapshot: Snapshot, recipe: Recipe, owner: User
) -> ModelVersion:
    """Its first version."""
    return register_version(model, by=owner, training_snapshot=snapshot, recipe=recipe)


@pytest.fixture
def production(operator: User) -> Environment:
    """Where it runs."""
    return environments.create("production", by=operator)


@pytest.fixture
def live(version: ModelVersion, production: Environment, owner: User) -> Deployment:
    """The version, live."""
    return deployments.go_live(version, production, permit=permit(), by=owner)
