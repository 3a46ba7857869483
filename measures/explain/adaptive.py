"""Permutation importance on as few rows as a stated error allows.

A sample of the rows is asked first, and more only for features whose standard error is still
above the tolerance. Rows already asked count on. The sample and every shuffle follow from the
values and the seed, so the order of the rows changes nothing.

A feature that is shuffled takes values it may never have beside the others; features that move
together can be shuffled together. Importance says what the model uses, not what causes the
outcome, and a feature can be important to a model that is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, nan, sqrt
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from measures.explain.metric import ROC_AUC, Evaluated, Metric, standard_error
from measures.explain.sampling import (
    ROWS_PER_CALL,
    Score,
    as_floats,
    canonical_order,
    check_features,
    is_number,
    replaced,
    scored,
)
from measures.intervals.bootstrap import stream
from measures.intervals.interval import Interval, check_confidence

#: What the reports call the method.
METHOD = "normal, from each person's influence as receiver and as giver of shuffled values"

#: Labels of at most so many values are sampled in their shares.
_STRATA = 20
_LABEL = "explain:label"


class Effort(NamedTuple):
    """How exact, and at what cost.

    Standard errors are wanted below `tolerance` (in the unit of the metric) for every feature,
    or for the `top` most important; `rows` and `repeats` (at least 2) are asked first, and
    never more than `most_rows` and `most_repeats`.
    """

    tolerance: float = 0.005
    rows: int = 10_000
    repeats: int = 3
    most_rows: int | None = None
    most_repeats: int = 30
    top: int | None = None


class SampledImportance(NamedTuple):
    """How much worse the metric became, its standard error and interval, and what was asked."""

    feature: str
    value: float
    standard_error: float
    interval: Interval
    rows: int
    repeats: int


class Importances(NamedTuple):
    """Importance of every feature; `largest_error` of those that `tolerance` was asked of."""

    metric: str
    baseline: float
    found: tuple[SampledImportance, ...]
    largest_error: float
    tolerance: float
    rows_scored: int

    @property
    def reached(self) -> bool:
        """Whether the error asked for was reached; otherwise all rows allowed were used."""
        return self.largest_error <= self.tolerance


def adaptive_importance(
    rows: pa.Table,
    labels: np.ndarray,
    score: Score,
    *,
    metric: Metric = ROC_AUC,
    together: Mapping[str, Sequence[str]] | None = None,
    effort: Effort | None = None,
    confidence: float = 0.95,
    seed: int,
) -> Importances:
    """Importance of each column, or group of columns, by shuffling it on sampled rows.

    With h(i, j) what person i's part in the metric becomes when they get person j's value, the
    estimate averages h over the pairs the shuffles make. Its variance is that of the sum of
    what a person adds as receiver and as giver, over n, and what is left over n times the
    repeats; of the latter an upper bound is taken.

    Parameters
    ----------
    rows : pyarrow.Table
        The features, and nothing else.
    labels : numpy.ndarray of shape (n_rows,)
        What came true: 0 or 1, or a number for a regression metric.
    score : callable
        ``score(table)`` gives one finite number per row; asked at most 200,000 rows at a time.
    metric : Metric, default ROC_AUC
        Whose worsening is the importance.
    together : mapping of str to sequence of str, optional
        Groups by name, each shuffled as one; columns in none are shuffled alone.
    effort : Effort, optional
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    seed : int
        Seed of the frozen stream.

    Returns
    -------
    Importances
        Groups first, then single columns; in the unit of the metric.

    Raises
    ------
    ValueError
        If labels, groups, effort or scores are not as described.

    References
    ----------
    A. Fisher, C. Rudin, F. Dominici (2019), "All models are wrong, but many are useful",
    J. Machine Learning Research 20(177), 1-81 (the estimand, a U-statistic). W. Hoeffding
    (1948), "A class of statistics with asymptotically normal distribution", Ann. Math. Statist.
    19(3), 293-325 (its variance).
    """
    check_confidence(confidence)
    wanted = _checked(effort or Effort())
    check_features(rows, rows.column_names)
    order = _order(rows, labels, seed)[: wanted.most_rows]
    groups = _groups(rows.column_names, together or {})
    study = _Study(rows, order, labels, score, metric, groups, seed)
    return _carried_out(study, wanted, float(ndtri((1 + confidence) / 2)))


def correlated(rows: pa.Table, *, least: float = 0.8) -> dict[str, list[str]]:
    """Groups of numeric columns that move together, to be shuffled as one.

    Columns are joined where Spearman's |ρ| over the rows that have both is at least `least`,
    and with whatever they are joined to. Columns that are text are left alone.

    Returns
    -------
    dict of str to list of str
        Groups of two or more, named ``"a + b"``.
    """
    numbers = [name for name in rows.column_names if is_number(rows.schema.field(name).type)]
    columns = {name: as_floats(rows.column(name)) for name in numbers}
    group = {name: name for name in numbers}
    for i, one in enumerate(numbers):
        for other in numbers[i + 1 :]:
            if abs(_spearman(columns[one], columns[other])) >= least:
                old, new = group[other], group[one]
                group = {name: new if held == old else held for name, held in group.items()}
    joined = [[name for name in numbers if group[name] == each] for each in dict.fromkeys(numbers)]
    return {" + ".join(names): names for names in joined if len(names) > 1}


class _Trial:
    """What is known of one group of features: its shuffled scores and who gave the values."""

    def __init__(self, features: Sequence[str], seed: int) -> None:
        self.features = features
        self.frozen = stream(seed)
        self.scores: list[np.ndarray] = []
        self.givers: list[np.ndarray] = []

    def asked(self, people: int, repeats: int) -> Iterator[tuple[int, np.ndarray]]:
        """Per repeat: which repeat, and the givers of the people it does not hold yet."""
        for repeat in range(repeats):
            held = len(self.givers[repeat]) if repeat < len(self.givers) else 0
            if held < people:
                yield repeat, held + self.frozen.permutation(people - held)

    def add(self, repeat: int, givers: np.ndarray, scores: np.ndarray) -> None:
        if repeat == len(self.scores):
            self.scores.append(np.empty(0))
            self.givers.append(np.empty(0, dtype=np.int64))
        self.scores[repeat] = np.r_[self.scores[repeat], scores]
        self.givers[repeat] = np.r_[self.givers[repeat], givers]


class _Estimate(NamedTuple):
    """Value, and variance of its estimate: due to people, and due to too few shuffles."""

    value: float
    of_people: float
    of_shuffles: float

    @property
    def error(self) -> float:
        return sqrt(self.of_people + self.of_shuffles)


class _Study:
    """The people sampled so far, the model, and the trials of all groups."""

    def __init__(
        self,
        source: pa.Table,
        order: np.ndarray,
        labels: np.ndarray,
        score: Score,
        metric: Metric,
        groups: Mapping[str, Sequence[str]],
        seed: int,
    ) -> None:
        self.source, self.order, self.labels = source, order, labels[order]
        self.score, self.metric, self.rows = score, metric, source.slice(0, 0)
        seeds = stream(seed).randint(0, 2**32, len(groups), dtype=np.int64)
        self.trials = {
            name: _Trial(features, int(own))
            for (name, features), own in zip(groups.items(), seeds, strict=True)
        }
        self.untouched = np.empty(0)
        self.rows_scored = 0

    def extend(self, names: Sequence[str], people: int, repeats: int) -> None:
        """Ask about more people, or more repeats, for the groups named."""
        if people > len(self.untouched):
            more = self.source.take(pa.array(self.order[len(self.untouched) : people]))
            self.rows = pa.concat_tables([self.rows, more]).combine_chunks()
            self.untouched = np.r_[self.untouched, scored(self.score, more)]
            self.rows_scored += more.num_rows
        asked = (
            (self.trials[name], repeat, givers)
            for name in names
            for repeat, givers in self.trials[name].asked(people, repeats)
        )
        for batch in _batches(asked):
            self._ask(batch, people)

    def _ask(self, batch: list[tuple[_Trial, int, np.ndarray]], people: int) -> None:
        tables = [self._shuffled(trial.features, givers, people) for trial, _, givers in batch]
        answers = scored(self.score, pa.concat_tables(tables))
        self.rows_scored += len(answers)
        ends = np.cumsum([table.num_rows for table in tables])[:-1]
        for (trial, repeat, givers), part in zip(batch, np.split(answers, ends), strict=True):
            trial.add(repeat, givers, part)

    def _shuffled(self, features: Sequence[str], givers: np.ndarray, people: int) -> pa.Table:
        table = self.rows.slice(people - len(givers), len(givers))
        for feature in features:
            table = replaced(table, feature, self.rows.column(feature).take(pa.array(givers)))
        return table

    def baseline(self, people: int) -> Evaluated:
        """The metric of the people as they are."""
        return self.metric.evaluated(self.labels[:people], self.untouched[:people])

    def estimates(self, names: Sequence[str]) -> dict[str, _Estimate]:
        """The importance of the groups named, all of which hold the same people."""
        people = len(self.trials[names[0]].scores[0])
        baseline = self.baseline(people)
        return {name: self._estimate(self.trials[name], baseline) for name in names}

    def _estimate(self, trial: _Trial, baseline: Evaluated) -> _Estimate:
        people, repeats = len(baseline.influence), len(trial.scores)
        after = [self.metric.evaluated(self.labels[:people], scores) for scores in trial.scores]
        received = np.stack([each.influence for each in after]) - baseline.influence
        given = np.empty_like(received)
        np.put_along_axis(given, np.stack(trial.givers), received, axis=1)
        value = float(np.mean([self.metric.worsening(baseline.value, a.value) for a in after]))
        influence = received.mean(axis=0) + given.mean(axis=0)
        # What is left of a repeat once receiver and giver are accounted for is in both spreads.
        spreads = [float(each.var(axis=0, ddof=1).mean()) for each in (received, given)]
        both, left = sum(spreads) / repeats, min(spreads) / repeats
        alone = max(0.0, standard_error(influence) ** 2 - both / people)
        return _Estimate(value, alone, left / people)


def _carried_out(study: _Study, wanted: Effort, z: float) -> Importances:
    available = len(study.labels)
    people, repeats = min(wanted.rows, available), wanted.repeats
    names: list[str] = list(study.trials)
    known: dict[str, _Estimate] = {}
    while names:
        study.extend(names, people, repeats)
        known |= study.estimates(names)
        names = [name for name in _asked_of(known, wanted.top, z) if _loose(known[name], wanted)]
        loose = [known[name] for name in names]
        if people < available:
            people = _more_people(loose, people, available, wanted.tolerance)
            continue
        names = [name for name in names if known[name].of_people < wanted.tolerance**2]
        more = _more_repeats([known[name] for name in names], repeats, wanted)
        if more == repeats:
            break
        repeats = more
    errors = [known[name].error for name in _asked_of(known, wanted.top, z)]
    found = tuple(_importance(name, each, study.trials[name], z) for name, each in known.items())
    baseline = study.baseline(len(study.untouched)).value
    return Importances(
        study.metric.name, baseline, found, max(errors), wanted.tolerance, study.rows_scored
    )


def _loose(each: _Estimate, wanted: Effort) -> bool:
    return not each.error <= wanted.tolerance


def _asked_of(known: Mapping[str, _Estimate], top: int | None, z: float) -> list[str]:
    """All, or those that are or may yet be among the most important."""
    if top is None or top >= len(known):
        return list(known)
    least = sorted((each.value for each in known.values()), reverse=True)[top - 1]
    return [name for name, each in known.items() if each.value + z * each.error >= least]


def _more_people(loose: list[_Estimate], people: int, available: int, tolerance: float) -> int:
    """As many as the loosest needs, with a tenth to spare: the error falls with √n."""
    short = max((each.error / tolerance for each in loose), default=1.0)
    return min(available, max(people + 1, ceil(1.1 * people * short**2)))


def _more_repeats(loose: list[_Estimate], repeats: int, wanted: Effort) -> int:
    """As many as the loosest needs, now that every person has been asked."""
    needs = [
        ceil(1.1 * repeats * each.of_shuffles / (wanted.tolerance**2 - each.of_people))
        for each in loose
    ]
    return max(repeats, min(wanted.most_repeats, max(needs, default=repeats)))


def _importance(name: str, each: _Estimate, trial: _Trial, z: float) -> SampledImportance:
    error = each.error
    interval = Interval(each.value - z * error, each.value + z * error)
    rows, repeats = len(trial.scores[0]), len(trial.scores)
    return SampledImportance(name, each.value, error, interval, rows, repeats)


def _batches(
    asked: Iterator[tuple[_Trial, int, np.ndarray]],
) -> Iterator[list[tuple[_Trial, int, np.ndarray]]]:
    """Shuffles that fit into one call of the model together."""
    batch: list[tuple[_Trial, int, np.ndarray]] = []
    held = 0
    for each in asked:
        if batch and held + len(each[2]) > ROWS_PER_CALL:
            yield batch
            batch, held = [], 0
        batch.append(each)
        held += len(each[2])
    if batch:
        yield batch


def _order(rows: pa.Table, labels: np.ndarray, seed: int) -> np.ndarray:
    """A sample's order; equal rows with different labels are different people."""
    if len(labels) != rows.num_rows:
        raise ValueError(f"expected a label for {rows.num_rows} rows, got {len(labels)}")
    strata = labels if len(np.unique(labels)) <= _STRATA else None
    return canonical_order(rows.append_column(_LABEL, pa.array(labels)), seed=seed, strata=strata)


