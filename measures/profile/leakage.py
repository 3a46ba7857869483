"""Features that know the target too well: they may hold what is only known afterwards.

A feature is a suspect by the lower end of its interval, never by the estimate alone. That
a feature is near-perfect does not prove a leak, nor does a weak one exclude it: a person looks.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import ibis

from measures.intervals.bootstrap import Drawing
from measures.intervals.delong import roc_auc
from measures.intervals.interval import Interval
from measures.profile.association import Association, cramers_v, theils_u
from measures.reduce.association import Contingency, reduce_contingency, reduce_missing_by
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.columns import kind_of
from measures.reduce.finite import LARGEST, float_of
from measures.reduce.guard import TooManyLevels
from measures.reduce.missing import as_number, as_text
from measures.reduce.scores import ScoreCounts, reduce_scores

#: From this lower bound on a feature is a suspect: area under the curve, V or U.
NEAR_PERFECT = 0.95

#: From this lower bound of V on, that a value is missing tells too much of the target.
TELLING = 0.3

#: Cells (values of the feature × of the target) a feature may have to be compared.
MOST_CELLS = 5_000


class Suspect(NamedTuple):
    """A feature that tells too much, by which measure, how much, and a sentence why."""

    feature: str
    measure: str
    value: float
    interval: Interval
    n: int
    reason: str


class Examined(NamedTuple):
    """The suspects, and a sentence for each feature that could not be examined."""

    suspects: tuple[Suspect, ...]
    not_examined: tuple[str, ...]


def leakage_suspects(
    table: ibis.Table, target: str, features: Sequence[str], drawing: Drawing
) -> Examined:
    """Look at each feature's association with the target, and at that of its missing values.

    Numbers against a target of two values by the area under the ROC curve (DeLong's
    interval; the direction does not matter), everything else by Theil's U of the target given
    the feature and Cramér's V (bootstrap intervals). Rows without target do not count.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    target : str
        A column of at most a thousand values.
    features : sequence of str
        Columns to examine; the target itself is passed over.
    drawing : Drawing
        Resamples, confidence and seed of the intervals.

    Returns
    -------
    Examined
        Suspects in the order of the features, at most two of each: by value, by missingness.

    Raises
    ------
    TooManyLevels
        If the target has too many values.
    """
    names = [name for name in features if name != target]
    levels = reduce_categories(table, [target])[target]
    suspects, skipped = list[Suspect](), list[str]()
    if len(levels.levels) < 2:
        return Examined((), (f"the target {target!r} has fewer than two values",))
    missing = reduce_missing_by(table, names, target)
    for name in names:
        try:
            suspects += _by_value(table, name, target, levels, drawing)
        except TooManyLevels as many:
            skipped.append(str(many))
        suspects += _by_missing(name, missing[name], drawing)
    return Examined(tuple(suspects), tuple(skipped))


def _by_value(
    table: ibis.Table, name: str, target: str, levels: CategoryCounts, drawing: Drawing
) -> list[Suspect]:
    if kind_of(table[name]) == "number" and len(levels.levels) == 2:
        return _by_number(table, name, target, levels.levels[1], drawing.confidence)
    counted = reduce_contingency(table, name, target, most=MOST_CELLS)
    return _by_category(name, target, counted, drawing)


def _by_number(
    table: ibis.Table, name: str, target: str, positive: str, confidence: float
) -> list[Suspect]:
    rows = table.select(score=as_number(table[name]), level=as_text(table[target]))
    known = rows.filter((rows["score"].abs() <= float_of(LARGEST)) & rows["level"].notnull())
    known = known.select("score", label=(known["level"] == positive).ifelse(1, 0))
    scores = reduce_scores(known, score="score", label="label")
    if not scores.positives.sum() or not scores.negatives.sum():
        return []
    area, interval = _upright(scores, confidence)
    if interval.low < NEAR_PERFECT:
        return []
    reason = (
        f"by {name!r} alone people are ranked almost perfectly by {target!r}: area under the"
        f" curve {area:.4f}, at least {interval.low:.4f}"
    )
    if area == 1:
        reason = f"a threshold on {name!r} gives {target!r} without a single error"
    return [Suspect(name, "roc_auc", area, interval, scores.rows, reason)]


def _upright(scores: ScoreCounts, confidence: float) -> tuple[float, Interval]:
    """The area, or one minus it where high values go with the first value of the target."""
    found = roc_auc(scores, confidence=confidence)
    if found.value >= 0.5:
        return found.value, found.interval
    return 1 - found.value, Interval(1 - found.interval.high, 1 - found.interval.low)


def _by_category(name: str, target: str, counted: Contingency, drawing: Drawing) -> list[Suspect]:
    for measure in (theils_u, cramers_v):
        found = _at_least(NEAR_PERFECT, measure, counted, drawing)
        if found and _repeats(counted):
            reason = _reason(name, target, counted, found)
            return [_suspect(name, found.name, found, reason)]
    return []


def _at_least(
    bound: float,
    measure: Callable[[Contingency, Drawing], Association],
    counted: Contingency,
    drawing: Drawing,
) -> Association | None:
    """The association if its interval lies above a bound; few are worth the resampling."""
    glanced = measure(counted, drawing._replace(resamples=1))
    if glanced.value is None or glanced.value < bound:
        return None
    found = measure(counted, drawing)
    return found if found.interval.low >= bound else None


def _suspect(feature: str, measure: str, found: Association, reason: str) -> Suspect:
    value = found.interval.high if found.value is None else found.value
    return Suspect(feature, measure, value, found.interval, found.n, reason)


def _repeats(counted: Contingency) -> bool:
    """Whether values come again: one of a kind always tells, as an identifier does."""
    return counted.people >= 2 * len(counted.rows)


def _reason(name: str, target: str, counted: Contingency, found: Association) -> str:
    if len(counted.rows) == len(counted.columns) and found.value == 1:
        same = " and has the same values" if counted.rows == counted.columns else ""
        return f"{name!r} is {target!r} under another name{same}"
    if found.value == 1:
        return f"each value of {name!r} goes with one value of {target!r} only"
    return (
        f"{name!r} tells {target!r} almost entirely: {found.name} {found.value:.4f}, at least"
        f" {found.interval.low:.4f}"
    )


def _by_missing(name: str, counted: Contingency, drawing: Drawing) -> list[Suspect]:
    if len(counted.rows) < 2:
        return []
    found = _at_least(TELLING, cramers_v, counted, drawing)
    if not found:
        return []
    reason = (
        f"whether {name!r} is missing tells much of {counted.names[1]!r}: Cramér's V"
        f" {found.value:.4f}, at least {found.interval.low:.4f}"
    )
    return [_suspect(name, "missing_cramers_v", found, reason)]
