"""People counted by group, class and predicted class: all that a multiclass figure needs.

Classes are compared by the text of their values, 1 and 1.0 being one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import ibis
import numpy as np
import pyarrow as pa

from measures.reduce import guard, weights
from measures.reduce.grouped_scores import group_codes
from measures.reduce.missing import as_group, as_text
from measures.reduce.scores import ScoreCounts, listed, reduce_scores
from measures.reduce.statistic import check_same, digest_of, frozen

#: Classes one reduction may return.
MOST_CLASSES = 200

#: Counts (groups × classes × classes) one reduction may return.
MOST_CELLS = 4_000_000

#: The largest Brier score of a person.
_WORST = 2.0

#: How far a row's probabilities may add up from 1; that of float32.
_OFF_ONE = 1e-4


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """Counts of people.

    `features` are the grouping columns; ``groups[i]`` has one level of each and is sorted;
    `classes` are sorted; ``counts[i, y, p]`` is how many people of group i are of class y and
    predicted to be of class p.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...]
    counts: np.ndarray

    def __add__(self, other: "ClassCounts") -> "ClassCounts":
        check_same("features", self.features, other.features)
        classes = tuple(sorted({*self.classes, *other.classes}))
        both = np.concatenate([_widened(part, classes) for part in (self, other)])
        return _summed(self.features, self.groups + other.groups, classes, both)

    def digest(self) -> str:
        """SHA-256 over features, groups, classes and counts."""
        return digest_of("classes", self.features, self.groups, self.classes, self.counts)

    def over(self, features: Sequence[str]) -> "ClassCounts":
        """The counts of some of the features: people summed over the others."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _summed(tuple(features), groups, self.classes, self.counts)

    def everybody(self) -> np.ndarray:
        """All groups' people together, shape (n_classes, n_classes)."""
        return np.asarray(self.counts.sum(axis=0))

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class ClassScores:
    """How many people have each probability of each class, and whether they are of it.

    ``scores[k]`` counts people by their probability of ``classes[k]``, positive being those of
    that class. Of each of the `rows` people's Σ over classes of (probability − being of it)²,
    `brier` is the exact sum and `brier_squares` that of the squares.
    """

    classes: tuple[str, ...]
    scores: tuple[ScoreCounts, ...]
    rows: int
    brier: Fraction
    brier_squares: Fraction

    def __add__(self, other: "ClassScores") -> "ClassScores":
        check_same("classes", self.classes, other.classes)
        both = zip(self.scores, other.scores, strict=True)
        added = tuple(ours + theirs for ours, theirs in both)
        return ClassScores(
            self.classes,
            added,
            self.rows + other.rows,
            self.brier + other.brier,
            self.brier_squares + other.brier_squares,
        )

    def digest(self) -> str:
        """SHA-256 over classes, each one's counts and the sums."""
        held = [each.digest() for each in self.scores]
        sums = (weights.decimal_text(self.brier), weights.decimal_text(self.brier_squares))
        return digest_of("class_scores", self.classes, held, self.rows, *sums)


