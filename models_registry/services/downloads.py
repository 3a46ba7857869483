"""Handing out stored rows: to people of the team, verified, and on record."""

from typing import IO

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import OutcomeBatch, PredictionBatch, Snapshot
from models_registry.services import blobs
from people.models import Team, User
from trail import services as trail

Rows = Snapshot | PredictionBatch | OutcomeBatch


@transaction.atomic
def content(rows: Rows, *, by: User) -> IO[bytes]:
    """The stored Parquet. Raises NotPermitted or StoredBytesDamaged."""
    permissions.check_may_read(by, _team(rows), f"download a {rows._meta.verbose_name}")
    stored = blobs.open(rows.digest)
    detail = {"digest": rows.digest, "size": rows.size}
    trail.record(events.ROWS_DOWNLOADED, by=by, subject=rows, detail=detail)
    return stored


def _team(rows: Rows) -> Team:
    if isinstance(rows, Snapshot):
        return rows.dataset.team
    return rows.deployment.registered_model.use_case.team
