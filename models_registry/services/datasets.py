"""Datasets: where rows come from, and why they may be used."""

from typing import Any

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Dataset
from models_registry.services.validation import (
    change,
    check_fields,
    check_words,
    free_slug,
    malformed,
)
from models_registry.states import Classification
from people.models import Team, User
from trail import services as trail

CHANGEABLE = (
    "name", "description", "purpose", "lawful_basis", "licence", "retention_days",
    "classification", "target", "sensitive_features",
)  # fmt: skip


@transaction.atomic
def create(
    *,
    team: Team,
    name: str,
    purpose: str,
    by: User,
    description: str = "",
    lawful_basis: str = "",
    licence: str = "",
    retention_days: int | None = None,
    classification: str = Classification.CONFIDENTIAL,
    target: str = "",
    sensitive_features: list[str] | None = None,
) -> Dataset:
    """Enter a dataset. Raises NotPermitted, or Malformed naming the field."""
    permissions.check_may_govern_data(by, team, "enter datasets")
    dataset = Dataset(
        team=team, name=name, slug=free_slug(Dataset, name), description=description,
        purpose=purpose, lawful_basis=lawful_basis, licence=licence,
        retention_days=retention_days, classification=classification, target=target,
        sensitive_features=sensitive_features or [], created_by=by,
    )  # fmt: skip
    _check(dataset)
    dataset.save(force_insert=True)
    trail.record(events.DATASET_CREATED, by=by, subject=dataset, detail=_about(dataset))
    return dataset


@transaction.atomic
def update(dataset: Dataset, *, revision: int, by: User, **changes: Any) -> Dataset:
    """Change a dataset that still is at `revision`.

    Raises NotPermitted, LostUpdate, or Malformed naming the field.
    """
    held = Dataset.objects.select_for_update().select_related("team").get(pk=dataset.pk)
    permissions.check_may_govern_data(by, held.team, "change datasets")
    change(held, changes, revision=revision, allowed=CHANGEABLE)
    _check(held)
    held.save()
    about = _about(held) | {"changed": sorted(changes)}
    trail.record(events.DATASET_UPDATED, by=by, subject=held, detail=about)
    return held


def _check(dataset: Dataset) -> None:
    check_words("sensitive_features", dataset.sensitive_features)
    if dataset.target and dataset.target in dataset.sensitive_features:
        raise malformed(
            "sensitive_features", f"the target {dataset.target} cannot be a sensitive feature too"
        )
    check_fields(dataset)


def _about(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "classification": dataset.classification,
        "revision": dataset.revision,
    }
