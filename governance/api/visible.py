"""What a person may see over the API: the rows of their teams, and what binds every team."""

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from rest_framework.request import Request

from governance.services import subjects
from governance.services.subjects import SubjectRef
from people.models import User
from people.services import roles


def to(user: User, rows: QuerySet, *, team: str = "team") -> QuerySet:
    """The rows of the teams a person may see; those of no team are everybody's."""
    seen = Q(**{f"{team}__in": roles.visible_teams(user)}) | Q(**{f"{team}__isnull": True})
    return rows.filter(seen)


def subject(request: Request, type: str, id: object) -> SubjectRef:  # noqa: A002
    """A subject the person may see; 404 for one of another team."""
    found = subjects.find(type, id)
    if found.team is not None and found.team not in roles.visible_teams(request.user):
        raise Http404(f"there is no {type} {id}")
    return found


def row(request: Request, type: str, id: object) -> Model:  # noqa: A002
    """The row of a subject the person may see."""
    subject(request, type, id)
    found: Model = subjects.row(type, id)
    return found
