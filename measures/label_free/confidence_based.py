"""Performance before outcomes are known, estimated from calibrated scores (CBPE).

If a score of 0.8 means that 8 of 10 come true, the scores alone say how many predictions to
expect right. Promises: with calibrated scores the figures are right on average and the
interval covers. Cannot: notice that outcomes have come to depend otherwise on the features;
then scores are no longer calibrated, and no figure here shows it.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.label_free.isotonic import IsotonicRecalibration
from measures.reduce.scores import ScoreCounts

#: What must be true for the figures to mean anything; it goes wherever they go.
ASSUMPTION = (
    "Estimated without outcomes: right only if the probabilities are calibrated for these rows,"
    " that is, if outcomes still depend on the features as they did when the scores were"
    " calibrated (no concept drift). A change in who is scored is allowed for, as far as"
    " calibration holds for them too. The uncertainty of the calibration itself is not in the"
    " intervals."
)

#: What the reports call the method.
METHOD = "percentile bootstrap: people drawn by score, outcomes drawn by probability"

#: Neighbouring scores are drawn together, in at most so many parcels on each side of the
#: threshold; the estimate itself is from all scores.
PARCELS = 200

_NAMES = ("accuracy", "precision", "recall", "specificity", "f1", "roc_auc")

#: Resamples computed at a time.
_AT_ONCE = 500


class Estimated(NamedTuple):
    """An estimated figure, a fraction in [0, 1]; NaN with no interval where undefined."""

    name: str
    value: float
    interval: Interval | None
    n: int


class ExpectedConfusion(NamedTuple):
    """Rows to expect by label and prediction; they sum to the rows."""

    true_negatives: float
    false_positives: float
    false_negatives: float
    true_positives: float


class LabelFree(NamedTuple):
    """Everything estimated on `n` rows, and the assumption it rests on.

    `beyond` rows have scores no labelled row of the recalibration reaches, 0 without one.
    """

    figures: tuple[Estimated, ...]
    confusion: ExpectedConfusion
    beyond: int
    n: int
    assumption: str = ASSUMPTION


class _Parcels(NamedTuple):
    """Rows, their mean probability, and whether they are selected, in order of the score."""

    counts: np.ndarray
    chances: np.ndarray
    selected: np.ndarray


def estimate(
    scores: ScoreCounts,
    threshold: float,
    drawing: Drawing,
    *,
    recalibration: IsotonicRecalibration | None = None,
    of: Literal["population", "rows"] = "population",
) -> LabelFree:
    """Estimate accuracy, precision, recall, specificity, F1 and ROC AUC without outcomes.

    With p the probability of each row, the expected true positives are the sum of p over the
    rows at or above the threshold, the false positives that of 1 − p, and likewise below; the
    figures are the ratios of these expectations, as NannyML's CBPE has them. The area is that of
    the curve of expected rates, rows ranked by score and ties counting half.

    The interval is drawn: rows by score as in any bootstrap, then each one's outcome by its
    probability, then the realised figure. With ``of="rows"`` the rows stay as they are and only
    outcomes are drawn: it then holds what these rows will turn out to give.

    Parameters
    ----------
    scores : ScoreCounts
        Rows per score; only the totals are looked at, so unlabelled rows may be counted with
        any label. At least one row.
    threshold : float
        Rows scoring at least this are predicted favourable. On the scale of the scores.
    drawing : Drawing
        Resamples, confidence, seed.
    recalibration : IsotonicRecalibration, optional
        From score to probability; without it the scores must be probabilities.
    of : {"population", "rows"}
        What the interval is to hold: the figure of all people like these, or of these rows.

    Returns
    -------
    LabelFree
        Fractions in [0, 1]. Where a figure is undefined (precision if nobody is selected) its
        value is NaN and it has no interval.

    Raises
    ------
    ValueError
        If there are no rows, or probabilities lie outside [0, 1].

    References
    ----------
    J. Białek, J. Perrakis, W. Kuberski, N. Nuyttens (2024), "Estimating model performance under
    covariate shift without labels", arXiv:2401.08348. B. Efron, R. J. Tibshirani (1993), "An
    Introduction to the Bootstrap", Chapman & Hall.
    """
    held = scores.totals > 0
    known, counts = scores.scores[held], scores.totals[held]
    if not len(known):
        raise ValueError("expected scored rows, got none")
    chances = recalibration.probabilities(known) if recalibration else known
    _check(chances)
    beyond = recalibration.beyond(known, counts) if recalibration else 0
    return _estimated(_Parcels(counts, chances, known >= threshold), beyond, drawing, of)


def _estimated(
    rows: _Parcels, beyond: int, drawing: Drawing, of: Literal["population", "rows"]
) -> LabelFree:
    expected = np.stack([rows.counts * (1 - rows.chances), rows.counts * rows.chances])
    values = _figures(expected[None], rows.selected)[0]
    intervals = _intervals(rows, values, drawing, of)
    n = int(rows.counts.sum())
    figures = tuple(
        Estimated(name, float(value), interval, n)
        for name, value, interval in zip(_NAMES, values, intervals, strict=True)
    )
    confusion = ExpectedConfusion(*_confusion(expected[None], rows.selected)[0].tolist())
    return LabelFree(figures, confusion, beyond, n)


def _check(chances: np.ndarray) -> None:
    low, high = float(chances.min()), float(chances.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"expected probabilities within [0, 1], got {low} to {high}: recalibrate the scores"
        )


def _confusion(outcomes: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """TN, FP, FN, TP of outcomes (n, 2, n_scores), label 0 first; shape (n, 4)."""
    chosen = outcomes[..., selected].sum(axis=-1)
    others = outcomes[..., ~selected].sum(axis=-1)
    return np.stack([others[:, 0], chosen[:, 0], others[:, 1], chosen[:, 1]], axis=-1)


def _figures(outcomes: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """The figures in the order of the names, of outcomes (n, 2, n_scores); shape (n, 6)."""
    tn, fp, fn, tp = np.moveaxis(_confusion(outcomes, selected), -1, 0)
    return np.stack(
        [
            _ratio(tp + tn, tn + fp + fn + tp),
            _ratio(tp, tp + fp),
            _ratio(tp, tp + fn),
            _ratio(tn, tn + fp),
            _ratio(2 * tp, 2 * tp + fp + fn),
            _area(outcomes[:, 0], outcomes[:, 1]),
        ],
        axis=-1,
    )


def _area(negatives: np.ndarray, positives: np.ndarray) -> np.ndarray:
    """Share of pairs ranked rightly, of rows per score ascending, (n, n_scores); shape (n,)."""
    below = np.cumsum(negatives, axis=-1) - negatives / 2
    pairs = positives.sum(axis=-1) * negatives.sum(axis=-1)
    return _ratio((positives * below).sum(axis=-1), pairs)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    unknown = np.full(part.shape, np.nan)
    return np.divide(part, whole, out=unknown, where=whole > 0)


def _intervals(
    rows: _Parcels, values: np.ndarray, drawing: Drawing, of: Literal["population", "rows"]
) -> list[Interval | None]:
    parcels = _parcelled(rows)
    drawn = np.concatenate(
        [_figures(each, parcels.selected) for each in _draws(parcels, drawing, of)]
    )
    expected = np.stack([parcels.counts * (1 - parcels.chances), parcels.counts * parcels.chances])
    # people of a parcel tie in the drawn area, as they need not in the estimate
    moved = drawn + (values - _figures(expected[None], parcels.selected)[0])
    return [
        _interval(moved[:, i], float(value), drawing.confidence) for i, value in enumerate(values)
    ]


def _interval(drawn: np.ndarray, value: float, confidence: float) -> Interval | None:
    if np.isnan(value):
        return None
    if np.isnan(drawn).all():  # too few people for any resample to have the figure
        return UNINFORMATIVE
    found = bootstrap.percentile_interval(drawn, value, confidence=confidence)
    return Interval(max(0.0, found.low), min(1.0, found.high))


def _parcelled(rows: _Parcels) -> _Parcels:
    """Neighbouring scores put together, never across the threshold."""
    starts = [place + first for first, part in _sides(rows) for place in _starts(part)]
    counts = np.add.reduceat(rows.counts, starts)
    chances = np.add.reduceat(rows.counts * rows.chances, starts) / counts
    return _Parcels(counts, np.clip(chances, 0, 1), rows.selected[starts])


def _sides(rows: _Parcels) -> list[tuple[int, np.ndarray]]:
    """Where each side of the threshold begins, and its counts; only sides with somebody."""
    first = int(np.count_nonzero(~rows.selected))
    both = [(0, rows.counts[:first]), (first, rows.counts[first:])]
    return [each for each in both if len(each[1])]


def _starts(counts: np.ndarray) -> list[int]:
    """Where parcels of about equally many rows begin."""
    if len(counts) <= PARCELS:
        return list(range(len(counts)))
    parcel = (np.cumsum(counts) - counts) * PARCELS // int(counts.sum())
    return [int(place) for place in np.flatnonzero(np.diff(parcel, prepend=-1))]


def _draws(
    parcels: _Parcels, drawing: Drawing, of: Literal["population", "rows"]
) -> Iterator[np.ndarray]:
    """Outcomes of resampled people, (n, 2, n_parcels) at a time."""
    if drawing.resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {drawing.resamples}")
    people, outcomes = bootstrap.stream(drawing.seed), bootstrap.stream(drawing.seed, 1)
    n = int(parcels.counts.sum())
    for start in range(0, drawing.resamples, _AT_ONCE):
        many = min(_AT_ONCE, drawing.resamples - start)
        counts = np.broadcast_to(parcels.counts, (many, len(parcels.counts)))
        if of == "population":
            counts = people.multinomial(n, parcels.counts / n, many)
        positives = outcomes.binomial(counts, parcels.chances)
        yield np.stack([counts - positives, positives], axis=1)
