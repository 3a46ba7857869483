"""What the inventory's viewsets share: the team's rows only, strict bodies, `If-Match`."""

import re
from typing import Any, cast

from django.db.models import Model, QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from models_registry.services import downloads
from people.errors import Malformed
from people.models import User
from people.services import roles

_TAG = re.compile(r'(W/)?"([0-9]{1,18})"')


class Body(serializers.Serializer):
    """What is sent. A key it does not know is refused, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; raises ValidationError naming each unknown key."""
        known = ", ".join(self.fields)
        unknown = set(data) - set(self.fields) if hasattr(data, "keys") else ()
        if unknown:
            raise serializers.ValidationError(
                {key: [f"unknown; expected one of {known}"] for key in sorted(unknown)}
            )
        return super().to_internal_value(data)


class TeamRows(ReadOnlyModelViewSet):
    """Rows of the teams the person may see; `team_path` leads from a row to its team."""

    team_path = "team"

    def get_queryset(self) -> QuerySet[Any]:
        """Nobody is shown what they could not open."""
        teams = roles.visible_teams(asking(self.request))
        return super().get_queryset().filter(**{f"{self.team_path}__in": teams})

    def created(self, row: Model) -> Response:
        """201, and the row as it is shown."""
        return Response(self._shown(row), status=status.HTTP_201_CREATED)

    def changed(self, row: Model) -> Response:
        """200, and the row as it is now."""
        return Response(self._shown(row))

    def _shown(self, row: Model) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=row.pk)).data


class Downloads:
    """`content/`: the stored rows as Parquet. Goes before a viewset of rows that are stored."""

    @extend_schema(responses={(200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filterset_fields=None, pagination_class=None)
    def content(self, request: Request, pk: str) -> FileResponse:
        """The stored Parquet; that it was handed out is recorded in the trail."""
        row = self.get_object()  # type: ignore[attr-defined]
        name = f"{row._meta.model_name}-{row.pk}.parquet"
        stored = downloads.content(row, by=asking(request))
        media_type = "application/vnd.apache.parquet"
        return FileResponse(stored, as_attachment=True, filename=name, content_type=media_type)


def asking(request: Request) -> User:
    """Who asks; that somebody does was checked before."""
    return cast(User, request.user)


def read(body: type[serializers.Serializer], request: Request, *, partial: bool = False) -> Any:
    """What was sent, checked; raises ValidationError."""
    said = body(data=request.data, partial=partial)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)


def revision_seen(request: Request, row: Any) -> int:
    """The revision `If-Match` names; `*` is whatever there is. Raises Malformed."""
    tag = request.headers.get("If-Match", "").strip()
    if tag == "*":
        return int(row.revision)
    if not (found := _TAG.fullmatch(tag)):
        raise Malformed(f'expected If-Match to be a revision such as "3", got {tag[:40]!r}')
    return int(found[2])
