"""What the trail captures of the registry: everything."""

from trail import services as trail
from trail.services import Governed

DECISIONS = (
    Governed("models_registry.UseCase"),
    Governed("models_registry.Dataset"),
    Governed("models_registry.Recipe"),
    Governed("models_registry.Snapshot"),
    Governed("models_registry.Lineage"),
    Governed("models_registry.RegisteredModel"),
    Governed("models_registry.ModelVersion"),
    Governed("models_registry.Artifact"),
    Governed("models_registry.Environment"),
    Governed("models_registry.Deployment"),
    Governed("models_registry.PredictionBatch"),
    Governed("models_registry.OutcomeBatch"),
    Governed("models_registry.Feedback"),
)

trail.declare(*DECISIONS)
