"""How a model answers people who are changed a little, compared with its answers as they are.

Everything in this folder asks one question: the rows are changed in a stated way, and the model
is asked again. It may refuse, change the score, or change the decision; each is counted over
the same people, with its interval. What was not tried was not tested: a model that stands these
changes may fail others.
"""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from measures.explain.metric import ROC_AUC, Metric, standard_error
from measures.explain.sampling import (
    ROWS_PER_CALL,
    Score,
    canonical_order,
    check_features,
    scored,
)
from measures.intervals.interval import UNINFORMATIVE, Interval, check_confidence
from measures.intervals.wilson import wilson_interval

#: What the reports call the methods.
METHODS = {
    "rate": "Wilson",
    "score_change": "normal (central limit theorem)",
    "performance": "normal, from each person's influence on the change",
}

_LABEL = "robustness:label"


class Model(NamedTuple):
    """A model and how it decides.

    ``score(table)`` gives one number per row; a score at or above `threshold` is the favourable
    decision. `refusals` are the exceptions by which it says that it cannot answer.
    """

    score: Score
    threshold: float
    refusals: tuple[type[Exception], ...] = (ValueError,)


class Baseline(NamedTuple):
    """People as they are, in an order of their own, and what the model says of them."""

    model: Model
    rows: pa.Table
    scores: np.ndarray
    labels: np.ndarray | None
    metric: Metric
    confidence: float
    seed: int


class Answers(NamedTuple):
    """Scores, NaN where the model gave none, and the first reason it gave for that."""

    scores: np.ndarray
    refusal: str | None


class Rate(NamedTuple):
    """`cases` of `n` people as a share in [0, 1], with Wilson's interval; None of nobody."""

    cases: int
    n: int
    value: float | None
    interval: Interval


class Mean(NamedTuple):
    """A mean over `n` people in the unit of the score; None where too few have one."""

    value: float | None
    interval: Interval | None
    n: int


class PerformanceChange(NamedTuple):
    """A metric before and after, of the people answered both times; worsening above 0 is loss."""

    metric: str
    before: float
    after: float
    worsening: float
    interval: Interval
    n: int


class Response(NamedTuple):
    """What a change did to the answers.

    `refused` is of all people changed; flips (in total and by direction) and changes of the
    score are of those answered. `performance` is None without labels, or where it is not defined.
    """

    change: str
    refused: Rate
    refusal: str | None
    flipped: Rate
    to_favourable: Rate
    to_unfavourable: Rate
    score_change: Mean
    absolute_change: Mean
    performance: PerformanceChange | None


def baseline(
    model: Model,
    rows: pa.Table,
    *,
    labels: np.ndarray | None = None,
    metric: Metric = ROC_AUC,
    confidence: float = 0.95,
    seed: int,
) -> Baseline:
    """Ask the model about the people as they are.

    Parameters
    ----------
    model : Model
        Must answer every row as it is.
    rows : pyarrow.Table
        The features, and nothing else. Sample large tables first (`canonical_order`).
    labels : numpy.ndarray of shape (n_rows,), optional
        What came true; with them performance is compared too.
    metric : Metric, default ROC_AUC
        The performance.
    confidence : float, default 0.95
        Coverage of every interval, strictly between 0 and 1.
    seed : int
        Seed of all that is drawn. The order of the rows changes nothing.

    Returns
    -------
    Baseline
        What the other functions of this folder take.

    Raises
    ------
    ValueError
        If there are no rows, not one label per row, or a row as it is has no finite score.
    """
    check_confidence(confidence)
    check_features(rows, rows.column_names)
    if labels is not None and len(labels) != rows.num_rows:
        raise ValueError(f"expected a label for {rows.num_rows} rows, got {len(labels)}")
    known = rows if labels is None else rows.append_column(_LABEL, pa.array(labels))
    order = canonical_order(known, seed=seed)
    people = rows.take(pa.array(order))
    mine = None if labels is None else np.asarray(labels)[order]
    return Baseline(model, people, scored(model.score, people), mine, metric, confidence, seed)


