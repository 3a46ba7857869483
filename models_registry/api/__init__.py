"""The inventory over HTTP: translate in, one call into a service, translate out."""

from django.urls import URLPattern
from rest_framework.viewsets import ViewSetMixin

from models_registry.api.datasets import DatasetViewSet
from models_registry.api.deployments import DeploymentViewSet, EnvironmentViewSet
from models_registry.api.predictions import (
    FeedbackViewSet,
    OutcomeBatchViewSet,
    PredictionBatchViewSet,
)
from models_registry.api.recipes import RecipeViewSet
from models_registry.api.registered_models import ModelVersionViewSet, RegisteredModelViewSet
from models_registry.api.snapshots import SnapshotViewSet
from models_registry.api.use_cases import UseCaseViewSet

__all__ = ["ROUTES", "urlpatterns"]

ROUTES: list[tuple[str, type[ViewSetMixin]]] = [
    ("use-cases", UseCaseViewSet),
    ("datasets", DatasetViewSet),
    ("snapshots", SnapshotViewSet),
    ("recipes", RecipeViewSet),
    ("models", RegisteredModelViewSet),
    ("model-versions", ModelVersionViewSet),
    ("environments", EnvironmentViewSet),
    ("deployments", DeploymentViewSet),
    ("predictions", PredictionBatchViewSet),
    ("outcomes", OutcomeBatchViewSet),
    ("feedback", FeedbackViewSet),
]

urlpatterns: list[URLPattern] = []