def _groups(
    features: Sequence[str], together: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    held = [name for names in together.values() for name in names]
    odd = sorted({name for name in held if name not in features or held.count(name) > 1})
    if odd:
        raise ValueError(f"expected each grouped feature once and in the rows, got {odd}")
    alone: dict[str, Sequence[str]] = {name: [name] for name in features if name not in held}
    return {**together, **alone}


def _checked(effort: Effort) -> Effort:
    if not effort.tolerance > 0:
        raise ValueError(f"tolerance must be above 0, got {effort.tolerance}")
    if effort.repeats < 2:
        raise ValueError(f"repeats must be at least 2, got {effort.repeats}")
    for name, least in (("rows", 2), ("most_rows", 2), ("top", 1)):
        given = getattr(effort, name)
        if given is not None and given < least:
            raise ValueError(f"{name} must be at least {least}, got {given}")
    return effort


def _spearman(one: np.ndarray, other: np.ndarray) -> float:
    both = ~(np.isnan(one) | np.isnan(other))
    ranks = [np.unique(each[both], return_inverse=True) for each in (one, other)]
    if any(len(distinct) < 2 for distinct, _ in ranks):
        return nan
    mid = [(np.cumsum(n := np.bincount(code)) - (n - 1) / 2)[code] for _, code in ranks]
    return float(np.corrcoef(mid[0], mid[1])[0, 1])
