"""A fairness audit: what each group gets from a model, and how far groups lie apart.

Every number is certified against Fairlearn's own before it leaves; the cells it came from go
with it. The audit assesses; it does not say that a model is fair.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import ibis

from audits.jobs import conditional, disparities, scored_rows, standing
from audits.jobs.conditional import Conditional
from audits.jobs.contract import Job, Outcome, Refused, Tell
from measures.certificate import Certificate, certify_groups, certify_joined, together
from measures.engines.duckdb import opened
from measures.fairness import groups as fairness
from measures.fairness import kernel, simultaneous
from measures.fairness.groups import Gap, Method
from measures.intervals.bootstrap import Drawing
from measures.intervals.effective import effective_size
from measures.measured import Measured
from measures.reduce import weights
from measures.reduce.cells import Cells, check_product, reduce_cells
from measures.reduce.guard import TooManyLevels
from measures.reduce.missing import MISSING

#: Groups one feature or intersection may have, within all levels of the control features.
MOST_GROUPS = 1_000

#: Different numbers above which a column holds amounts, not codes of groups.
MOST_NUMBERS = 50


class _Asked(NamedTuple):
    """What the spec asks: each feature and each intersection once, and how to measure."""

    compared: list[tuple[str, ...]]
    control: tuple[str, ...]
    weight: str | None
    method: Method
    least: int
    drawing: Drawing

    @property
    def sensitive(self) -> list[str]:
        return list(dict.fromkeys(name for features in self.compared for name in features))


class _Audited(NamedTuple):
    """One feature or intersection, with its disparities."""

    cells: Cells
    gaps: list[Gap]

    @property
    def feature(self) -> str:
        return fairness.feature_name(self.cells)


def work(job: Job, tell: Tell) -> Outcome:
    """Audit a version on a snapshot. Raises Refused on unusable input."""
    asked = _asked(job)
    tell(0.05, "Scoring the snapshot")
    path = scored_rows.write(
        job,
        asked.sensitive,
        lambda share: tell(0.05 + 0.5 * share, "Scoring"),
        control=asked.control,
        weight=asked.weight,
    )
    named = [*asked.sensitive, *asked.control]
    tell(0.6, f"Counting people by {', '.join(named)}")
    with opened({"rows": path}, scored_rows.limits(job)) as tables:
        everybody = _counted(tables["rows"], named, asked.weight)
    compared = [_compared(everybody.over(features)) for features in asked.compared]
    within = _within(everybody, asked)
    tell(0.7, "Measuring, and comparing with Fairlearn")
    certificate = _certified(compared, within, asked)
    audited = [
        _Audited(cells, disparities.found(cells, asked.drawing, asked.method)) for cells in compared
    ]
    tell(0.9, "Testing what is more than chance")
    alike = conditional.compare(within, asked.control, asked.least, asked.drawing, asked.method)
    return _outcome(job, asked, everybody, audited, alike, certificate)


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


def _asked(job: Job) -> _Asked:
    spec = job.spec
    single = [(name,) for name in spec["sensitive"]]
    return _Asked(
        list(dict.fromkeys([*single, *(tuple(each) for each in spec["intersections"])])),
        tuple(dict.fromkeys(spec.get("control", ()))),
        spec.get("weight"),
        spec.get("interval", "percentile"),
        spec["min_group_size"],
        Drawing(spec["resamples"], spec["confidence"], spec["seed"]),
    )


def _counted(rows: ibis.Table, named: Sequence[str], weight: str | None) -> Cells:
    """Everything that is measured comes from this one reduction."""
    label, prediction = scored_rows.LABEL, scored_rows.PREDICTION
    try:
        return reduce_cells(rows, named, label=label, prediction=prediction, weight=weight)
    except ValueError as unusable:  # too many groups, or a weight that is none
        raise Refused(str(unusable)) from unusable


def _compared(cells: Cells) -> Cells:
    """The cells, if there is something to compare and not too much."""
    feature = fairness.feature_name(cells)
    if len(cells.groups) < 2:
        only = fairness.group_names(cells)[0]
        raise Refused(
            f"expected at least two groups in the sensitive feature {feature!r},"
            f" but all {cells.rows} rows are in the group {only!r}"
        )
    _check_no_amounts(cells)
    return _not_too_many(cells)


def _check_no_amounts(cells: Cells) -> None:
    """A feature of many numbers is an amount, such as an age: its values are no groups."""
    for place, feature in enumerate(cells.features):
        values = {group[place] for group in cells.groups} - {MISSING}
        if len(values) > MOST_NUMBERS and all(map(_is_number, values)):
            raise Refused(
                f"expected groups in the sensitive feature {feature!r}, but it holds"
                f" {len(values)} different numbers: compare bands of it instead, from a column"
                " of their names"
            )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _within(everybody: Cells, asked: _Asked) -> list[Cells]:
    """Each feature's cells within the levels of the control features; none without these."""
    if not asked.control:
        return []
    return [
        _not_too_many(everybody.over([*asked.control, *features])) for features in asked.compared
    ]


