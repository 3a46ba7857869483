"""Datasets over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.api.desk import Body, TeamRows, asking, read, revision_seen
from models_registry.models import Dataset
from models_registry.services import datasets
from people.models import Team


class DatasetSerializer(serializers.ModelSerializer):
    """A dataset, and why it may be used."""

    team_name = serializers.CharField(source="team.name", read_only=True)
    created_by_name = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = Dataset
        fields = (
            "id", "team", "team_name", "name", "slug", *datasets.CHANGEABLE[1:],
            "created_by", "created_by_name", "created_at", "revision",
        )  # fmt: skip


class DatasetChanges(Body):
    """What can be changed of a dataset."""

    name = serializers.CharField()
    purpose = serializers.CharField()
    description = serializers.CharField(required=False, allow_blank=True)
    lawful_basis = serializers.CharField(required=False, allow_blank=True)
    licence = serializers.CharField(required=False, allow_blank=True)
    retention_days = serializers.IntegerField(required=False, allow_null=True)
    classification = serializers.CharField(required=False)
    target = serializers.CharField(required=False, allow_blank=True)
    sensitive_features = serializers.ListField(child=serializers.CharField(), required=False)


class DatasetBody(DatasetChanges):
    """What a new dataset needs."""

    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all())


class DatasetViewSet(TeamRows):
    """Datasets: where rows come from. Their rows are snapshots."""

    queryset = Dataset.objects.select_related("team", "created_by").order_by("-id")
    serializer_class = DatasetSerializer
    filterset_fields = ["team", "classification", "slug"]
    search_fields = ["name", "purpose", "description"]

    @extend_schema(request=DatasetBody, responses={201: DatasetSerializer})
    def create(self, request: Request) -> Response:
        """Enter a dataset."""
        return self.created(datasets.create(by=asking(request), **read(DatasetBody, request)))

    @extend_schema(request=DatasetChanges(partial=True), responses=DatasetSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a dataset. `If-Match` names the revision seen; 412 if there is a newer one."""
        dataset = self.get_object()
        changes = read(DatasetChanges, request, partial=True)
        seen = revision_seen(request, dataset)
        return self.changed(datasets.update(dataset, revision=seen, by=asking(request), **changes))
