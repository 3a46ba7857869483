"""Teams and who holds what in them, for those who may see it."""

from typing import cast

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from people.models import Grant, Team, User
from people.services import roles
from people.states import Role


class MemberSerializer(serializers.ModelSerializer[Grant]):
    """One person in one role."""

    name = serializers.CharField(source="user.__str__", read_only=True)
    username = serializers.CharField(source="user.username", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = Grant
        fields = ["user", "username", "name", "role"]


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A team and its people."""

    members = MemberSerializer(source="grants", many=True, read_only=True)

    class Meta:
        model = Team
        fields = ["id", "name", "slug", "members"]


class TeamViewSet(ReadOnlyModelViewSet[Team]):
    """The teams whose things one sees."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_fields = ["slug"]
    search_fields = ["name"]
    ordering_fields = ["id", "name"]

    def get_queryset(self) -> QuerySet[Team]:
        """Those of the person who asks."""
        if getattr(self, "swagger_fake_view", False):
            return Team.objects.none()
        seen = roles.visible_teams(cast(User, self.request.user))
        return seen.prefetch_related("grants__user")
