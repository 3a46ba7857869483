"""The manifest of a version that was trained here: everything it rests on."""

from typing import Any

from audits.runs import ingredients
from audits.runs.filing.finished import Finished
from models_registry.models import Snapshot


def of(finished: Finished, snapshot: Snapshot) -> dict[str, Any]:
    """All but the artifacts' digests, which the inventory adds."""
    spec, details, bundle = finished.run.spec, finished.outcome.details, finished.bundle
    return {
        "signature": details["signature"],
        "features": spec["features"],
        "estimator": spec["estimator"],
        "parameters": details["parameters"],
        "mitigation": spec["mitigation"],
        "seed": spec["seed"],
        "training_snapshot": {
            "id": snapshot.pk, "digest": snapshot.digest, "rows": snapshot.rows
        },
        "recipe": ingredients.described(ingredients.recipe_behind(snapshot)),
        "libraries": bundle["libraries"],
        "python": bundle["python"],
        "code_revision": bundle["code_revision"],
    }  # fmt: skip
