"""Checkpoints: keep one elsewhere, and nobody can rewrite what it covers unseen."""

from typing import Any

from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from trail.models import Checkpoint


class CheckpointSerializer(serializers.ModelSerializer):
    """Size, root, and the signed note itself."""

    root = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta:
        model = Checkpoint
        fields = ["size", "root", "signed_at", "note"]

    def get_root(self, checkpoint: Checkpoint) -> str:
        """In hexadecimal."""
        return bytes(checkpoint.root).hex()


class CheckpointViewSet(ReadOnlyModelViewSet):
    """Signed statements of the trail's size and root, newest first."""

    queryset = Checkpoint.objects.order_by("-size")
    serializer_class = CheckpointSerializer
    filter_backends: list[Any] = []
    lookup_field = "size"
    lookup_value_regex = "[0-9]{1,18}"
    ordering = "-size"
