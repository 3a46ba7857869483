"""An endpoint of the tests' own, so that what all endpoints share is tested by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import include, path
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from config import routes, urls
from people.models import Team
from people.services import teams
from people.states import Scope

Deed = Callable[[Request], Response]


class ThingSerializer(serializers.ModelSerializer[Team]):
    """A thing; it is a team."""

    class Meta:
        model = Team
        fields = ["id", "name"]


class ThingViewSet(ReadOnlyModelViewSet[Team]):
    """Things."""

    queryset = Team.objects.all()
    serializer_class = ThingSerializer
    ordering_fields = ["id", "name"]
    scopes = {"decide": Scope.DECIDE}
    deed: Deed | None = None

    def create(self, request: Request) -> Response:
        """Do what the test says, or make a team."""
        if ThingViewSet.deed is not None:
            return ThingViewSet.deed(request)
        made = ThingSerializer(data=request.data)
        made.is_valid(raise_exception=True)
        team = teams.create(made.validated_data["name"], by=request.user)
        return Response(ThingSerializer(team).data, status=201, headers={"Location": "/there/"})

    def partial_update(self, request: Request, pk: str) -> Response:
        """Say which state was seen."""
        return Response({"revision": 8, "seen": request.headers["If-Match"]})

    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Needs the scope `decide`."""
        return Response({"decided": pk})


_router = SimpleRouter()
_router.register("things", routes.composed("things", ThingViewSet), basename="things")
urlpatterns = [path("api/v1/", include(_router.urls)), *urls.urlpatterns]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture
def things(settings: Any) -> Iterator[type[ThingViewSet]]:
    """The endpoint, put up for one test."""
    settings.ROOT_URLCONF = __name__
    yield ThingViewSet
    ThingViewSet.deed = None
