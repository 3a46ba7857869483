"""Feedback: what somebody says about one prediction."""

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Deployment, Feedback
from models_registry.services.validation import check_fields, malformed
from models_registry.states import FeedbackKind
from people.models import User
from trail import services as trail


@transaction.atomic
def file(
    *, deployment: Deployment, prediction_id: str, kind: str, by: User, comment: str = ""
) -> Feedback:
    """File feedback. Raises NotPermitted, or Malformed (a dispute or comment says something)."""
    permissions.check_may_give_feedback(by, deployment.registered_model.use_case.team)
    if kind != FeedbackKind.CONFIRMED and not comment.strip():
        raise malformed("comment", f"expected a comment with feedback of kind {kind}, got none")
    said = Feedback(
        deployment=deployment, prediction_id=prediction_id, kind=kind, comment=comment,
        filed_by=by,
    )  # fmt: skip
    check_fields(said)
    said.save(force_insert=True)
    detail = {"deployment": deployment.pk, "prediction_id": prediction_id, "kind": kind}
    trail.record(events.FEEDBACK_FILED, by=by, subject=said, detail=detail)
    return said
