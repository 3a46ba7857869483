"""Environments and deployments over HTTP. Going live is joined on by governance."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from models_registry.api.desk import Body, TeamRows, asking, read
from models_registry.models import Deployment, Environment
from models_registry.services import environments


class EnvironmentSerializer(serializers.ModelSerializer):
    """A place where models run."""

    class Meta:
        model = Environment
        fields = ("id", "name", "description")


class EnvironmentBody(Body):
    """What a new environment needs."""

    name = serializers.CharField()
    description = serializers.CharField(required=False, allow_blank=True)


class EnvironmentViewSet(ReadOnlyModelViewSet):
    """Environments belong to no team; everybody sees them."""

    queryset = Environment.objects.order_by("-id")
    serializer_class = EnvironmentSerializer
    filterset_fields = ["name"]
    search_fields = ["name", "description"]

    @extend_schema(request=EnvironmentBody, responses={201: EnvironmentSerializer})
    def create(self, request: Request) -> Response:
        """Set up an environment."""
        made = environments.create(by=asking(request), **read(EnvironmentBody, request))
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class DeploymentSerializer(serializers.ModelSerializer):
    """One version in one environment, from when to when."""

    label = serializers.CharField(source="__str__", read_only=True)  # type: ignore[assignment]
    registered_model_name = serializers.CharField(source="registered_model.name", read_only=True)
    version_number = serializers.IntegerField(source="version.number", read_only=True)
    manifest_digest = serializers.CharField(source="version.manifest_digest", read_only=True)
    environment_name = serializers.CharField(source="environment.name", read_only=True)

    class Meta:
        model = Deployment
        fields = (
            "id", "label", "registered_model", "registered_model_name", "version",
            "version_number", "manifest_digest", "environment", "environment_name", "state",
            "certificate_digest", "started_by", "started_at", "ended_by", "ended_at",
            "end_reason",
        )  # fmt: skip


class DeploymentViewSet(TeamRows):
    """Deployments: a history that is added to, never overwritten."""

    queryset = Deployment.objects.select_related(
        "registered_model", "version__registered_model", "environment"
    ).order_by("-id")
    serializer_class = DeploymentSerializer
    team_path = "registered_model__use_case__team"
    filterset_fields = ["registered_model", "version", "environment", "environment__name", "state"]
    search_fields = ["registered_model__name", "environment__name"]
