"""Predictions, outcomes and feedback over HTTP. Bringing them in is joined on elsewhere."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.api.desk import Body, Downloads, TeamRows, asking, read
from models_registry.models import Deployment, Feedback, OutcomeBatch, PredictionBatch
from models_registry.services import feedback

_TO_TEAM = "deployment__registered_model__use_case__team"
_LABELLED = ("deployment__version__registered_model", "deployment__environment")


class PredictionBatchSerializer(serializers.ModelSerializer):
    """What a deployment answered, as one segment."""

    deployment_label = serializers.CharField(source="deployment.__str__", read_only=True)

    class Meta:
        model = PredictionBatch
        fields = (
            "id", "deployment", "deployment_label", "source", "digest", "size", "rows",
            "made_by", "received_by", "received_at",
        )  # fmt: skip


class PredictionBatchViewSet(Downloads, TeamRows):
    """Prediction batches; their rows are at `content/`."""

    queryset = PredictionBatch.objects.select_related(
        *_LABELLED, "deployment__registered_model__use_case__team"
    ).order_by("-id")
    serializer_class = PredictionBatchSerializer
    team_path = _TO_TEAM
    filterset_fields = ["deployment", "source", "digest", "made_by"]
    search_fields = ["deployment__registered_model__name"]


class OutcomeBatchSerializer(serializers.ModelSerializer):
    """What really happened, as one segment."""

    deployment_label = serializers.CharField(source="deployment.__str__", read_only=True)

    class Meta:
        model = OutcomeBatch
        fields = (
            "id", "deployment", "deployment_label", "digest", "size", "rows", "received_by",
            "received_at",
        )  # fmt: skip


class OutcomeBatchViewSet(Downloads, TeamRows):
    """Outcome batches; their rows are at `content/`."""

    queryset = OutcomeBatch.objects.select_related(
        *_LABELLED, "deployment__registered_model__use_case__team"
    ).order_by("-id")
    serializer_class = OutcomeBatchSerializer
    team_path = _TO_TEAM
    filterset_fields = ["deployment", "digest"]
    search_fields = ["deployment__registered_model__name"]


class FeedbackSerializer(serializers.ModelSerializer):
    """What somebody says about one prediction."""

    filed_by_name = serializers.CharField(source="filed_by.username", read_only=True)

    class Meta:
        model = Feedback
        fields = (
            "id", "deployment", "prediction_id", "kind", "comment", "filed_by",
            "filed_by_name", "filed_at",
        )  # fmt: skip


class FeedbackBody(Body):
    """What feedback needs; a dispute or comment says something."""

    deployment = serializers.PrimaryKeyRelatedField(
        queryset=Deployment.objects.select_related("registered_model__use_case__team")
    )
    prediction_id = serializers.CharField()
    kind = serializers.CharField()
    comment = serializers.CharField(required=False, allow_blank=True)


class FeedbackViewSet(TeamRows):
    """Feedback on predictions. It is filed, never edited."""

    queryset = Feedback.objects.select_related("filed_by").order_by("-id")
    serializer_class = FeedbackSerializer
    team_path = _TO_TEAM
    filterset_fields = ["deployment", "prediction_id", "kind"]
    search_fields = ["prediction_id", "comment"]

    @extend_schema(request=FeedbackBody, responses={201: FeedbackSerializer})
    def create(self, request: Request) -> Response:
        """File feedback on a prediction."""
        return self.created(feedback.file(by=asking(request), **read(FeedbackBody, request)))
