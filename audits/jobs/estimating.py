"""Performance of a window before its outcomes are known, from scores the reference calibrates.

Says what it rests on: that a score still means what it meant on the reference. That cannot be
seen here; only outcomes show it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import ibis
import numpy as np

from audits.jobs import reference, validate, window
from measures.classification import performance
from measures.intervals.bootstrap import Drawing
from measures.label_free import confidence_based
from measures.label_free.isotonic import isotonic_recalibration
from measures.measured import Measured
from measures.reduce.missing import as_number
from measures.reduce.scores import ScoreCounts
from measures.reduce.unlabelled_scores import reduce_unlabelled_scores

#: Figures that do not depend on where the threshold lies.
_OF_SCORES = ("roc_auc",)


class Estimates(NamedTuple):
    """Figures of the window, those of the reference, what the report tells, what is missing."""

    measures: list[Measured]
    details: dict[str, Any]
    unmeasured: list[str]


class _Decisions(NamedTuple):
    """From which score on predictions are favourable; None if no such score exists."""

    threshold: float | None


def estimate(
    labelled: ScoreCounts | None, unlabelled: str | None, rows: ibis.Table, drawing: Drawing
) -> Estimates:
    """Estimate the window's performance.

    Parameters
    ----------
    labelled : ScoreCounts or None
        The reference's rows by score and label; None if it has no labels.
    unlabelled : str or None
        Why it has none.
    rows : ibis.Table
        The window: columns score and prediction.
    drawing : Drawing
        Of the intervals.
    """
    why_not = unlabelled if labelled is None else reference.too_few(labelled)
    if labelled is None or why_not:
        return _none(f"no performance is estimated without outcomes: {why_not}")
    decided = _decisions(rows)
    at = window.THRESHOLD if decided.threshold is None else decided.threshold
    try:
        (scores,) = reduce_unlabelled_scores(rows, [], score="score").scores
    except ValueError as said:
        return _none(f"no performance is estimated without outcomes: {said}")
    calibrated = isotonic_recalibration(labelled)
    found = confidence_based.estimate(scores, at, drawing, recalibration=calibrated)
    wanted = [f.name for f in found.figures] if decided.threshold is not None else _OF_SCORES
    estimated = [_measure(each) for each in found.figures if each.name in wanted]
    details = {
        "assumption": found.assumption,
        "labelled_rows": labelled.rows,
        "rows": found.n,
        "beyond": found.beyond,
        "threshold": decided.threshold,
        "recalibration_digest": calibrated.digest(),
    }
    unmeasured = [] if decided.threshold is not None else [_undecided()]
    return Estimates(
        [*estimated, *_of_reference(labelled, at, wanted, drawing)], details, unmeasured
    )


def _none(said: str) -> Estimates:
    return Estimates([], {"not_available": said}, [said])


def _undecided() -> str:
    return (
        "no accuracy is estimated without outcomes: predictions of this window do not follow"
        " from a threshold on the score"
    )


def _decisions(rows: ibis.Table) -> _Decisions:
    """The usual threshold if predictions are by it, else the lowest score predicted favourably."""
    score, chosen = as_number(rows["score"]), rows["prediction"] == 1
    asked = {"refused": score.max(where=~chosen), "selected": score.min(where=chosen)}
    answer = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
    refused = -np.inf if answer["refused"] is None else answer["refused"]
    selected = np.inf if answer["selected"] is None else answer["selected"]
    if refused < window.THRESHOLD <= selected:
        return _Decisions(window.THRESHOLD)
    if refused >= selected:
        return _Decisions(None)
    return _Decisions(float(selected if np.isfinite(selected) else np.nextafter(refused, np.inf)))


def _measure(each: confidence_based.Estimated) -> Measured:
    name = f"estimated_{each.name}"
    if each.interval is None:
        return Measured(name, None, None, None, each.n, "fraction")
    return Measured(name, each.value, *each.interval, each.n, "fraction")


def _of_reference(
    labelled: ScoreCounts, threshold: float, wanted: Sequence[str], drawing: Drawing
) -> list[Measured]:
    """What the same figures are on the reference, where outcomes are known: to compare with."""
    chosen = labelled.scores >= threshold
    sides = (labelled.negatives, labelled.positives)
    confusion = np.array([[side[~chosen].sum(), side[chosen].sum()] for side in sides])
    figures = [
        performance.area(labelled, confidence=drawing.confidence),
        *performance.shares(confusion, confidence=drawing.confidence),
        *performance.composites(confusion, drawing),
    ]
    measured = (validate.as_measure(each) for each in figures if each.name in wanted)
    return [each._replace(name=f"reference_{each.name}") for each in measured]
