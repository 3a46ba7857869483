"""Monitoring: how far a deployment's window differs from the rows its approval rests on.

What cannot be measured on this window (a group alone, outcomes of one class) is said in the
details and does not stop the rest.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from audits.jobs import drifting, scored_rows, scoring, validate, window
from audits.jobs.contract import Job, Outcome, Refused, Tell
from measures.classification import performance
from measures.drift import stability as drift
from measures.engines.duckdb import opened
from measures.fairness import groups as fairness
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.wilson import wilson_interval
from measures.measured import Measured
from measures.reduce.cells import reduce_cells
from measures.reduce.guard import TooManyLevels
from measures.reduce.scores import reduce_scores

INTERVAL_METHODS = {
    "population_stability_index": drift.METHOD,
    "selection_rate": "Wilson",
    "selection_rate_ratio": bootstrap.METHOD,
    "roc_auc": "DeLong",
    "accuracy": "Wilson",
}

_GAPS = ("selection_rate_ratio", "selection_rate_difference")


def work(job: Job, tell: Tell) -> Outcome:
    """Compare a window with the reference. Raises Refused on unusable input."""
    tell(0.05, "Scoring the reference")
    files = {name: path for name, path in job.inputs.items() if ":" in name}
    files["reference"] = str(_scored_reference(job))
    with opened({name: Path(path) for name, path in files.items()}, scored_rows.limits(job)) as on:
        features = job.facts["signature"]["features"]
        rows = window.answers(on, features, job.spec["sensitive"])
        tell(0.3, "Comparing each feature with the reference")
        found = drifting.compare(on["reference"], rows, features, drawing_of(job))
        tell(0.7, "Measuring the window")
        performed, outcomes, unmeasured = _performance(job, rows, on)
        compared, unmeasured_groups = _between_groups(job, rows)
        measures = [*found.measures, _selection_rate(rows, job), *performed, *compared]
    not_measured = [*found.unmeasured, *unmeasured, *unmeasured_groups]
    return Outcome(tuple(measures), _details(job, found.histograms, outcomes, not_measured))


def drawing_of(job: Job) -> Drawing:
    """How the spec wants intervals drawn."""
    return Drawing(job.spec["resamples"], job.spec["confidence"], job.spec["seed"])


def _scored_reference(job: Job) -> Path:
    """The reference's features and the model's score for each of its rows."""
    source, signature = pq.ParquetFile(job.inputs["reference"]), job.facts["signature"]
    names = [feature["name"] for feature in signature["features"]]
    scored_rows.check_present(source, names, "the feature")
    rows = source.read(columns=names)
    if not rows.num_rows:
        raise Refused("expected rows to compare with, but the reference snapshot has none")
    scores = scoring.score(scoring.load(job.inputs["model"]), rows, signature)
    path = job.folder / "reference.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = rows.drop_columns([name for name in names if name == "score"])
    pq.write_table(kept.append_column("score", pa.array(scores)), path)
    return path


def _selection_rate(rows: ibis.Table, job: Job) -> Measured:
    counted = rows.aggregate(n=rows.count(), selected=(rows["prediction"] == 1).sum())
    n, selected = (column[0].as_py() for column in counted.to_pyarrow().itercolumns())
    low, high = wilson_interval(selected, n, confidence=job.spec["confidence"])
    return Measured("selection_rate", selected / n, low, high, n, "fraction")


def _performance(
    job: Job, rows: ibis.Table, tables: Mapping[str, ibis.Table]
) -> tuple[list[Measured], dict[str, int], list[str]]:
    """Figures on the rows whose outcome is known, how many these are, and what is missing."""
    known = window.with_outcomes(rows, tables, job.facts["signature"]["favourable"])
    if known is None:
        return [], {}, []
    cells = reduce_cells(known, [], label=window.LABEL, prediction="prediction")
    counts = {"matched": cells.rows, "favourable": int(cells.counts[:, 1].sum())}
    if not cells.rows:
        return [], counts, ["no outcome belongs to a prediction of this window"]
    confidence, confusion = job.spec["confidence"], cells.counts.sum(axis=0)
    shares = performance.shares(confusion, confidence=confidence)
    figures = [figure for figure in shares if figure.name == "accuracy"]
    if counts["favourable"] in (0, cells.rows):
        said = f"all {cells.rows} outcomes are of one class: there is no roc_auc"
        return [validate.as_measure(figure) for figure in figures], counts, [said]
    scores = reduce_scores(known, score="score", label=window.LABEL)
    figures.append(performance.area(scores, confidence=confidence))
    return [validate.as_measure(figure) for figure in figures], counts, []


def _between_groups(job: Job, rows: ibis.Table) -> tuple[list[Measured], list[str]]:
    """Disparities of the selection rate for each sensitive feature, and what is missing."""
    found: list[Measured] = []
    unmeasured: list[str] = []
    for feature in job.spec["sensitive"]:
        if feature not in rows.columns:
            unmeasured.append(f"not every batch has the sensitive feature {feature!r}")
            continue
        try:
            found += _gaps(rows, feature, drawing_of(job))
        except (TooManyLevels, _OneGroup) as said:
            unmeasured.append(str(said))
    return found, unmeasured


class _OneGroup(Exception):
    """There is nobody to compare with."""


def _gaps(rows: ibis.Table, feature: str, drawing: Drawing) -> list[Measured]:
    unlabelled = rows.mutate(**{window.LABEL: 0})
    cells = reduce_cells(unlabelled, [feature], label=window.LABEL, prediction="prediction")
    if len(cells.groups) < 2:
        raise _OneGroup(f"all rows of the window are in one group of {feature!r}")
    smallest, about = int(cells.sizes.min()), {"feature": feature}
    return [
        Measured(gap.name, gap.value, *gap.interval, n=smallest, unit="fraction", slice=about)
        for gap in fairness.gaps(cells, drawing)
        if gap.name in _GAPS
    ]


def _details(
    job: Job, histograms: dict[str, Any], outcomes: dict[str, int], not_measured: list[str]
) -> dict[str, Any]:
    return {
        "histograms": histograms,
        "outcomes": outcomes,
        "not_measured": not_measured,
        "interval_methods": INTERVAL_METHODS,
        "confidence": job.spec["confidence"],
        "resamples": job.spec["resamples"],
        "seed": job.spec["seed"],
    }
