"""People over HTTP: oneself, one's tokens, the teams one sees."""

from typing import Any

from django.urls import path

from people.api.me import MeView
from people.api.teams import TeamViewSet
from people.api.tokens import TokenViewSet

__all__ = ["ROUTES", "urlpatterns"]

ROUTES: list[tuple[str, Any]] = [("tokens", TokenViewSet), ("teams", TeamViewSet)]
urlpatterns = [path("me/", MeView.as_view(), name="me")]
