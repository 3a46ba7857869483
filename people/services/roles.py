"""Who holds which role where. A superuser reads everything but decides nothing unasked."""

from django.db.models import QuerySet

from people.errors import NotPermitted
from people.models import Grant, Team, User
from people.states import Role


def held(user: User, team: Team) -> list[Role]:
    """The roles somebody holds in a team, in the order of `Role`."""
    if not user.is_active:
        return []
    names = set(Grant.objects.filter(user=user, team=team).values_list("role", flat=True))
    return [role for role in Role if role in names]


def holds(user: User, role: Role, team: Team) -> bool:
    """Whether somebody holds this role in this team."""
    return role in held(user, team)


def check(user: User, *any_of: Role, team: Team, to: str) -> Role:
    """The first of these roles the person holds; raises NotPermitted, saying what is needed."""
    has = held(user, team)
    for role in any_of:
        if role in has:
            return role
    raise NotPermitted(
        f"{user} may not {to}: that needs the role {_listed(any_of, 'or')} in team {team};"
        f" {user} holds {_listed(has, 'and') or 'none there'}"
    )


def reads_everything(user: User) -> bool:
    """Whether somebody sees every team: a superuser, or an auditor of any team."""
    if not user.is_active:
        return False
    return user.is_superuser or Grant.objects.filter(user=user, role=Role.AUDITOR).exists()


def visible_teams(user: User) -> QuerySet[Team]:
    """The teams whose things somebody sees."""
    if reads_everything(user):
        return Team.objects.all()
    if not user.is_active:
        return Team.objects.none()
    return Team.objects.filter(pk__in=Grant.objects.filter(user=user).values("team"))


def sees(user: User, team: Team) -> bool:
    """Whether somebody sees the things of this team."""
    return visible_teams(user).filter(pk=team.pk).exists()


def _listed(roles: tuple[Role, ...] | list[Role], last: str) -> str:
    names = [role.value for role in roles]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
