"""Recipes: declared preparation, known by the digest of its steps."""

from typing import Any

from django.db import transaction

from models_registry import events, permissions
from models_registry.models import Recipe
from models_registry.rules import digests, recipe
from models_registry.services.validation import check_fields, malformed, next_number
from people.models import Team, User
from trail import services as trail


@transaction.atomic
def create(*, team: Team, name: str, steps: list[dict[str, Any]], by: User) -> Recipe:
    """Declare a recipe; under a name that exists it becomes the next number.

    The newest of that name is returned as it is if its steps are the same. Raises NotPermitted,
    or Malformed naming the step.
    """
    permissions.check_may_own(by, team, "declare recipes")
    Team.objects.select_for_update().get(pk=team.pk)
    written, digest = _read(steps)
    same_name = Recipe.objects.filter(team=team, name=name)
    newest = same_name.order_by("-number").first()
    if newest and newest.digest == digest:
        return newest
    declared = Recipe(
        team=team, name=name, number=next_number(same_name), steps=written, digest=digest,
        created_by=by,
    )  # fmt: skip
    check_fields(declared)
    declared.save(force_insert=True)
    detail = {"name": name, "number": declared.number, "digest": digest}
    trail.record(events.RECIPE_CREATED, by=by, subject=declared, detail=detail)
    return declared


def _read(steps: Any) -> tuple[list[dict[str, Any]], str]:
    try:
        written = recipe.canonical(steps)
        return written, digests.of_json(written)
    except ValueError as odd:
        raise malformed("steps", str(odd)) from odd
