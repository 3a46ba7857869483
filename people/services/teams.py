"""Teams, and who holds which role in them."""

from django.db import transaction
from django.utils.text import slugify

from people import events, permissions
from people.errors import Conflict, Malformed
from people.models import Grant, Team, User
from people.permissions import Actor
from people.states import Role
from trail import services as trail


@transaction.atomic
def create(name: str, *, by: Actor) -> Team:
    """A new team. Raises NotPermitted, Malformed or Conflict."""
    permissions.check_may_manage_people(by, to="create a team")
    name, slug = name.strip(), slugify(name)
    if not slug or len(name) > 100:
        raise Malformed(f"a team's name has 1 to 100 letters or digits, got {name!r}")
    if Team.objects.filter(slug=slug).exists():
        raise Conflict(f"there is a team {name!r} already")
    team = Team.objects.create(name=name, slug=slug)
    trail.record(events.TEAM_CREATED, by=by, subject=team, detail={"name": name})
    return team


@transaction.atomic
def grant(user: User, team: Team, role: str, *, by: Actor) -> Grant:
    """Give somebody a role in a team; a role held already is left as it is."""
    permissions.check_may_grant(by, to=user, team=team)
    given, new = Grant.objects.get_or_create(user=user, team=team, role=_read(role))
    if new:
        _record(events.GRANT_GIVEN, given, by=by)
    return given


@transaction.atomic
def withdraw(user: User, team: Team, role: str, *, by: Actor) -> None:
    """Take a role from somebody. Raises NotPermitted, or Conflict if it is not held."""
    permissions.check_may_grant(by, to=user, team=team)
    given = Grant.objects.filter(user=user, team=team, role=_read(role)).first()
    if given is None:
        raise Conflict(f"{user} does not hold the role {role} in team {team}")
    _record(events.GRANT_WITHDRAWN, given, by=by)
    given.delete()


def _read(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(Role.values)
        raise Malformed(f"expected one of the roles {known}, got {role!r}") from None


def _record(event: str, given: Grant, *, by: Actor) -> None:
    detail = {"user": str(given.user.ref), "team": given.team.slug, "role": given.role}
    trail.record(event, by=by, subject=given.user, detail=detail)
