"""Going live and taking down over the API, and what changed between two versions."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api import visible
from governance.services import changes, releases
from models_registry.models import Deployment, Environment
from models_registry.states import DeploymentState


class GoLiveSerializer(serializers.Serializer):
    """Which version goes live where."""

    version = serializers.CharField()
    environment = serializers.SlugField()


class EndSerializer(serializers.Serializer):
    """Why it is taken down."""

    reason = serializers.CharField()


class DeploymentActions:
    """What is done to deployments; joined with the registry's viewset that shows them."""

    @extend_schema(request=GoLiveSerializer)
    def create(self, request: Request) -> Response:
        """Put a version live. 409 says why the gate is closed."""
        asked = _read(GoLiveSerializer, request)
        version = visible.version(request, asked["version"])
        environment = Environment.objects.filter(name=asked["environment"]).first()
        if environment is None:
            raise Http404(f"there is no environment {asked['environment']}")
        live = releases.go_live(version, environment, by=visible.asker(request))
        return self._told(live, status.HTTP_201_CREATED)

    @extend_schema(request=EndSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Take the deployment down for good."""
        reason = _read(EndSerializer, request)["reason"]
        ended = releases.end(
            self.get_object(),  # type: ignore[attr-defined]
            DeploymentState.RETIRED,
            by=visible.asker(request),
            reason=reason,
        )
        return self._told(ended)

    @extend_schema(request=EndSerializer)
    @action(detail=True, methods=["post"], url_path="roll-back")
    def roll_back(self, request: Request, pk: str) -> Response:
        """Go back to the version that was live before; answers with its new deployment."""
        reason = _read(EndSerializer, request)["reason"]
        held = self.get_object()  # type: ignore[attr-defined]
        return self._told(releases.roll_back(held, by=visible.asker(request), reason=reason))

    def _told(self, deployment: Deployment, code: int = status.HTTP_200_OK) -> Response:
        """As the registry's viewset shows it."""
        fresh = self.get_queryset().get(pk=deployment.pk)  # type: ignore[attr-defined]
        return Response(self.get_serializer(fresh).data, status=code)  # type: ignore[attr-defined]


class ResultSerializer(serializers.Serializer):
    """One measure of one slice, before and after (numbers as text)."""

    kind = serializers.CharField()
    measure = serializers.CharField()
    feature = serializers.CharField()
    group = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)


class ChangeRecordSerializer(serializers.Serializer):
    """What differs between two versions of one model."""

    old = serializers.IntegerField(source="old.pk")
    new = serializers.IntegerField(source="new.pk")
    old_label = serializers.CharField(source="old.__str__")
    new_label = serializers.CharField(source="new.__str__")
    manifest = serializers.JSONField()
    results = ResultSerializer(many=True)


class ChangeRecordView(APIView):
    """Data, recipe, parameters, libraries, features and results that changed."""

    @extend_schema(
        parameters=[
            OpenApiParameter("old", int, required=True),
            OpenApiParameter("new", int, required=True),
        ],
        responses={200: ChangeRecordSerializer},
    )
    def get(self, request: Request) -> Response:
        """Between the versions `old` and `new`."""
        asked = (request.query_params.get(name, "") for name in ("old", "new"))
        old, new = (visible.version(request, pk) for pk in asked)
        return Response(ChangeRecordSerializer(changes.record(old, new)).data)


def _read(form: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    said = form(data=request.data)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)
