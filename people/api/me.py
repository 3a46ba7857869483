"""Who is asking, and what they hold."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from people.models import Grant, User
from people.states import Role, Scope


class RoleHeldSerializer(serializers.ModelSerializer[Grant]):
    """One role in one team."""

    team_name = serializers.CharField(source="team.name", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = Grant
        fields = ["team", "team_name", "role"]


class MeSerializer(serializers.ModelSerializer[User]):
    """An account as it sees itself."""

    name = serializers.CharField(source="__str__", read_only=True)
    grants = RoleHeldSerializer(many=True, read_only=True)
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "ref", "username", "name", "kind", "is_superuser", "grants", "scopes"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Scope.choices)))
    def get_scopes(self, user: User) -> list[str]:
        """What the token may be used for; a session may be used for everything."""
        token: Any = self.context["request"].auth
        return list(token.scopes) if token else list(Scope.values)


class MeView(APIView):
    """The account behind the token or the session."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who am I, and what may I do where?"""
        me = User.objects.prefetch_related("grants__team").get(pk=cast(User, request.user).pk)
        return Response(MeSerializer(me, context={"request": request}).data)
