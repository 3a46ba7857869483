"""What each kind of run leaves behind: rows of the inventory, evidence, a report.

Each function runs inside the one transaction that ends the run, in the name of whoever asked
for it, and returns what the run's result names.
"""

from collections.abc import Callable, Mapping
from typing import Any

from audits.runs import ingredients
from audits.runs.filing import manifest
from audits.runs.filing.finished import Finished
from audits.services import reports
from audits.states import RunKind
from governance.models import Evidence
from governance.services import evidence, subjects
from governance.states import Producer
from models_registry.models import Dataset, RegisteredModel, Snapshot
from models_registry.services import outcomes, predictions, snapshots, versions
from models_registry.states import ArtifactFormat, BatchSource, Part

Result = dict[str, Any]


def file(finished: Finished) -> Result:
    """File it as its kind asks."""
    return FILERS[RunKind(finished.run.kind)](finished)


def _evidence(kind: str, about: Any, finished: Finished) -> Evidence:
    outcome = finished.outcome
    return evidence.file(
        kind=kind,
        subject=subjects.of(about),
        producer=Producer.RUN,
        produced_by=finished.run.ref,
        measures=outcome.measures,
        details=outcome.details | {"bundle": finished.bundle},
        attachments=[
            {"name": p.name, "digest": finished.stored[p.name].digest, "media_type": p.media_type}
            for p in outcome.products
        ],
        by=finished.run.requested_by,
    )


def _with_report(kind: str, about: Any, finished: Finished) -> Result:
    filed = _evidence(kind, about, finished)
    report = reports.draft(finished.run, filed, images=finished.images())
    return {"evidence": filed.pk, "report": report.pk}


def _ingest(finished: Finished) -> Result:
    ((into, pk),) = finished.run.spec["into"].items()
    return {"dataset": _snapshot, "predictions": _predictions, "outcomes": _outcomes}[into](
        finished, pk
    )


def _snapshot(finished: Finished, dataset_id: int) -> Result:
    run, details = finished.run, finished.outcome.details
    registered = snapshots.register(
        dataset=Dataset.objects.get(pk=dataset_id),
        blob=finished.stored["snapshot"],
        rows=details["rows"],
        columns=details["columns"],
        part=Part.RAW,
        by=run.requested_by,
        made_by=run.ref,
        source_name=run.spec["filename"],
        source_digest=run.spec["upload"],
    )
    return {"snapshot": registered.pk, "rows": registered.rows}


def _predictions(finished: Finished, deployment_id: int) -> Result:
    run, rows = finished.run, finished.outcome.details["rows"]
    filed = predictions.file(
        deployment=ingredients.deployment_of(run, deployment_id),
        blob=finished.stored["snapshot"],
        rows=rows,
        source=BatchSource.UPLOADED,
        by=run.requested_by,
        made_by=run.ref,
    )
    return {"batch": filed.pk, "rows": rows}


def _outcomes(finished: Finished, deployment_id: int) -> Result:
    run, rows = finished.run, finished.outcome.details["rows"]
    filed = outcomes.file(
        deployment=ingredients.deployment_of(run, deployment_id),
        blob=finished.stored["snapshot"],
        rows=rows,
        by=run.requested_by,
    )
    return {"batch": filed.pk, "rows": rows}


def _profile(finished: Finished) -> Result:
    return _with_report("dataset_profile", ingredients.snapshot_of(finished.run), finished)


def _prepare(finished: Finished) -> Result:
    """A snapshot per part, evidence about each, and one report: it tells of all parts."""
    made = {part: _part(part, finished) for part in finished.outcome.details["parts"]}
    first, *others = made.values()
    result = _with_report("data_lineage", first, finished)
    for other in others:
        _evidence("data_lineage", other, finished)
    return result | {"snapshots": {part: snapshot.pk for part, snapshot in made.items()}}


def _part(part: str, finished: Finished) -> Snapshot:
    run, facts = finished.run, finished.outcome.details["parts"][part]
    parent = ingredients.snapshot_of(run)
    return snapshots.register(
        dataset=parent.dataset,
        blob=finished.stored[part],
        rows=facts["rows"],
        columns=facts["columns"],
        part=Part(part),
        by=run.requested_by,
        made_by=run.ref,
        parents=[(parent, ingredients.recipe_of(run))],
    )


def _train(finished: Finished) -> Result:
    run = finished.run
    snapshot = ingredients.snapshot_of(run)
    version = versions.register(
        registered_model=RegisteredModel.objects.get(pk=run.spec["model"]),
        manifest=manifest.of(finished),
        artifacts={
            ArtifactFormat.SKOPS: finished.stored["model.skops"],
            ArtifactFormat.ONNX: finished.stored["model.onnx"],
        },
        training_snapshot=snapshot,
        recipe=ingredients.recipe_behind(snapshot),
        note=run.spec["note"],
        by=run.requested_by,
        made_by=run.ref,
    )
    return _with_report("training_run", version, finished) | {"version": version.pk}


def _validate(finished: Finished) -> Result:
    return _with_report("validation_run", ingredients.version_of(finished.run), finished)


def _fairness(finished: Finished) -> Result:
    return _with_report("fairness_audit", ingredients.version_of(finished.run), finished)


def _explain(finished: Finished) -> Result:
    return _with_report("explainability_report", ingredients.version_of(finished.run), finished)


def _predict(finished: Finished) -> Result:
    run, details = finished.run, finished.outcome.details
    filed = predictions.file(
        deployment=ingredients.deployment_of(run),
        blob=finished.stored["predictions"],
        rows=details["rows"],
        source=BatchSource.LIVE,
        by=run.requested_by,
        made_by=run.ref,
    )
    answers = details["predictions"]
    return {"batch": filed.pk, "rows": details["rows"], "predictions": answers}


def _monitor(finished: Finished) -> Result:
    return _with_report("drift_monitoring", ingredients.deployment_of(finished.run), finished)


FILERS: Mapping[RunKind, Callable[[Finished], Result]] = {
    RunKind.INGEST: _ingest,
    RunKind.PROFILE: _profile,
    RunKind.PREPARE: _prepare,
    RunKind.TRAIN: _train,
    RunKind.VALIDATE: _validate,
    RunKind.FAIRNESS: _fairness,
    RunKind.EXPLAIN: _explain,
    RunKind.PREDICT: _predict,
    RunKind.MONITOR: _monitor,
}
