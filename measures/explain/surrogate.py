"""A small tree that says what a model says, as far as a small tree can.

The tree is grown on some rows and held against the model on the others: its fidelity. Rules of
a tree of low fidelity describe the tree, not the model; even at high fidelity they describe
where the model cuts, not why outcomes come about.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri
from sklearn.tree import DecisionTreeRegressor

from measures.explain import metric
from measures.explain.dependence import plain
from measures.explain.sampling import (
    Score,
    as_floats,
    canonical_order,
    check_features,
    is_number,
    scored,
)
from measures.intervals.interval import Interval, check_confidence
from measures.intervals.wilson import wilson_interval

#: Of a category so many values, the most frequent ones, get a question of their own.
_LEVELS = 20


class Limits(NamedTuple):
    """How large the tree may grow: depth, leaves, and rows a leaf must hold."""

    depth: int = 4
    leaves: int = 16
    rows_per_leaf: int = 20


class Rule(NamedTuple):
    """A path to a leaf: its conditions, all of which hold, and the mean score of its rows.

    `n` counts the rows held back that follow the path; `grown_on` those the tree grew on.
    """

    conditions: tuple[str, ...]
    score: float
    n: int
    grown_on: int


class Surrogate(NamedTuple):
    """Fidelity of the tree on `n` rows it was not grown on, and its rules.

    `r2` is the share of the variance of the scores that the tree explains (at most 1; None
    where the model gives these rows one and the same score). `agreement` is the share of
    decisions in which tree and model agree; `by_default` that of always deciding what the model
    decides most often.
    """

    r2: float | None
    r2_interval: Interval | None
    agreement: float
    agreement_interval: Interval
    by_default: float
    n: int
    rules: tuple[Rule, ...]


class _Question(NamedTuple):
    """What one input of the tree is: a number, or whether a category has the level."""

    feature: str
    level: str | None
    has_missing: bool

    def answers(self, cut: float, missing_left: bool) -> tuple[str, str]:
        """What holds on the left of the cut, and on its right."""
        if self.level is not None:
            return f"{self.feature} is not {self.level}", f"{self.feature} is {self.level}"
        left, right = f"{self.feature} <= {cut:.6g}", f"{self.feature} > {cut:.6g}"
        if not self.has_missing:
            return left, right
        missing = " or missing"
        return (left + missing, right) if missing_left else (left, right + missing)


class _Questions(NamedTuple):
    """The inputs of the tree, shape (n_rows, n_questions), and what each is."""

    inputs: np.ndarray
    asked: list[_Question]


def surrogate_tree(
    rows: pa.Table,
    score: Score,
    *,
    threshold: float,
    limits: Limits | None = None,
    held_back: float = 0.3,
    confidence: float = 0.95,
    seed: int,
) -> Surrogate:
    """Grow a regression tree on a model's scores and measure how well it stands for it.

    Parameters
    ----------
    rows : pyarrow.Table
        The features; missing numbers go their own way at each question.
    score : callable
        ``score(table)`` gives one finite number per row.
    threshold : float
        Scores at or above it are the favourable decision.
    limits : Limits, optional
        Size of the tree.
    held_back : float, default 0.3
        Share of the rows, strictly between 0 and 1, that fidelity is measured on.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.
    seed : int
        Says which rows are held back, and decides between equally good questions.

    Returns
    -------
    Surrogate
        The interval of R² is normal (from each row's influence on it), that of the agreement
        Wilson's. Both are about this tree; another sample would grow another one.

    Raises
    ------
    ValueError
        If there are fewer than 10 rows or an argument lies outside its range.

    References
    ----------
    M. W. Craven, J. W. Shavlik (1996), "Extracting tree-structured representations of trained
    networks", Advances in Neural Information Processing Systems 8, 24-30.
    """
    check_confidence(confidence)
    check_features(rows, rows.column_names)
    grown_on = _rows_to_grow_on(rows.num_rows, held_back)
    drawn = rows.take(pa.array(canonical_order(rows, seed=seed)))
    questions, answers = _questions(drawn), scored(score, drawn)
    tree = _grown(questions.inputs[:grown_on], answers[:grown_on], limits or Limits(), seed)
    rest = questions.inputs[grown_on:]
    return _measured(tree, questions, rest, answers[grown_on:], threshold, confidence)


def _rows_to_grow_on(rows: int, held_back: float) -> int:
    if not 0 < held_back < 1:
        raise ValueError(f"held_back must be strictly between 0 and 1, got {held_back}")
    grown_on = rows - round(rows * held_back)
    if rows < 10 or rows - grown_on < 2 or grown_on < 2:
        raise ValueError(f"expected at least 10 rows to grow a tree and to test it, got {rows}")
    return grown_on


def _grown(
    inputs: np.ndarray, answers: np.ndarray, limits: Limits, seed: int
) -> DecisionTreeRegressor:
    # a split that gains less than this only separates rounding errors
    rounding = 1e-9 * answers.var() + 1e-14 * np.square(answers).mean()
    return DecisionTreeRegressor(
        min_impurity_decrease=float(rounding),
        max_depth=limits.depth,
        max_leaf_nodes=limits.leaves,
        min_samples_leaf=limits.rows_per_leaf,
        random_state=seed % 2**32,
    ).fit(inputs, answers)


def _measured(
    tree: DecisionTreeRegressor,
    questions: _Questions,
    rest: np.ndarray,
    answers: np.ndarray,
    threshold: float,
    confidence: float,
) -> Surrogate:
    copied = tree.predict(rest)
    r2, interval = _r2(answers, copied, confidence)
    favourable = answers >= threshold
    agreed, n = int((favourable == (copied >= threshold)).sum()), len(answers)
    most = max(int(favourable.sum()), n - int(favourable.sum()))
    rules = _rules(tree, questions.asked, np.bincount(tree.apply(rest)))
    return Surrogate(
        r2,
        interval,
        agreed / n,
        wilson_interval(agreed, n, confidence=confidence),
        most / n,
        n,
        rules,
    )


def _r2(
    answers: np.ndarray, copied: np.ndarray, confidence: float
) -> tuple[float | None, Interval | None]:
    if not np.ptp(answers) > 0:
        return None, None
    found = metric.R2.evaluated(answers, copied)
    reach = float(ndtri((1 + confidence) / 2)) * metric.standard_error(found.influence)
    return found.value, Interval(found.value - reach, min(1.0, found.value + reach))


def _questions(rows: pa.Table) -> _Questions:
    inputs: list[np.ndarray] = []
    asked: list[_Question] = []
    for name in rows.column_names:
        column = rows.column(name)
        if is_number(column.type):
            values = as_floats(column)
            inputs.append(values)
            asked.append(_Question(name, None, bool(np.isnan(values).any())))
            continue
        for level in _levels(column):
            inputs.append(np.asarray(pc.fill_null(pc.equal(_text(column), level), False)))
            asked.append(_Question(name, level, False))
    if not asked:
        raise ValueError("expected a feature that is known for some row, got none")
    return _Questions(np.column_stack([each.astype(np.float32) for each in inputs]), asked)


def _levels(column: pa.ChunkedArray) -> list[str]:
    counted = pc.value_counts(_text(column).drop_null()).to_pylist()
    counted.sort(key=lambda each: (-each["counts"], each["values"]))
    return [each["values"] for each in counted[:_LEVELS]]


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(plain(column.type)).cast(pa.string())


def _rules(
    tree: DecisionTreeRegressor, asked: Sequence[_Question], met: np.ndarray
) -> tuple[Rule, ...]:
    """Leaves from the lowest score to the highest."""
    grown, found = tree.tree_, []
    waiting: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    while waiting:
        node, path = waiting.pop()
        if grown.children_left[node] < 0:
            n = int(met[node]) if node < len(met) else 0
            held = float(grown.value[node].ravel()[0])
            found.append(Rule(path, held, n, int(grown.n_node_samples[node])))
            continue
        left, right = asked[grown.feature[node]].answers(
            float(grown.threshold[node]), bool(grown.missing_go_to_left[node])
        )
        waiting += [
            (int(grown.children_right[node]), (*path, right)),
            (int(grown.children_left[node]), (*path, left)),
        ]
    return tuple(sorted(found, key=lambda rule: (rule.score, rule.conditions)))
