"""A validation: how well a version ranks, decides and promises, on rows it has not seen."""

from typing import Any

import numpy as np

from audits.jobs import plots, scored_rows
from audits.jobs.contract import Job, Outcome, Product, Tell
from measures.calibration import reliability as calibration
from measures.certificate import Certificate, certify_performance
from measures.classification import performance
from measures.classification.performance import Figure
from measures.engines.duckdb import opened
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.cells import Cells, reduce_cells
from measures.reduce.scores import ScoreCounts, reduce_scores

INTERVAL_METHODS = performance.METHODS | {"expected_calibration_error": bootstrap.METHOD}

_SCORE_BINS = 20


def work(job: Job, tell: Tell) -> Outcome:
    """Validate a version on a snapshot. Raises Refused on unusable input."""
    tell(0.05, "Scoring the snapshot")
    path = scored_rows.write(job, [], lambda share: tell(0.05 + 0.6 * share, "Scoring"))
    tell(0.7, "Measuring, and comparing with scikit-learn")
    with opened({"rows": path}, scored_rows.limits(job)) as tables:
        rows, label = tables["rows"], scored_rows.LABEL
        cells = reduce_cells(rows, [], label=label, prediction=scored_rows.PREDICTION)
        scores = reduce_scores(rows, score=scored_rows.SCORE, label=label)
    figures = figures_of(cells, scores, _drawing(job))
    agreed = certify_performance({each.name: each.value for each in figures}, cells, scores)
    tell(0.9, "Drawing the curves")
    return Outcome(
        tuple(as_measure(figure) for figure in figures),
        _details(job, cells, scores, agreed),
        _plots(job, scores),
    )


def figures_of(cells: Cells, scores: ScoreCounts, drawing: Drawing) -> list[Figure]:
    """Every figure of a validation, with its interval."""
    confusion, confidence = cells.counts.sum(axis=0), drawing.confidence
    error = calibration.expected_calibration_error(scores, drawing)
    return [
        performance.area(scores, confidence=confidence),
        *performance.shares(confusion, confidence=confidence),
        *performance.composites(confusion, drawing),
        *performance.losses(scores, confidence=confidence),
        Figure("expected_calibration_error", error.value, error.interval, scores.rows),
    ]


def as_measure(figure: Figure) -> Measured:
    """A figure as it is filed."""
    low, high = figure.interval
    return Measured(figure.name, figure.value, low, high, figure.n, figure.unit)


def _drawing(job: Job) -> Drawing:
    return Drawing(job.spec["resamples"], job.spec["confidence"], job.spec["seed"])


def _details(job: Job, cells: Cells, scores: ScoreCounts, agreed: Certificate) -> dict[str, Any]:
    spec = job.spec
    return {
        "rows": scores.rows,
        "confusion": performance.confusion(cells.counts.sum(axis=0))._asdict(),
        "roc": [list(point) for point in performance.roc_curve(scores)],
        "reliability": _reliability(scores, spec["confidence"]),
        "score_histogram": _score_histogram(scores),
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


def _reliability(scores: ScoreCounts, confidence: float) -> list[dict[str, Any]]:
    return [
        {
            "from": each.low,
            "to": each.high,
            "n": each.n,
            "mean_score": each.mean_score,
            "observed": each.observed,
            "low": each.interval.low,
            "high": each.interval.high,
        }
        for each in calibration.reliability(scores, confidence=confidence)
    ]


def _score_histogram(scores: ScoreCounts) -> dict[str, Any]:
    edges = np.linspace(0, 1, _SCORE_BINS + 1)
    counted = {
        name: np.histogram(scores.scores, edges, weights=people)[0].astype(int).tolist()
        for name, people in (("negatives", scores.negatives), ("positives", scores.positives))
    }
    counts, _ = np.histogram(scores.scores, edges, weights=scores.totals)
    return {"edges": edges.tolist(), "counts": counts.astype(int).tolist()} | counted


def _plots(job: Job, scores: ScoreCounts) -> tuple[Product, ...]:
    confidence = job.spec["confidence"]
    area = performance.area(scores, confidence=confidence)
    bins = calibration.reliability(scores, confidence=confidence)
    drawn = {
        "roc.svg": plots.roc(performance.roc_curve(scores, most=1_000), area),
        "calibration.svg": plots.calibration(bins),
    }
    return tuple(plots.product(job.folder, name, svg) for name, svg in drawn.items())
