"""Snapshots: the rows of a dataset at one moment, and how they came from others."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Dataset, Lineage, Recipe, Snapshot
from models_registry.services import blobs
from models_registry.services.validation import check_fields, next_number
from models_registry.states import Part
from people.models import User
from trail import services as trail

Parents = Sequence[tuple[Snapshot, Recipe | None]]


@transaction.atomic
def register(
    *,
    dataset: Dataset,
    blob: blobs.Blob,
    rows: int,
    columns: list[dict[str, Any]],
    by: User,
    part: str = Part.RAW,
    made_by: str = "",
    source_name: str = "",
    source_digest: str = "",
    parents: Parents = (),
) -> Snapshot:
    """Register stored Parquet as a dataset's next snapshot. Raises NotPermitted or Malformed."""
    held = Dataset.objects.select_for_update().select_related("team").get(pk=dataset.pk)
    permissions.check_may_govern_data(by, held.team, "register snapshots")
    snapshot = Snapshot(
        dataset=held, number=next_number(held.snapshots.all()), part=part, digest=blob.digest,
        size=blob.size, rows=rows, columns=columns, source_name=source_name,
        source_digest=source_digest, made_by=made_by, created_by=by,
    )  # fmt: skip
    check_fields(snapshot)
    snapshot.save(force_insert=True)
    _say_where_it_came_from(snapshot, parents)
    trail.record(
        events.SNAPSHOT_REGISTERED, by=by, subject=snapshot, detail=_about(snapshot, parents)
    )
    return snapshot


def local_path(snapshot: Snapshot) -> AbstractContextManager[Path]:
    """The stored Parquet as a local file, verified."""
    return blobs.local_path(snapshot.digest)


def _say_where_it_came_from(snapshot: Snapshot, parents: Parents) -> None:
    for parent, recipe in parents:
        Lineage.objects.create(child=snapshot, parent=parent, recipe=recipe)


def _about(snapshot: Snapshot, parents: Parents) -> dict[str, Any]:
    came_from = [
        {"snapshot": parent.digest, "recipe": recipe.digest if recipe else None}
        for parent, recipe in parents
    ]
    return {
        "dataset": snapshot.dataset.slug, "number": snapshot.number, "part": snapshot.part,
        "digest": snapshot.digest, "rows": snapshot.rows, "source_name": snapshot.source_name,
        "source_digest": snapshot.source_digest, "parents": came_from,
        "made_by": snapshot.made_by,
    }  # fmt: skip