def _not_too_many(cells: Cells) -> Cells:
    try:
        check_product(cells, MOST_GROUPS)
    except TooManyLevels as many:
        raise Refused(str(many)) from many
    return cells


def _certified(compared: list[Cells], within: list[Cells], asked: _Asked) -> Certificate:
    """Fairlearn's agreement on every rate and disparity; within levels on those measured there."""
    control, metrics = asked.control, kernel.GAP_METRICS
    return together(
        [
            *(certify(cells) for cells in compared for certify in (certify_groups, certify_joined)),
            *(certify_groups(cells, control=control, metrics=metrics) for cells in within),
            *(certify_joined(cells, control=control) for cells in within),
        ]
    )


def _outcome(
    job: Job,
    asked: _Asked,
    everybody: Cells,
    audited: list[_Audited],
    alike: Conditional,
    certificate: Certificate,
) -> Outcome:
    confidence = asked.drawing.confidence
    compared = [each.cells for each in audited]
    impact = {each.feature: standing.impact_of(each.cells, confidence) for each in audited}
    measures = [
        measure
        for cells, gaps in audited
        for measure in (
            *disparities.as_measures(cells, gaps),
            *group_measures(cells, confidence),
            *standing.impact_measures(impact[fairness.feature_name(cells)]),
        )
    ]
    details = {
        "groups": {each.feature: _groups(each.cells) for each in audited},
        "significance": standing.tested(compared, asked.least, confidence),
        "impact_ratios": {name: standing.impact_listed(table) for name, table in impact.items()},
        "control": list(asked.control),
        "conditional": alike.details,
        "small_groups": _small_groups(compared, asked.least),
        "undefined": _undefined(compared),
        **_of_gaps(audited, asked.method),
        "certificate": _certificate(certificate),
        **_how(job, asked),
        "rows": everybody.rows,
        "features": list(everybody.features),
        "cells": everybody.listed(),
        "cells_digest": everybody.digest(),
    }
    return Outcome((*measures, *alike.measures), details)


def _how(job: Job, asked: _Asked) -> dict[str, Any]:
    """How it was measured."""
    rates = "Wilson" if asked.weight is None else "Wilson, at the effective number of people"
    methods = {"rates of groups": rates, "disparities": disparities.METHOD_OF[asked.method]}
    within = conditional.METHODS if asked.control else {}
    return {
        "interval_method": methods | {"pairs": simultaneous.METHOD} | standing.METHODS | within,
        "weight": asked.weight,
        "min_group_size": asked.least,
        "threshold": job.spec["threshold"],
        "confidence": asked.drawing.confidence,
        "resamples": asked.drawing.resamples,
        "seed": asked.drawing.seed,
    }


def _of_gaps(audited: list[_Audited], method: Method) -> dict[str, Any]:
    """Disparities by feature that are undefined, or whose interval was found otherwise."""
    return {
        "undefined_gaps": {
            each.feature: names for each in audited if (names := disparities.undefined(each.gaps))
        },
        "other_methods": {
            each.feature: otherwise
            for each in audited
            if (otherwise := disparities.other_methods(each.gaps, method))
        },
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "authority": certificate.authority,
        "largest_difference": repr(certificate.largest_difference),
        "tolerance": repr(certificate.tolerance),
        "compared": certificate.compared,
    }


def _groups(cells: Cells) -> list[dict[str, Any]]:
    """Who is compared; where people have weights, also how much each group weighs."""
    listed = [
        {"group": group.name, "n": group.people, "positives": group.positives}
        for group in fairness.groups(cells)
    ]
    if cells.weights is None:
        return listed
    total, squares = (part.sum(axis=(1, 2)) for part in cells.weights)
    weighed = zip(listed, total, squares, strict=True)
    return [
        group
        | {
            "weight": weights.decimal_text(weight),
            "effective_n": effective_size(float(weight), float(square)) if weight else 0.0,
        }
        for group, weight, square in weighed
    ]


def _small_groups(compared: list[Cells], least: int) -> list[dict[str, Any]]:
    return [
        {"feature": fairness.feature_name(cells), "group": group.name, "n": group.people}
        for cells in compared
        for group in fairness.groups(cells)
        if group.people < least
    ]


def _undefined(compared: list[Cells]) -> list[dict[str, Any]]:
    """Rates nobody could count towards: Fairlearn's 0.0, which says nothing."""
    return [
        {"feature": fairness.feature_name(cells), "group": rate.group, "rate": rate.metric}
        for cells in compared
        for rate in fairness.group_rates(cells)
        if not rate.defined
    ]
