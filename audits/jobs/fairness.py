"""A fairness audit: what each group gets from a model, and how far groups lie apart.

Every number is certified against Fairlearn's own before it leaves; the cells it came from go
with it. The audit assesses; it does not say that a model is fair.
"""

from collections.abc import Sequence
from typing import Any

import ibis

from audits.jobs import scored_rows
from audits.jobs.contract import Job, Outcome, Refused, Tell
from measures.certificate import Certificate, certify_groups
from measures.engines.duckdb import opened
from measures.fairness import groups as fairness
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.cells import Cells, check_product, reduce_cells
from measures.reduce.guard import TooManyLevels

#: Groups one feature or intersection may have.
MOST_GROUPS = 1_000

INTERVAL_METHODS = {"rates of groups": "Wilson", "disparities": bootstrap.METHOD}


def work(job: Job, tell: Tell) -> Outcome:
    """Audit a version on a snapshot. Raises Refused on unusable input."""
    asked = _asked(job)
    named = list(dict.fromkeys(name for features in asked for name in features))
    tell(0.05, "Scoring the snapshot")
    path = scored_rows.write(job, named, lambda share: tell(0.05 + 0.5 * share, "Scoring"))
    tell(0.6, f"Counting people by {', '.join(named)}")
    with opened({"rows": path}, scored_rows.limits(job)) as tables:
        everybody = _counted(tables["rows"], named)
    audited = [_compared(everybody.over(features)) for features in asked]
    tell(0.8, "Measuring, and comparing with Fairlearn")
    return _outcome(job, everybody, audited)


def group_measures(cells: Cells, confidence: float) -> list[Measured]:
    """Every rate of every group, as measures."""
    feature = fairness.feature_name(cells)
    people = {group.name: group.people for group in fairness.groups(cells)}
    return [
        Measured(
            rate.metric,
            rate.value,
            rate.interval.low,
            rate.interval.high,
            people[rate.group],
            "fraction",
            {"feature": feature, "group": rate.group},
        )
        for rate in fairness.group_rates(cells, confidence=confidence)
    ]


def gap_measures(cells: Cells, drawing: Drawing) -> list[Measured]:
    """Every disparity of a feature, as measures; n is the smallest group."""
    about = {"feature": fairness.feature_name(cells)}
    smallest = int(cells.sizes.min())
    return [
        Measured(gap.name, gap.value, *gap.interval, n=smallest, unit="fraction", slice=about)
        for gap in fairness.gaps(cells, drawing)
    ]


def drawing_of(job: Job) -> Drawing:
    """How the spec wants intervals drawn."""
    return Drawing(job.spec["resamples"], job.spec["confidence"], job.spec["seed"])


def _asked(job: Job) -> list[tuple[str, ...]]:
    """Each sensitive feature, then each intersection, once."""
    single = [(name,) for name in job.spec["sensitive"]]
    return list(dict.fromkeys([*single, *(tuple(each) for each in job.spec["intersections"])]))


def _counted(rows: ibis.Table, named: Sequence[str]) -> Cells:
    try:
        return reduce_cells(rows, named, label=scored_rows.LABEL, prediction=scored_rows.PREDICTION)
    except TooManyLevels as many:
        raise Refused(str(many)) from many


def _compared(cells: Cells) -> Cells:
    """The cells, if there is something to compare and not too much."""
    feature = fairness.feature_name(cells)
    if len(cells.groups) < 2:
        only = fairness.group_names(cells)[0]
        raise Refused(
            f"expected at least two groups in the sensitive feature {feature!r},"
            f" but all {cells.rows} rows are in the group {only!r}"
        )
    try:
        check_product(cells, MOST_GROUPS)
    except TooManyLevels as many:
        raise Refused(str(many)) from many
    return cells


def _outcome(job: Job, everybody: Cells, audited: list[Cells]) -> Outcome:
    drawing = drawing_of(job)
    certificates = [certify_groups(cells) for cells in audited]
    measures = [
        measure
        for cells in audited
        for measure in (*gap_measures(cells, drawing), *group_measures(cells, drawing.confidence))
    ]
    details = {
        "certificate": _certificate(certificates),
        "groups": {fairness.feature_name(cells): _groups(cells) for cells in audited},
        "small_groups": _small_groups(audited, job.spec["min_group_size"]),
        "undefined": _undefined(audited),
        "min_group_size": job.spec["min_group_size"],
        "threshold": job.spec["threshold"],
        "interval_method": INTERVAL_METHODS,
        "confidence": drawing.confidence,
        "resamples": drawing.resamples,
        "seed": drawing.seed,
        "rows": everybody.rows,
        "features": list(everybody.features),
        "cells": everybody.listed(),
        "cells_digest": everybody.digest(),
    }
    return Outcome(tuple(measures), details)


def _certificate(certificates: list[Certificate]) -> dict[str, Any]:
    return {
        "authority": certificates[0].authority,
        "largest_difference": repr(max(each.largest_difference for each in certificates)),
        "tolerance": repr(certificates[0].tolerance),
        "compared": sum(each.compared for each in certificates),
    }


def _groups(cells: Cells) -> list[dict[str, Any]]:
    return [
        {"group": group.name, "n": group.people, "positives": group.positives}
        for group in fairness.groups(cells)
    ]


def _small_groups(audited: list[Cells], least: int) -> list[dict[str, Any]]:
    return [
        {"feature": fairness.feature_name(cells), "group": group.name, "n": group.people}
        for cells in audited
        for group in fairness.groups(cells)
        if group.people < least
    ]


def _undefined(audited: list[Cells]) -> list[dict[str, Any]]:
    """Rates nobody could count towards: Fairlearn's 0.0, which says nothing."""
    return [
        {"feature": fairness.feature_name(cells), "group": rate.group, "rate": rate.metric}
        for cells in audited
        for rate in fairness.group_rates(cells)
        if not rate.defined
    ]
