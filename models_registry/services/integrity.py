"""What the inventory says is stored is stored, byte for byte; its digests are those of its rows."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models

from models_registry.models import (
    Artifact,
    ModelVersion,
    OutcomeBatch,
    PredictionBatch,
    Recipe,
    Snapshot,
)
from models_registry.rules import digests
from models_registry.services import blobs
from trail import services as trail

#: Rows that name stored bytes by `digest` and `size`.
HOLDERS: tuple[type[models.Model], ...] = (Snapshot, Artifact, PredictionBatch, OutcomeBatch)


def stored_bytes() -> Iterator[trail.Fault]:
    """A fault for every row whose bytes are missing, damaged, or of another size."""
    for model in HOLDERS:
        for row in model._default_manager.order_by("pk").iterator():
            yield from _fault(row, _wrong_bytes(row))
    for snapshot in Snapshot.objects.exclude(source_digest="").order_by("pk").iterator():
        if fault := blobs.check(snapshot.source_digest):
            yield trail.Fault(f"snapshot {snapshot.pk}, the file it came from", fault)


def documents() -> Iterator[trail.Fault]:
    """A fault for every manifest and recipe that is not the one its digest names."""
    checks: tuple[tuple[type[models.Model], Callable[[Any], str]], ...] = (
        (ModelVersion, lambda row: _wrong_document(row.manifest, row.manifest_digest)),
        (Recipe, lambda row: _wrong_document(row.steps, row.digest)),
    )
    for model, wrong in checks:
        for row in model._default_manager.order_by("pk").iterator():
            yield from _fault(row, wrong(row))


def _fault(row: models.Model, message: str) -> Iterator[trail.Fault]:
    if message:
        yield trail.Fault(place=f"{row._meta.verbose_name} {row.pk}", message=message)


def _wrong_bytes(row: Any) -> str:
    if fault := blobs.check(row.digest):
        return fault
    stored = blobs.size(row.digest)
    return "" if stored == row.size else f"expected {row.size} bytes, got {stored}"


def _wrong_document(document: Any, digest: str) -> str:
    found = digests.of_json(document)
    return "" if found == digest else f"expected a document with digest {digest}, got {found}"


def register_all() -> None:
    """Have every verification of the trail run these checks too."""
    trail.register_check("stored bytes", stored_bytes)
    trail.register_check("manifests and recipes", documents)
