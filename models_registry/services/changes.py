"""What changed between two versions of a model."""

from typing import Any

from models_registry.models import ModelVersion
from models_registry.rules import manifest_diff
from people.errors import Conflict


def between(old: ModelVersion, new: ModelVersion) -> dict[str, Any]:
    """Changes in data, recipe, parameters, libraries and features, each `{what, old, new}`.

    Raises Conflict if they are not versions of one model.
    """
    if old.registered_model_id != new.registered_model_id:
        raise Conflict(f"expected two versions of one model, got {old} and {new}")
    return manifest_diff.between(old.manifest, new.manifest)