def reduce_classes(
    table: ibis.Table,
    features: Sequence[str],
    *,
    label: str,
    prediction: str,
    classes: Sequence[str] | None = None,
    most_classes: int = MOST_CLASSES,
    most_cells: int = MOST_CELLS,
) -> ClassCounts:
    """Count the rows of a table by group, class and predicted class, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    label, prediction : str
        Columns of one type, nothing missing.
    classes : sequence of str, optional
        The text of every class there may be; those that do not occur are counted as zero.
        By default those that occur.
    most_classes, most_cells : int
        Classes, and counts (groups × classes × classes), allowed.

    Returns
    -------
    ClassCounts
        Only groups that somebody belongs to.

    Raises
    ------
    TooManyLevels
        If there are too many groups or classes; names the column with most.
    ValueError
        If a class is missing or not among the declared ones; says in how many rows.
    """
    counted = _counted(table, features, label, prediction, most_cells + 1)
    if len(counted) > most_cells:
        raise guard.too_many(table, [*features, label, prediction], most_cells)
    given = [counted[name].to_pylist() for name in ("label", "prediction")]
    n = counted["n"].to_numpy()
    for column, values in zip((label, prediction), given, strict=True):
        _check_declared(column, values, n, classes)
    levels = tuple(sorted({*given[0], *given[1]} if classes is None else set(classes)))
    codes, groups = group_codes(counted, len(features))
    if len(levels) > most_classes:
        raise guard.too_many(table, [label, prediction], most_classes)
    if len(groups) * len(levels) ** 2 > most_cells:
        raise guard.too_many(table, features, most_cells // len(levels) ** 2)
    places = {level: place for place, level in enumerate(levels)}
    counts = np.zeros((len(groups), len(levels), len(levels)), dtype=np.int64)
    at = [np.array([places[value] for value in values], dtype=np.intp) for values in given]
    np.add.at(counts, (codes, *at), n)
    return ClassCounts(tuple(features), groups, levels, frozen(counts))


def reduce_class_scores(table: ibis.Table, *, label: str, scores: dict[str, str]) -> ClassScores:
    """Count the rows of a table by their probability of each class, one pass a class.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    label : str
        Column of classes, nothing missing.
    scores : dict of str to str
        By class (its text) the column of its probability, in [0, 1].

    Returns
    -------
    ClassScores
        Classes sorted.

    Raises
    ------
    ValueError
        If a class is missing or has no probability, a probability is missing, NaN or
        infinite, or a row's probabilities do not add up to 1 (within 10⁻⁴).
    """
    classes, own = tuple(sorted(scores)), as_text(table[label])
    seen = table.group_by(own.name("value")).aggregate(n=table.count()).limit(MOST_CELLS)
    held = seen.to_pyarrow()
    _check_declared(label, held["value"].to_pylist(), held["n"].to_numpy(), classes)
    coded = table.select(
        *(table[scores[name]].cast("float64").name(f"p{i}") for i, name in enumerate(classes)),
        *((own == name).ifelse(1, 0).name(f"y{i}") for i, name in enumerate(classes)),
    )
    counted = tuple(_one_class(coded, i, scores[name]) for i, name in enumerate(classes))
    _check_adding_up(coded, len(classes))
    return ClassScores(classes, counted, *_brier(coded, len(classes)))


def _brier(coded: ibis.Table, classes: int) -> tuple[int, Fraction, Fraction]:
    """People, and the exact sums of their Brier scores and of the squares."""
    apart = [coded[f"p{i}"] - coded[f"y{i}"] for i in range(classes)]
    each = coded.select(brier=sum((part * part for part in apart[1:]), start=apart[0] * apart[0]))
    asked = weights.exact_sums(each, "brier", _WORST)
    answer = each.aggregate(rows=each.count(), **asked).to_pyarrow().to_pydict()
    known = {name: [value or 0 for value in values] for name, values in answer.items()}
    (total,), (squares,) = weights.from_sums(known, _WORST)
    return known["rows"][0], total, squares


def _one_class(coded: ibis.Table, place: int, column: str) -> ScoreCounts:
    renamed = coded.select(coded[f"p{place}"].name(column), coded[f"y{place}"].name("own class"))
    return reduce_scores(renamed, score=column, label="own class")


def _check_adding_up(coded: ibis.Table, classes: int) -> None:
    total = sum((coded[f"p{i}"] for i in range(1, classes)), start=coded["p0"])
    inside = [coded[f"p{i}"].between(0, 1) for i in range(classes)]
    fine = (total - 1).abs() <= _OFF_ONE
    for each in inside:
        fine = fine & each
    odd = int(coded.filter(~fine).count().to_pyarrow().as_py())
    if odd:
        raise ValueError(
            "expected probabilities within [0, 1] that add up to 1 over the classes,"
            f" got {odd:,} rows of others"
        )


def _counted(
    table: ibis.Table, features: Sequence[str], label: str, prediction: str, most: int
) -> pa.Table:
    """The query. Values become text once they are counted, since there are few of them."""
    keys = [as_group(table[feature]).name(f"g{i}") for i, feature in enumerate(features)]
    keys += [table[label].name("label"), table[prediction].name("prediction")]
    counted = table.group_by(keys).aggregate(n=table.count()).limit(most)
    text = {name: as_text(counted[name]) for name in ("label", "prediction")}
    return counted.mutate(**text).to_pyarrow()


def _check_declared(
    column: str, values: list[str | None], n: np.ndarray, classes: Sequence[str] | None
) -> None:
    rows: dict[str | None, int] = {}
    for value, many in zip(values, n.tolist(), strict=True):
        if value is None or (classes is not None and value not in classes):
            rows[value] = rows.get(value, 0) + many
    if not rows:
        return
    worst = sorted(rows, key=lambda value: (-rows[value], str(value)))
    said = listed(worst, [rows[value] for value in worst])
    expected = "a class in every row" if classes is None else f"only {', '.join(classes)}"
    total = sum(rows.values())
    raise ValueError(f"expected {expected} in {column!r}, got {said} ({total:,} rows in all)")


def _widened(part: ClassCounts, classes: tuple[str, ...]) -> np.ndarray:
    """The counts over more classes, the new ones empty."""
    places = [classes.index(held) for held in part.classes]
    wide = np.zeros((len(part.groups), len(classes), len(classes)), dtype=np.int64)
    wide[np.ix_(range(len(part.groups)), places, places)] = part.counts
    return wide


def _summed(
    features: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    classes: tuple[str, ...],
    counts: np.ndarray,
) -> ClassCounts:
    """Counts of equal groups added up and the groups in order."""
    levels = sorted(set(groups))
    places = {level: place for place, level in enumerate(levels)}
    total = np.zeros((len(levels), *counts.shape[1:]), dtype=np.int64)
    np.add.at(total, np.array([places[group] for group in groups], dtype=np.intp), counts)
    return ClassCounts(features, tuple(levels), classes, frozen(total))
