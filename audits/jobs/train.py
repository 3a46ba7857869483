"""Training: from a prepared snapshot and a specification to a model and its exports.

Promises that the same rows, specification and seed give the same files, byte for byte, and
that no declared sensitive feature is an input of the model.
"""

from importlib import metadata
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline

from audits.jobs import parquet
from audits.jobs.contract import Job, Outcome, Product, Refused, Tell
from audits.jobs.training import export, inputs, mitigation, pipeline
from audits.jobs.training.inputs import Inputs
from measures.intervals.wilson import wilson_interval
from measures.measured import Measured

LIBRARIES = ("scikit-learn", "fairlearn", "numpy", "pandas", "pyarrow", "skops", "skl2onnx", "onnx")

#: How many rows a deployment is tried with before it goes live.
SMOKE_ROWS = 5


def work(job: Job, tell: Tell) -> Outcome:
    """Train, export both ways, and say what was done. Raises Refused on unusable input."""
    tell(0.05, "Reading the training rows")
    table = parquet.read(job.inputs["snapshot"])
    given = inputs.read(job, table)
    tell(0.15, f"Training on {len(given.target)} rows and {len(given.features)} features")
    fitted, grid = _fit(job, table, given, tell)
    tell(0.8, "Exporting the model")
    return _exported(job, table, given, fitted, grid)


def signature_of(job: Job, given: Inputs) -> dict[str, Any]:
    """What the model takes and gives."""
    return {
        "features": given.features,
        "target": job.spec["target"],
        "favourable": job.spec["favourable"],
        "classes": given.classes,
        "output": "probability of the favourable outcome",
    }


def _fit(
    job: Job, table: pa.Table, given: Inputs, tell: Tell
) -> tuple[Pipeline, list[mitigation.GridPoint]]:
    spec = job.spec
    built = pipeline.build(spec["estimator"], spec["parameters"], given.features, seed=spec["seed"])
    wanted = spec.get("mitigation")
    if wanted is None:
        return _fitted(built, given), []
    groups = inputs.groups(table, wanted["sensitive"])
    tell(0.2, f"Searching {wanted['grid_size']} trade-offs for {wanted['sensitive']}")
    points = mitigation.search(built, given, groups, wanted)
    return mitigation.choose(points).pipeline, points


def _fitted(built: Pipeline, given: Inputs) -> Pipeline:
    try:
        return built.fit(given.frame, given.target)
    except (ValueError, ConvergenceWarning) as refused:
        raise Refused(f"the estimator refused the rows or its parameters: {refused}") from refused


def _exported(
    job: Job, table: pa.Table, given: Inputs, fitted: Pipeline, grid: list[mitigation.GridPoint]
) -> Outcome:
    skops_path, onnx_path = job.folder / "model.skops", job.folder / "model.onnx"
    signature = signature_of(job, given)
    export.to_skops(fitted, skops_path)
    export.to_onnx_file(fitted, given, onnx_path)
    difference = export.largest_difference(fitted, given, onnx_path, table, signature)
    scores = fitted.predict_proba(given.frame)[:, 1]
    details = {
        "signature": signature,
        "estimator": job.spec["estimator"],
        "parameters": dict(job.spec["parameters"]),
        "mitigation": _mitigation(job, grid),
        "mitigation_grid": [point.as_row() for point in grid],
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "training_rows": len(given.target),
        "training_positives": int(given.target.sum()),
        "onnx_largest_difference": difference,
        "smoke": _smoke(table, given, scores),
    }
    products = (
        Product("model.skops", skops_path, "application/octet-stream"),
        Product("model.onnx", onnx_path, "application/octet-stream"),
    )
    return Outcome(_measures(given, scores), details, products)


def _mitigation(job: Job, grid: list[mitigation.GridPoint]) -> dict[str, Any] | None:
    if not grid:
        return None
    return dict(job.spec["mitigation"]) | {
        "chosen": mitigation.choose(grid).number,
        "tolerance": mitigation.TOLERANCE,
        "needs_sensitive_feature_to_predict": False,
    }


def _smoke(table: pa.Table, given: Inputs, scores: np.ndarray) -> dict[str, Any]:
    names = [feature["name"] for feature in given.features]
    rows = table.select(names).slice(0, SMOKE_ROWS).to_pylist()
    return {"inputs": rows, "scores": [float(score) for score in scores[:SMOKE_ROWS]]}


def _measures(given: Inputs, scores: np.ndarray) -> tuple[Measured, ...]:
    n = len(given.target)
    right = int(np.sum((scores >= 0.5) == (given.target == 1)))
    low, high = wilson_interval(right, n)
    # no interval: ranking the rows it was fitted on says nothing about other rows
    area = float(roc_auc_score(given.target, scores))
    return (
        Measured("training_accuracy", right / n, low, high, n),
        Measured("training_roc_auc", area, None, None, n),
    )
