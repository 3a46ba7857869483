"""A validation: how well a version ranks, decides and promises, on rows it has not seen."""

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from audits.jobs import plots, reference_counts, scored_rows, slices, validation_tables
from audits.jobs.contract import Job, Outcome, Product, Tell
from audits.jobs.slices import Slice
from measures.calibration import recalibration
from measures.calibration.recalibration import Coefficient
from measures.calibration.slices import Calibration, calibration
from measures.certificate import Certificate, certify_performance
from measures.classification import gains, performance, ranking
from measures.classification.gains import Gain
from measures.classification.performance import Figure
from measures.engines.duckdb import opened
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.cells import Cells, reduce_cells
from measures.reduce.scores import ScoreCounts, reduce_scores

INTERVAL_METHODS = performance.METHODS | {
    "matthews_correlation": bootstrap.METHOD,
    "average_precision": ranking.METHODS["average_precision"],
    "kolmogorov_smirnov": ranking.METHODS["ks_statistic"],
    "lift_top_decile": gains.METHODS["lift"],
    "gain": gains.METHODS["gain"],
    "expected_calibration_error": bootstrap.METHOD,
    "maximum_calibration_error": bootstrap.METHOD,
    "calibration_slope": recalibration.METHOD,
    "calibration_intercept": recalibration.METHOD,
    "calibration_in_the_large": recalibration.METHOD,
    "hosmer_lemeshow_p": "none: a p-value",
}


class Counted(NamedTuple):
    """Everybody counted, by decision and by score, and what follows that more than one needs."""

    cells: Cells
    scores: ScoreCounts
    calibration: Calibration
    gains: list[Gain]


def work(job: Job, tell: Tell) -> Outcome:
    """Validate a version on a snapshot. Raises Refused on unusable input."""
    tell(0.05, "Scoring the snapshot")
    columns, drawing = slices.check_columns(job), _drawing(job)
    path = scored_rows.write(job, columns, lambda share: tell(0.05 + 0.6 * share, "Scoring"))
    tell(0.7, "Counting people")
    files = {"rows": path, "snapshot": Path(job.inputs["snapshot"])}
    with opened(files, scored_rows.limits(job)) as tables:
        rows, label = tables["rows"], scored_rows.LABEL
        cells = reduce_cells(rows, [], label=label, prediction=scored_rows.PREDICTION)
        scores = reduce_scores(rows, score=scored_rows.SCORE, label=label)
        parts = slices.measured(rows, columns, job.spec["threshold"], drawing)
        tell(0.75, "Counting what later windows are compared with")
        kept = reference_counts.take(
            tables["snapshot"],
            rows,
            job.facts["signature"]["features"],
            score=scored_rows.SCORE,
            labelled=scores,
        )
    tell(0.8, "Measuring, and comparing with scikit-learn")
    counted = count(cells, scores, drawing)
    figures = figures_of(counted, drawing)
    agreed = certify_performance({each.name: each.value for each in figures}, cells, scores)
    tell(0.9, "Drawing the curves")
    return Outcome(
        (*map(as_measure, figures), _of_test(counted.calibration), *_of_slices(parts)),
        _details(job, counted, parts, agreed),
        (*_plots(job, counted), reference_counts.product(job, kept)),
    )


def count(cells: Cells, scores: ScoreCounts, drawing: Drawing) -> Counted:
    """What figures and tables are made from."""
    tenths = gains.gains(scores, drawing, shares=validation_tables.TENTHS)
    return Counted(cells, scores, calibration(scores, drawing), tenths)


def figures_of(counted: Counted, drawing: Drawing) -> list[Figure]:
    """Every figure of a validation, with its interval."""
    confusion, scores = counted.cells.counts.sum(axis=0), counted.scores
    composites = performance.all_composites(confusion, drawing)
    smirnov = ranking.ks_statistic(scores, drawing)
    return [
        performance.area(scores, confidence=drawing.confidence),
        ranking.average_precision(scores, drawing),
        smirnov._replace(name="kolmogorov_smirnov"),
        counted.gains[0].lift._replace(name="lift_top_decile"),
        *performance.shares(confusion, confidence=drawing.confidence),
        *(each for each in composites if each.name != "youden"),
        *performance.losses(scores, confidence=drawing.confidence),
        *_calibration_figures(counted.calibration),
    ]


def as_measure(figure: Figure) -> Measured:
    """A figure as it is filed: without value and bounds where there is no such number."""
    if isnan(figure.value):
        return Measured(figure.name, None, None, None, figure.n, figure.unit)
    low, high = figure.interval
    return Measured(figure.name, figure.value, low, high, figure.n, figure.unit)


def _calibration_figures(found: Calibration) -> list[Figure]:
    errors = {
        "expected_calibration_error": found.expected,
        "maximum_calibration_error": found.maximum,
    }
    fitted = found.recalibration
    return [
        *(Figure(name, each.value, each.interval, each.n) for name, each in errors.items()),
        _coefficient("calibration_slope", fitted.slope, found.n, "ratio"),
        _coefficient("calibration_intercept", fitted.intercept, found.n, "logits"),
        _coefficient("calibration_in_the_large", fitted.in_the_large, found.n, "logits"),
    ]


def _coefficient(name: str, found: Coefficient, n: int, unit: str) -> Figure:
    return Figure(name, found.value, found.interval, n, unit, found.defined)


def _of_test(found: Calibration) -> Measured:
    """A p-value has no interval."""
    p_value = found.hosmer_lemeshow.p_value
    return Measured("hosmer_lemeshow_p", p_value, None, None, found.n, "p")


def _of_slices(parts: Sequence[Slice]) -> list[Measured]:
    return [
        as_measure(figure)._replace(slice=each.about) for each in parts for figure in each.figures
    ]


def _drawing(job: Job) -> Drawing:
    return Drawing(job.spec["resamples"], job.spec["confidence"], job.spec["seed"])


def _details(
    job: Job, counted: Counted, parts: Sequence[Slice], agreed: Certificate
) -> dict[str, Any]:
    spec, scores, cells = job.spec, counted.scores, counted.cells
    return {
        "rows": scores.rows,
        "positives": int(scores.positives.sum()),
        "confusion": performance.confusion(cells.counts.sum(axis=0))._asdict(),
        "roc": [list(point) for point in performance.roc_curve(scores)],
        **validation_tables.calibration(counted.calibration),
        "gains": validation_tables.gains(counted.gains),
        "thresholds": validation_tables.sweep(scores, spec["threshold"], _drawing(job)),
        "slices": slices.listed(parts),
        "score_histogram": validation_tables.score_histogram(scores),
        "certificate": {
            "authority": agreed.authority,
            "largest_difference": repr(agreed.largest_difference),
            "tolerance": repr(agreed.tolerance),
            "compared": agreed.compared,
        },
        "interval_methods": INTERVAL_METHODS,
        "threshold": spec["threshold"],
        "confidence": spec["confidence"],
        "resamples": spec["resamples"],
        "seed": spec["seed"],
        "scores_digest": scores.digest(),
    }


def _plots(job: Job, counted: Counted) -> tuple[Product, ...]:
    area = performance.area(counted.scores, confidence=job.spec["confidence"])
    drawn = {
        "roc.svg": plots.roc(performance.roc_curve(counted.scores, most=1_000), area),
        "calibration.svg": plots.calibration(counted.calibration.bins),
    }
    return tuple(plots.product(job.folder, name, svg) for name, svg in drawn.items())
