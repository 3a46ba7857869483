"""The trail over HTTP, read-only."""

from rest_framework.viewsets import ViewSetMixin

from trail.api.checkpoints import CheckpointViewSet
from trail.api.entries import EntryViewSet
from trail.api.verification import VerificationViewSet

ROUTES: list[tuple[str, type[ViewSetMixin]]] = [
    ("trail/entries", EntryViewSet),
    ("trail/checkpoints", CheckpointViewSet),
    ("trail/verification", VerificationViewSet),
]
urlpatterns: list[object] = []
