"""What a person may see over the API: the rows of their teams, and what binds every team."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from rest_framework.request import Request

from governance.services import subjects
from governance.services.subjects import SubjectRef
from models_registry.models import ModelVersion
from people.models import User
from people.services import roles

Row = TypeVar("Row", bound=Model)


def asker(request: Request) -> User:
    """Who asks. The permission classes have turned everybody else away."""
    assert isinstance(request.user, User)
    return request.user


def to(request: Request, rows: QuerySet[Row], *, team: str = "team") -> QuerySet[Row]:
    """The rows of the teams a person may see; those of no team are for people of any team."""
    teams = roles.visible_teams(asker(request))
    seen = Q(**{f"{team}__in": teams})
    return rows.filter(seen | Q(**{f"{team}__isnull": True}) if teams.exists() else seen)


def subject(request: Request, type: str, id: object) -> SubjectRef:  # noqa: A002
    """A subject the person may see; 404 for one of another team."""
    found = subjects.find(type, id)
    teams = roles.visible_teams(asker(request))
    if not (teams if found.team is None else teams.filter(pk=found.team.pk)).exists():
        raise Http404(f"there is no {type} {id}")
    return found


def version(request: Request, id: object) -> ModelVersion:  # noqa: A002
    """A model version the person may see."""
    subject(request, "model_version", id)
    found: ModelVersion = subjects.row("model_version", id)
    return found
