"""Snapshots over HTTP. They are made by runs: bringing in a file is joined on elsewhere."""

from typing import Any

from rest_framework import serializers

from models_registry.api.desk import Downloads, TeamRows
from models_registry.models import Lineage, Snapshot


class ParentSerializer(serializers.ModelSerializer):
    """Where a snapshot came from, and by which recipe."""

    snapshot: Any = serializers.PrimaryKeyRelatedField(source="parent", read_only=True)

    class Meta:
        model = Lineage
        fields = ("snapshot", "recipe")


class SnapshotSerializer(serializers.ModelSerializer):
    """A snapshot with its columns and parents."""

    dataset_name = serializers.CharField(source="dataset.name", read_only=True)
    created_by_name = serializers.CharField(source="created_by.username", read_only=True)
    parents = ParentSerializer(source="came_from", many=True, read_only=True)

    class Meta:
        model = Snapshot
        fields = (
            "id", "dataset", "dataset_name", "number", "part", "digest", "size", "rows",
            "columns", "source_name", "source_digest", "parents", "made_by", "created_by",
            "created_by_name", "created_at",
        )  # fmt: skip


class SnapshotViewSet(Downloads, TeamRows):
    """Snapshots: the rows of a dataset at one moment, never changed."""

    queryset = (
        Snapshot.objects.select_related("dataset", "created_by")
        .prefetch_related("came_from")
        .order_by("-id")
    )
    serializer_class = SnapshotSerializer
    team_path = "dataset__team"
    filterset_fields = ["dataset", "part", "digest", "made_by"]
    search_fields = ["dataset__name", "source_name"]
