"""Prediction batches: what a deployment answered, as one immutable Parquet segment each."""

from typing import Any

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Deployment, PredictionBatch
from models_registry.services.blobs import Blob
from models_registry.services.validation import check_fields
from people.models import User
from trail import services as trail


@transaction.atomic
def file(
    *, deployment: Deployment, blob: Blob, rows: int, source: str, by: User, made_by: str = ""
) -> PredictionBatch:
    """File predictions. Raises NotPermitted or Malformed."""
    team = deployment.registered_model.use_case.team
    permissions.check_may_file_outcomes(by, team)
    batch = PredictionBatch(
        deployment=deployment, digest=blob.digest, size=blob.size, rows=rows, source=source,
        made_by=made_by, received_by=by,
    )  # fmt: skip
    check_fields(batch)
    batch.save(force_insert=True)
    trail.record(events.PREDICTIONS_FILED, by=by, subject=batch, detail=_about(batch))
    return batch


def _about(batch: PredictionBatch) -> dict[str, Any]:
    return {
        "deployment": batch.deployment_id, "digest": batch.digest, "rows": batch.rows,
        "source": batch.source, "made_by": batch.made_by,
    }  # fmt: skip