def respond(base: Baseline, change: str, changed: pa.Table) -> Response:
    """Ask about the same people, changed, in the same order; see `Response`."""
    answers = answered(base.model, changed)
    return compare(base, change, answers, np.arange(len(base.scores)))


def compare(base: Baseline, change: str, answers: Answers, people: np.ndarray) -> Response:
    """Compare answers with the baseline of the people at these places, one answer for each."""
    known = ~np.isnan(answers.scores)
    who, after = people[known], answers.scores[known]
    before, threshold = base.scores[who], base.model.threshold
    was, now = before >= threshold, after >= threshold
    share = _shares(base.confidence)
    return Response(
        change,
        share(~known),
        answers.refusal,
        share(was != now),
        share(~was & now),
        share(was & ~now),
        mean_of(after - before, base.confidence),
        mean_of(np.abs(after - before), base.confidence),
        _performance(base, who, after),
    )


def answered(model: Model, rows: pa.Table) -> Answers:
    """Ask a model that may refuse: rows it refuses are found by halving what was asked.

    A score that is not finite is no answer either. Costs one call where nothing is refused, and
    at most two calls per row where everything is.
    """
    scores, refusals = np.full(rows.num_rows, np.nan), []
    waiting = [
        (start, min(start + ROWS_PER_CALL, rows.num_rows))
        for start in range(0, rows.num_rows, ROWS_PER_CALL)
    ][::-1]
    while waiting:
        start, end = waiting.pop()
        try:
            found = model.score(rows.slice(start, end - start))
        except model.refusals as refused:
            refusals.append(str(refused))
            middle = (start + end) // 2
            waiting += [(middle, end), (start, middle)] if end - start > 1 else []
            continue
        scores[start:end] = _finite(found, end - start, refusals)
    return Answers(scores, refusals[0] if refusals else None)


def rate(cases: int, n: int, confidence: float) -> Rate:
    """A share with Wilson's interval; of nobody it is None and may be anything."""
    if not n:
        return Rate(0, 0, None, UNINFORMATIVE)
    return Rate(cases, n, cases / n, wilson_interval(cases, n, confidence=confidence))


def mean_of(values: np.ndarray, confidence: float) -> Mean:
    """A mean with its normal interval; a single person has none, and nobody no mean."""
    n = len(values)
    if not n:
        return Mean(None, None, 0)
    value = float(values.mean())
    if n < 2:
        return Mean(value, None, n)
    reach = float(ndtri((1 + confidence) / 2)) * float(values.std(ddof=1)) / sqrt(n)
    return Mean(value, Interval(value - reach, value + reach), n)


def _shares(confidence: float) -> Callable[[np.ndarray], Rate]:
    return lambda marked: rate(int(marked.sum()), len(marked), confidence)


def _finite(found: np.ndarray, expected: int, refusals: list[str]) -> np.ndarray:
    scores = np.asarray(found, dtype=np.float64)
    if scores.shape != (expected,):
        raise ValueError(f"expected {expected} scores, one per row, got shape {scores.shape}")
    odd = ~np.isfinite(scores)
    if odd.any():
        refusals.append(f"the score is {scores[odd][0]}")
    return np.where(odd, np.nan, scores)


def _performance(base: Baseline, who: np.ndarray, after: np.ndarray) -> PerformanceChange | None:
    if base.labels is None or len(who) < 2:
        return None
    labels, metric = base.labels[who], base.metric
    try:
        old, new = (metric.evaluated(labels, each) for each in (base.scores[who], after))
    except ValueError:  # one class only among those answered, or scores that are no probabilities
        return None
    error = standard_error(old.influence - new.influence)
    reach = float(ndtri((1 + base.confidence) / 2)) * error
    worse = metric.worsening(old.value, new.value)
    interval = Interval(worse - reach, worse + reach)
    return PerformanceChange(metric.name, old.value, new.value, worse, interval, len(who))
