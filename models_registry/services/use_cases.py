"""Use cases: entered with answers from which their risk tier follows."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import UseCase
from models_registry.rules import risk
from models_registry.services.validation import (
    change,
    check_fields,
    check_words,
    free_slug,
    malformed,
)
from models_registry.states import RiskTier
from people.models import Team, User
from trail import services as trail

CHANGEABLE = ("name", "purpose", "domain", "jurisdictions", "answers")


@transaction.atomic
def create(
    *,
    team: Team,
    name: str,
    purpose: str,
    domain: str,
    jurisdictions: list[str],
    answers: Mapping[str, bool],
    by: User,
) -> UseCase:
    """Enter a use case. Raises NotPermitted, or Malformed naming the field."""
    permissions.check_may_own(by, team, "enter use cases")
    use_case = UseCase(
        team=team, name=name, purpose=purpose, domain=domain, jurisdictions=jurisdictions,
        answers=answers, slug=free_slug(UseCase, name), created_by=by,
    )  # fmt: skip
    reason = _settle(use_case)
    use_case.save(force_insert=True)
    _record(events.USE_CASE_CREATED, use_case, by, {"name": name, "reason": reason})
    return use_case


@transaction.atomic
def update(use_case: UseCase, *, revision: int, by: User, **changes: Any) -> UseCase:
    """Change a use case that still is at `revision`.

    Raises NotPermitted, LostUpdate, or Malformed naming the field.
    """
    held = UseCase.objects.select_for_update().select_related("team").get(pk=use_case.pk)
    permissions.check_may_own(by, held.team, "change use cases")
    change(held, changes, revision=revision, allowed=CHANGEABLE)
    reason = _settle(held)
    held.save()
    _record(events.USE_CASE_UPDATED, held, by, {"changed": sorted(changes), "reason": reason})
    return held


def questionnaire() -> dict[str, Any]:
    """The questions to be answered, and the tier a yes to each leads to."""
    questions = [
        {"key": question.key, "text": question.text, "tier_if_yes": question.tier}
        for question in risk.QUESTIONS
    ]
    return {"version": risk.VERSION, "questions": questions}


def risk_reason(use_case: UseCase) -> str:
    """Why the use case has its tier."""
    return risk.assess(use_case.answers).reason


def _settle(use_case: UseCase) -> str:
    """Work out the tier and check every field; returns why the tier is what it is."""
    try:
        assessed = risk.assess(use_case.answers)
    except ValueError as odd:
        raise malformed("answers", str(odd)) from odd
    use_case.questionnaire, use_case.risk_tier = risk.VERSION, RiskTier(assessed.tier)
    check_words("jurisdictions", use_case.jurisdictions)
    check_fields(use_case)
    return assessed.reason


def _record(event: str, use_case: UseCase, by: User, detail: dict[str, Any]) -> None:
    about = {"risk_tier": use_case.risk_tier, "revision": use_case.revision}
    trail.record(event, by=by, subject=use_case, detail=detail | about)
