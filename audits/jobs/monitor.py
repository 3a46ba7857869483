"""Monitoring: how far a deployment's window differs from the rows its approval rests on.

What cannot be measured on this window (a group alone, outcomes of one class) is said in the
details and does not stop the rest.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis

from audits.jobs import (
    drift_readings,
    drifting,
    estimating,
    multivariate,
    reference,
    scored_rows,
    validate,
    window,
)
from audits.jobs.contract import Job, Outcome, Tell
from audits.jobs.drifting import Drifted
from audits.jobs.multivariate import Told
from audits.jobs.reference import Reference
from measures.classification import performance
from measures.drift import distances, domain_classifier, outputs
from measures.drift import stability as drift
from measures.engines.duckdb import opened
from measures.fairness import groups as fairness
from measures.fairness import simultaneous
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.wilson import wilson_interval
from measures.label_free import confidence_based
from measures.measured import Measured
from measures.reduce.categories import category_counts
from measures.reduce.cells import reduce_cells
from measures.reduce.guard import TooManyLevels
from measures.reduce.scores import ScoreCounts, reduce_scores

#: Shares of the rows whose outcome is known; that of the selected is told of all rows.
_OF_OUTCOMES = ("accuracy", "precision", "recall", "specificity")

_GAPS = ("selection_rate_ratio", "selection_rate_difference")

_DISTANCES = (
    "kolmogorov_smirnov", "wasserstein", "jensen_shannon_distance", "hellinger_distance",
    "l_infinity_distance",
)  # fmt: skip

#: What intervals are of, how they are found, and the measures that have one; a name that ends in
#: an underscore stands for all that begin so.
_METHODS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("population_stability_index", drift.METHOD, ("population_stability_index",)),
    ("other distances", distances.METHOD, _DISTANCES),
    ("changes of rates", "Newcombe's method 10", ("missing_rate_change", "positive_rate_change")),
    ("new categories", "Wilson", ("new_categories",)),
    ("drift tests", drift_readings.METHOD, ("drift_p_value",)),
    ("estimated performance", confidence_based.METHOD, ("estimated_",)),
    ("domain classifier", domain_classifier.METHOD, ("domain_classifier_auc",)),
    ("selection_rate", "Wilson", ("selection_rate",)),
    ("gaps between groups", bootstrap.METHOD, _GAPS),
    ("largest gaps", simultaneous.METHOD, _GAPS),
    ("roc_auc", "DeLong", ("roc_auc",)),
    ("accuracy, precision, recall, specificity", "Wilson", _OF_OUTCOMES),
)


def work(job: Job, tell: Tell) -> Outcome:
    """Compare a window with the reference. Raises Refused on unusable input."""
    tell(0.05, "Reading the reference")
    files = {name: Path(path) for name, path in job.inputs.items() if ":" in name}
    kept = reference.kept(job)
    with opened(files | kept.files, scored_rows.limits(job)) as on:
        rows = window.answers(on, job.facts["signature"]["features"], job.spec["sensitive"])
        tell(0.3, "Comparing each feature with the reference")
        found = _drift(job, kept, on, rows)
        tell(0.6, "Measuring the window")
        labelled = kept.labelled(on)
        estimated = estimating.estimate(labelled, kept.unlabelled, rows, drawing_of(job))
        performed, outcomes, unmeasured = _performance(job, rows, on)
        selected = _selection_rate(rows, job)
        compared, unmeasured_groups = _between_groups(job, rows)
        tell(0.8, "Looking at all columns together")
        told = _together(job, on.get(reference.ROWS), rows)
    readings = drift_readings.read(found.comparison, job.spec["confidence"], found.binned)
    changed, label = _labels(labelled, outcomes, drawing_of(job))
    measures = [
        *found.measures, *drift_readings.measures(readings, selected.n), selected, *performed,
        *estimated.measures, *changed, *told.measures, *compared,
    ]  # fmt: skip
    details = _details(job, found, outcomes) | {
        "interval_methods": _methods(measures),
        "drift": drift_readings.listed(readings, found.comparison),
        "estimated": estimated.details,
        "label": label,
        "together": told.details,
        "reference_is": "counts" if kept.counts else "rows",
        "not_measured": [
            *found.unmeasured, *unmeasured, *unmeasured_groups, *estimated.unmeasured,
            *told.unmeasured,
        ],
    }  # fmt: skip
    return Outcome(tuple(measures), details)


def drawing_of(job: Job) -> Drawing:
    """How the spec wants intervals drawn."""
    return Drawing(job.spec["resamples"], job.spec["confidence"], job.spec["seed"])


def _drift(
    job: Job, kept: Reference, tables: Mapping[str, ibis.Table], rows: ibis.Table
) -> Drifted:
    """By the reference's rows, or by the counts that were kept of them."""
    if kept.counts:
        return drifting.compare_counted(kept.counts, rows, drawing_of(job))
    features = job.facts["signature"]["features"]
    return drifting.compare(tables[reference.ROWS], rows, features, drawing_of(job))


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
    figures = [figure for figure in shares if figure.name in _OF_OUTCOMES and figure.n]
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


def _labels(
    labelled: ScoreCounts | None, outcomes: Mapping[str, int], drawing: Drawing
) -> tuple[list[Measured], dict[str, Any]]:
    """How the share of favourable outcomes has changed, where it is known on both sides."""
    if labelled is None or not labelled.rows or not outcomes.get("matched"):
        return [], {}
    counts = [
        (int(labelled.positives.sum()), labelled.rows),
        (outcomes["favourable"], outcomes["matched"]),
    ]
    sides = [category_counts({"favourable": n, "other": of - n}, 0) for n, of in counts]
    shares = outputs.label_drift(sides[0], sides[1], drawing).shares
    change = next(each for each in shares if each.label == "favourable")
    low, high = change.interval or (None, None)
    details = {
        "reference": change.reference,
        "window": change.current,
        "difference": change.difference,
        "low": low,
        "high": high,
        "p": change.p_value,
        "n_reference": labelled.rows,
        "n": change.n,
    }
    said = Measured("positive_rate_change", change.difference, low, high, change.n, "fraction")
    return [said], details


def _together(job: Job, before: ibis.Table | None, rows: ibis.Table) -> Told:
    """Drift of all columns at once, if it was asked for."""
    if not job.spec.get("domain_classifier"):  # specs older than the option do not have it
        return Told([], {}, [])
    if before is None:
        return Told([], {}, ["a domain classifier needs the rows of a reference, not its counts"])
    features = job.facts["signature"]["features"]
    return multivariate.tell_apart(before, rows, features, drawing_of(job))


def _methods(measures: Sequence[Measured]) -> dict[str, str]:
    """How the intervals of what was measured were found."""
    names = {each.name for each in measures}
    return {
        of: method
        for of, method, used in _METHODS
        if any(name in used or name.startswith(_beginnings(used)) for name in names)
    }


def _beginnings(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.endswith("_"))


def _details(job: Job, found: Drifted, outcomes: dict[str, int]) -> dict[str, Any]:
    return {
        "histograms": found.histograms,
        "outcomes": outcomes,
        "confidence": job.spec["confidence"],
        "resamples": job.spec["resamples"],
        "seed": job.spec["seed"],
    }
