"""The inventory."""

from models_registry.models.dataset import Dataset, Lineage, Recipe, Snapshot
from models_registry.models.deployment import Deployment, Environment
from models_registry.models.prediction import Feedback, OutcomeBatch, PredictionBatch
from models_registry.models.registered_model import Artifact, ModelVersion, RegisteredModel
from models_registry.models.use_case import UseCase

__all__ = [
    "Artifact",
    "Dataset",
    "Deployment",
    "Environment",
    "Feedback",
    "Lineage",
    "ModelVersion",
    "OutcomeBatch",
    "PredictionBatch",
    "Recipe",
    "RegisteredModel",
    "Snapshot",
    "UseCase",
]
