"""The manifest of a version that was trained here: everything it rests on."""

from typing import Any

from audits.runs.filing.finished import Finished


def of(finished: Finished) -> dict[str, Any]:
    """All but what the inventory adds: model, number, artifacts, training snapshot, recipe."""
    spec, details, bundle = finished.run.spec, finished.outcome.details, finished.bundle
    return {
        "signature": details["signature"],
        "features": spec["features"],
        "estimator": spec["estimator"],
        "parameters": details["parameters"],
        "mitigation": spec["mitigation"],
        "seed": spec["seed"],
        "training_rows": details["training_rows"],
        "libraries": bundle["libraries"],
        "python": bundle["python"],
        "code_revision": bundle["code_revision"],
    }
