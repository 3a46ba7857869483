"""Outcome batches: what really happened, as one immutable Parquet segment each."""

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Deployment, OutcomeBatch
from models_registry.services.blobs import Blob
from models_registry.services.validation import check_fields
from people.models import User
from trail import services as trail


@transaction.atomic
def file(*, deployment: Deployment, blob: Blob, rows: int, by: User) -> OutcomeBatch:
    """File outcomes. Raises NotPermitted or Malformed."""
    permissions.check_may_file_outcomes(by, deployment.registered_model.use_case.team)
    batch = OutcomeBatch(
        deployment=deployment, digest=blob.digest, size=blob.size, rows=rows, received_by=by
    )
    check_fields(batch)
    batch.save(force_insert=True)
    detail = {"deployment": deployment.pk, "digest": blob.digest, "rows": rows}
    trail.record(events.OUTCOMES_FILED, by=by, subject=batch, detail=detail)
    return batch
