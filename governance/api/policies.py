"""Policies and their versions over the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.api import visible
from governance.models import Policy, PolicyVersion
from governance.rules.documents import SCHEMA
from governance.services import policies
from people.models import Team
from people.services import roles


class PolicyVersionSerializer(serializers.ModelSerializer):
    """One document, as written and as read (numbers as text)."""

    class Meta:
        model = PolicyVersion
        fields = ["id", "number", "state", "digest", "text", "document", "created_by"]
        fields += ["created_at", "in_force_at"]


class PolicySerializer(serializers.ModelSerializer):
    """A policy with its versions, newest first."""

    team_name = serializers.CharField(source="team.name", read_only=True, default="")
    versions = PolicyVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Policy
        fields = ["id", "slug", "team", "team_name", "standing", "created_by", "created_at"]
        fields += ["versions"]


class DraftSerializer(serializers.Serializer):
    """A policy document; without a team it binds every team."""

    text = serializers.CharField(trim_whitespace=False, max_length=100_000)
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), required=False, allow_null=True
    )

    def validate_team(self, team: Team | None) -> Team | None:
        """A team the person cannot see is not there."""
        if team is not None and team not in roles.visible_teams(self.context["request"].user):
            raise serializers.ValidationError(f"there is no team {team.pk}")
        return team


class PolicyViewSet(ReadOnlyModelViewSet):
    """Policies. A version is drafted here, and comes into force by an approval request."""

    queryset = Policy.objects.select_related("team").prefetch_related("versions").order_by("-id")
    serializer_class = PolicySerializer
    filterset_fields = ["slug", "team", "standing"]
    search_fields = ["slug"]

    def get_queryset(self) -> QuerySet[Policy]:
        """The policies that bind the person's teams."""
        return visible.to(self.request, super().get_queryset())

    @extend_schema(request=DraftSerializer, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Draft a policy, or the next version of one."""
        draft = DraftSerializer(data=request.data, context={"request": request})
        draft.is_valid(raise_exception=True)
        drafted = policies.draft(by=visible.asker(request), **draft.validated_data)
        policy = self.get_queryset().get(pk=drafted.policy_id)
        return Response(self.get_serializer(policy).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={200: dict})
    @action(detail=False, url_path="schema", pagination_class=None, filterset_fields=None)
    def document_schema(self, request: Request) -> Response:
        """The JSON Schema of a policy document."""
        return Response(SCHEMA)
