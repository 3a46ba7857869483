"""Registered models: entered under a use case, before there is a version."""

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import RegisteredModel, UseCase
from models_registry.services.validation import check_fields, free_slug
from models_registry.states import RiskTier
from people.errors import Conflict
from people.models import User
from trail import services as trail


@transaction.atomic
def create(*, use_case: UseCase, name: str, by: User, description: str = "") -> RegisteredModel:
    """Enter a model. Raises NotPermitted, Conflict (prohibited use) or Malformed."""
    permissions.check_may_own(by, use_case.team, "enter models")
    if use_case.risk_tier == RiskTier.PROHIBITED:
        raise Conflict(f"{use_case} is of a prohibited kind; no model can be entered for it")
    model = RegisteredModel(
        use_case=use_case, name=name, slug=free_slug(RegisteredModel, name),
        description=description, created_by=by,
    )  # fmt: skip
    check_fields(model)
    model.save(force_insert=True)
    detail = {"name": name, "use_case": use_case.slug}
    trail.record(events.MODEL_CREATED, by=by, subject=model, detail=detail)
    return model
