"""What the people of the story do more than once."""

import io
from typing import Any

import loanapp
from cast import Story, measure, require
from pyarrow import parquet
from telling import done, figure, progress

KINDS = {
    "validate": "validation_run",
    "fairness": "fairness_audit",
    "explain": "explainability_report",
}


def snapshots(story: Story) -> dict[str, dict[str, Any]]:
    """The dataset's snapshots, by what they are for."""
    found = story.cast.steward.every("snapshots", dataset=story["dataset"]["id"])
    return {snapshot["part"]: snapshot for snapshot in found}


def evidence(story: Story, kind: str, subject_type: str, subject_id: int) -> dict[str, Any]:
    """The newest evidence of a kind about something, with all it holds."""
    about = {"kind": kind, "subject_type": subject_type, "subject_id": subject_id}
    found = story.cast.auditor.get("evidence", **about)["results"]
    require(found, f"{kind} was filed about {subject_type} {subject_id}")
    whole: dict[str, Any] = story.cast.auditor.get(f"evidence/{found[0]['id']}")
    return whole


def train(story: Story, *, note: str, mitigation: dict[str, Any] | None = None) -> dict[str, Any]:
    """Train a version on the training part; never on a sensitive feature."""
    run = story.cast.owner.run(
        "train",
        tell=progress,
        model=story["model"]["id"],
        snapshot=story["train"]["id"],
        target="approve",
        features=loanapp.FEATURES,
        estimator="logistic_regression",
        parameters=loanapp.PARAMETERS,
        mitigation=mitigation,
        note=note,
    )
    made_by = {"registered_model": story["model"]["id"], "made_by": f"run:{run['id']}"}
    found = story.cast.owner.get("model-versions", **made_by)["results"]
    require(len(found) == 1, f"run {run['id']} made one version, found {len(found)}")
    version: dict[str, Any] = found[0]
    done(f"version {version['number']}, manifest sha256:{version['manifest_digest'][:16]}")
    return version


def assess(story: Story, name: str) -> None:
    """Measure a version on the held-out part, and have its reports accepted."""
    for kind, spec in specs().items():
        asked = {"version": story[name]["id"], "snapshot": story["test"]["id"], **spec}
        run = story.cast.owner.run(kind, tell=progress, **asked)
        accept_report(story, run)
        filed = evidence(story, KINDS[kind], "model_version", story[name]["id"])
        story.keep(f"{name} {kind}", filed)
    auc = measure(story[f"{name} validate"]["measures"], "roc_auc")
    ratio = measure(story[f"{name} fairness"]["measures"], "selection_rate_ratio", feature="race")
    done(f"area under the ROC curve {figure(auc)}, n = {auc['n']}")
    done(f"selection-rate ratio for race {figure(ratio)}, smallest group n = {ratio['n']}")


def specs() -> dict[str, dict[str, Any]]:
    """What each kind of measurement is told beside version and snapshot."""
    compared = {"sensitive": loanapp.SENSITIVE, "intersections": [["race", "male"]]}
    return {"validate": {}, "fairness": compared, "explain": {}}


def accept_report(story: Story, run: dict[str, Any]) -> None:
    """The validator reads the report of a run, and accepts it with a signature."""
    found = story.cast.validator.get("reports", run=run["id"])["results"]
    require(len(found) == 1, f"run {run['id']} drafted one report, found {len(found)}")
    report = found[0]
    page = story.cast.validator.content(f"reports/{report['id']}/content")
    require(b"</html>" in page, "the report is a whole page")
    signed = story.signed("Read; the figures follow from the data.")
    accepted = story.cast.validator.post(f"reports/{report['id']}/accept", signed)
    require(accepted["state"] == "accepted", "the report was accepted")
    done(f"report accepted by validator: {report['title']}")


def ask_for_approval(story: Story, name: str, note: str) -> dict[str, Any]:
    """The owner puts a version before the deciders, for production."""
    asked = {"subject_type": "model_version", "subject_id": str(story[name]["id"])}
    asked |= {"environment": "production", "note": note}
    request: dict[str, Any] = story.cast.owner.post("approval-requests", asked)
    return request


def decide(story: Story, name: str, request: dict[str, Any], reason: str) -> dict[str, Any]:
    """Somebody agrees to a request, signing."""
    person = getattr(story.cast, name)
    address = f"approval-requests/{request['id']}/approve"
    agreed: dict[str, Any] = person.post(address, story.signed(reason))
    return agreed


def gate(story: Story, name: str) -> dict[str, Any]:
    """May this version run in production now?"""
    asked = {"digest": story[name]["manifest_digest"], "environment": "production"}
    answer: dict[str, Any] = story.cast.owner.get("gate", **asked)
    return answer


def file_outcomes(story: Story, run: dict[str, Any]) -> int:
    """What really became of the predictions of a run, as the bank later says it."""
    predicted = rows_of(story, f"predictions/{run['result']['batch']}/content")
    happened = [
        {"prediction_id": row["prediction_id"], "outcome": row["approve"]} for row in predicted
    ]
    sent = {"deployment": story["deployment"]["id"], "outcomes": happened}
    taken = story.cast.steward.await_run(story.cast.steward.post("outcomes", sent), tell=progress)
    require(taken["result"]["rows"] == len(predicted), "every prediction has its outcome")
    batch: int = taken["result"]["batch"]
    return batch


def rows_of(story: Story, path: str) -> list[dict[str, Any]]:
    """The rows of a Parquet file the service keeps."""
    content = io.BytesIO(story.cast.steward.content(path))
    rows: list[dict[str, Any]] = parquet.read_table(content).to_pylist()
    return rows
