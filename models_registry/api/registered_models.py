"""Registered models and their versions over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.api.desk import Body, TeamRows, asking, read
from models_registry.models import Artifact, ModelVersion, RegisteredModel, UseCase
from models_registry.services import registered_models


class RegisteredModelSerializer(serializers.ModelSerializer):
    """A model under its use case."""

    use_case_name = serializers.CharField(source="use_case.name", read_only=True)
    created_by_name = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = RegisteredModel
        fields = (
            "id", "use_case", "use_case_name", "name", "slug", "description", "task",
            "created_by", "created_by_name", "created_at",
        )  # fmt: skip


class RegisteredModelBody(Body):
    """What a new model needs."""

    use_case = serializers.PrimaryKeyRelatedField(queryset=UseCase.objects.select_related("team"))
    name = serializers.CharField()
    description = serializers.CharField(required=False, allow_blank=True)


class RegisteredModelViewSet(TeamRows):
    """Models as people speak of them; what is judged and deployed are their versions."""

    queryset = RegisteredModel.objects.select_related("use_case", "created_by").order_by("-id")
    serializer_class = RegisteredModelSerializer
    team_path = "use_case__team"
    filterset_fields = ["use_case", "task", "slug"]
    search_fields = ["name", "description"]

    @extend_schema(request=RegisteredModelBody, responses={201: RegisteredModelSerializer})
    def create(self, request: Request) -> Response:
        """Enter a model. 409 if its use case is of a prohibited kind."""
        said = read(RegisteredModelBody, request)
        return self.created(registered_models.create(by=asking(request), **said))


class ArtifactSerializer(serializers.ModelSerializer):
    """The bytes of a version in one format."""

    class Meta:
        model = Artifact
        fields = ("format", "digest", "size")


class ModelVersionSerializer(serializers.ModelSerializer):
    """A version with its manifest and artifacts."""

    label = serializers.CharField(source="__str__", read_only=True)  # type: ignore[assignment]
    registered_model_name = serializers.CharField(source="registered_model.name", read_only=True)
    created_by_name = serializers.CharField(source="created_by.username", read_only=True)
    artifacts = ArtifactSerializer(many=True, read_only=True)

    class Meta:
        model = ModelVersion
        fields = (
            "id", "label", "registered_model", "registered_model_name", "number",
            "manifest_digest", "manifest", "artifacts", "training_snapshot", "recipe", "note",
            "made_by", "created_by", "created_by_name", "created_at",
        )  # fmt: skip


class ModelVersionViewSet(TeamRows):
    """Versions: made by training runs, never changed."""

    queryset = (
        ModelVersion.objects.select_related("registered_model", "created_by")
        .prefetch_related("artifacts")
        .order_by("-id")
    )
    serializer_class = ModelVersionSerializer
    team_path = "registered_model__use_case__team"
    filterset_fields = [
        "registered_model", "number", "manifest_digest", "training_snapshot", "recipe", "made_by",
    ]  # fmt: skip
    search_fields = ["registered_model__name", "note"]
