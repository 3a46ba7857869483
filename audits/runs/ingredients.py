"""What goes into a run: files by digest, and what the database knows and the job needs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from audits.child.wire import PRODUCTS_FOLDER
from audits.jobs.contract import REFERENCE_COUNTS, Job
from audits.models import Run
from audits.runs import limits
from audits.services import baselines
from audits.services.subjects import check_gate
from audits.states import RunKind
from models_registry.models import (
    Deployment,
    Lineage,
    ModelVersion,
    OutcomeBatch,
    PredictionBatch,
    Recipe,
    Snapshot,
)
from models_registry.states import ArtifactFormat

#: The columns an uploaded file must have, by what it is to become.
REQUIRED_COLUMNS: Mapping[str, list[str]] = {
    "dataset": [],
    "predictions": ["prediction_id", "score", "prediction"],
    "outcomes": ["prediction_id", "outcome"],
}


class Ingredients(NamedTuple):
    """Digests of the files by name, and facts."""

    digests: dict[str, str]
    facts: dict[str, Any]

    def job(self, run: Run, files: Mapping[str, str], folder: Path) -> Job:
        """The job, once the files are at hand."""
        return Job(
            run.kind, run.spec, files, self.facts, folder / PRODUCTS_FOLDER, limits.of_engine()
        )


def of(run: Run) -> Ingredients:
    """What this run works on."""
    return GATHERERS[RunKind(run.kind)](run)


def snapshot_of(run: Run, key: str = "snapshot") -> Snapshot:
    """The snapshot its spec names."""
    return Snapshot.objects.select_related("dataset__team").get(pk=run.spec[key])


def version_of(run: Run) -> ModelVersion:
    """The version its spec names."""
    versions = ModelVersion.objects.select_related("registered_model__use_case__team")
    return versions.get(pk=run.spec["version"])


def deployment_of(run: Run, pk: int | None = None) -> Deployment:
    """The deployment its spec names."""
    deployments = Deployment.objects.select_related(
        "environment", "version__registered_model", "registered_model__use_case__team"
    )
    return deployments.get(pk=pk or run.spec["deployment"])


def recipe_of(run: Run) -> Recipe:
    """The recipe its spec names."""
    return Recipe.objects.get(pk=run.spec["recipe"])


def recipe_behind(snapshot: Snapshot) -> Recipe | None:
    """The recipe the snapshot was made by."""
    came_from = Lineage.objects.filter(child=snapshot, recipe__isnull=False)
    found = came_from.select_related("recipe").first()
    return found.recipe if found else None


def described(recipe: Recipe | None) -> dict[str, Any] | None:
    """A recipe as facts and manifests name it."""
    if recipe is None:
        return None
    return {
        "id": recipe.pk, "name": recipe.name, "number": recipe.number, "digest": recipe.digest
    }  # fmt: skip


def _ingest(run: Run) -> Ingredients:
    (into,) = run.spec["into"]
    required = {"required_columns": REQUIRED_COLUMNS[into], "into": into}
    return Ingredients({"upload": run.spec["upload"]}, required)


def _profile(run: Run) -> Ingredients:
    snapshot = snapshot_of(run)
    dataset = snapshot.dataset
    facts = {"target": dataset.target, "sensitive_features": dataset.sensitive_features}
    return Ingredients({"snapshot": snapshot.digest}, facts)


def _prepare(run: Run) -> Ingredients:
    return Ingredients({"snapshot": snapshot_of(run).digest}, {"steps": recipe_of(run).steps})


def _train(run: Run) -> Ingredients:
    snapshot = snapshot_of(run)
    facts = {
        "sensitive_features": snapshot.dataset.sensitive_features,
        "recipe": described(recipe_behind(snapshot)),
        "snapshot_digest": snapshot.digest,
    }
    return Ingredients({"snapshot": snapshot.digest}, facts)


def _check(run: Run) -> Ingredients:
    version, snapshot = version_of(run), snapshot_of(run)
    facts = {
        "signature": version.manifest["signature"],
        "sensitive_features": snapshot.dataset.sensitive_features,
    }
    return Ingredients({"model": _onnx(version), "snapshot": snapshot.digest}, facts)


def _onnx(version: ModelVersion) -> str:
    # as the manifest has it: its digest is what is approved, a row beside it could be another's
    return str(version.manifest["artifacts"][ArtifactFormat.ONNX])


def _predict(run: Run) -> Ingredients:
    """The gate is asked here once more: what held when it was asked for may hold no longer."""
    deployment = deployment_of(run)
    check_gate(deployment)
    digests = {"model": _onnx(deployment.version)}
    if run.spec["snapshot"]:
        digests["snapshot"] = snapshot_of(run).digest
    signature = deployment.version.manifest["signature"]
    return Ingredients(digests, {"signature": signature, "prediction_ids_prefix": f"run{run.pk}"})


def _monitor(run: Run) -> Ingredients:
    version = deployment_of(run).version
    digests = {"model": _onnx(version)} | _compared_with(run)
    for batch in PredictionBatch.objects.filter(pk__in=run.spec["batches"]):
        digests[f"batch:{batch.pk}"] = batch.digest
    for outcome in OutcomeBatch.objects.filter(pk__in=run.spec["outcomes"]):
        digests[f"outcome:{outcome.pk}"] = outcome.digest
    return Ingredients(digests, {"signature": version.manifest["signature"]})


def _compared_with(run: Run) -> dict[str, str]:
    """The reference snapshot, or without one the counts kept with the approval."""
    if run.spec["reference"] is not None:
        return {"reference": snapshot_of(run, "reference").digest}
    kept = baselines.of(deployment_of(run))
    return {REFERENCE_COUNTS: kept.digest} if kept else {}


GATHERERS: Mapping[RunKind, Callable[[Run], Ingredients]] = {
    RunKind.INGEST: _ingest,
    RunKind.PROFILE: _profile,
    RunKind.PREPARE: _prepare,
    RunKind.TRAIN: _train,
    RunKind.VALIDATE: _check,
    RunKind.FAIRNESS: _check,
    RunKind.EXPLAIN: _check,
    RunKind.PREDICT: _predict,
    RunKind.MONITOR: _monitor,
}
