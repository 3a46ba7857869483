"""People counted by group, label and prediction: all that any group metric needs.

A cell is a group of people (one level of each sensitive feature) with one label and one
prediction. A few kilobytes of cells stand for any number of rows, without a personal one.
Where people have weights a cell also holds their sum and the sum of their squares, exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import ibis
import numpy as np

from measures.reduce import guard, weights
from measures.reduce.missing import as_group, as_text
from measures.reduce.statistic import check_same, digest_of, frozen
from measures.reduce.weights import CellWeights

#: Cells one reduction may return.
MOST_CELLS = 100_000

#: Distinct weights up to which `reduce_cells_by_weight` keeps each apart.
MOST_WEIGHTS = 64


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of people.

    `features` are the grouping columns; ``groups[i]`` has one level of each and is sorted;
    ``counts[i, y, p]`` is how many people of group i have label y and prediction p; `weights`
    has the sums of their weights, or is None where everybody counts alike.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    counts: np.ndarray
    weights: CellWeights | None = None

    def __add__(self, other: "Cells") -> "Cells":
        check_same("features", self.features, other.features)
        check_same("use of weights", self.weighted, other.weighted)
        return _summed(self.features, self.groups + other.groups, *_beside(self, other))

    def digest(self) -> str:
        """SHA-256 over features, groups, counts and the weights, if any, as decimal text."""
        sums = self.weights.texts() if self.weights else ()
        return digest_of("cells", self.features, self.groups, self.counts, *sums)

    def over(self, features: Sequence[str]) -> "Cells":
        """The cells of some of the features: people summed over the others."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _summed(tuple(features), groups, self.counts, self.weights)

    def only(self, places: Sequence[int]) -> "Cells":
        """The cells of some of the groups, named by their places."""
        chosen = np.array(places, dtype=np.intp)
        groups = tuple(self.groups[place] for place in places)
        sums = self.weights and CellWeights(*(frozen(part[chosen]) for part in self.weights))
        return Cells(self.features, groups, frozen(self.counts[chosen]), sums)

    @property
    def weighted(self) -> bool:
        """Whether people have weights."""
        return self.weights is not None

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.counts.sum())

    @property
    def sizes(self) -> np.ndarray:
        """People per group, shape (n_groups,)."""
        return self.counts.sum(axis=(1, 2))

    @cached_property
    def masses(self) -> np.ndarray:
        """What metrics are computed from: weights summed, else counts; float64, as `counts`."""
        held = self.counts if self.weights is None else self.weights.total
        return frozen(held.astype(np.float64))

    def listed(self) -> list[dict[str, Any]]:
        """Every cell that holds somebody, as plain values for a report or a file.

        Weighted cells have the sums "w" and "w2" as exact decimal text.
        """
        held = [tuple(map(int, place)) for place in np.argwhere(self.counts)]
        listed = [
            {"group": list(self.groups[i]), "label": y, "prediction": p, "n": n}
            for (i, y, p), n in zip(held, self.counts[self.counts != 0].tolist(), strict=True)
        ]
        if self.weights is None:
            return listed
        total, squares = (
            [weights.decimal_text(part[place]) for place in held] for part in self.weights
        )
        sums = zip(listed, total, squares, strict=True)
        return [cell | {"w": first, "w2": second} for cell, first, second in sums]

    @classmethod
    def read(cls, features: Sequence[str], listed: Sequence[Mapping[str, Any]]) -> "Cells":
        """The cells that `listed` gave, from its plain values.

        Raises
        ------
        ValueError
            If only some cells have weights, or a label or prediction is neither 0 nor 1.
        """
        counted: dict[str, list[Any]] = {
            name: [cell[name] for cell in listed] for name in ("label", "prediction", "n")
        }
        for place, _ in enumerate(features):
            counted[str(place)] = [cell["group"][place] for cell in listed]
        weighed = sum("w" in cell for cell in listed)
        if weighed not in (0, len(listed)):
            raise ValueError(f"expected weights in all {len(listed)} cells, got {weighed}")
        sums = [[Fraction(cell[name]) for cell in listed] for name in ("w", "w2") if weighed]
        _check_binary("label", counted)
        _check_binary("prediction", counted)
        return _spread(tuple(features), counted, *sums)


@dataclass(frozen=True, eq=False)
class CellsByWeight:
    """Counts of people, those of each weight apart: few distinct weights, resampled exactly.

    `weights` are distinct and ascending; ``counts[k, i, y, p]`` is how many people of group i
    with label y and prediction p have weight k.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...]
    counts: np.ndarray

    def __add__(self, other: "CellsByWeight") -> "CellsByWeight":
        check_same("features", self.features, other.features)
        parts = [
            (weight, Cells(part.features, part.groups, counts))
            for part in (self, other)
            for weight, counts in zip(part.weights, part.counts, strict=True)
        ]
        return _by_weight(self.features, parts)

    def digest(self) -> str:
        """SHA-256 over features, groups, weights and counts."""
        return digest_of("cells by weight", self.features, self.groups, self.weights, self.counts)

    @property
    def cells(self) -> Cells:
        """The same people as cells with sums of weights."""
        exact = np.array([Fraction(weight) for weight in self.weights], dtype=object)
        people = self.counts.astype(object)
        sums = (frozen(np.tensordot(each, people, axes=1)) for each in (exact, exact * exact))
        return Cells(
            self.features, self.groups, frozen(self.counts.sum(axis=0)), CellWeights(*sums)
        )


def reduce_cells(
    table: ibis.Table,
    features: Sequence[str],
    *,
    label: str,
    prediction: str,
    weight: str | None = None,
    most: int = MOST_CELLS,
) -> Cells:
    """Count the rows of a table by group, label and prediction, in one pass.

    Weights take a pass more over their own column, which checks them.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    label, prediction : str
        Columns of 0 and 1, nothing missing.
    weight : str, optional
        Column of finite weights of at least 0, nothing missing, not all zero.
    most : int
        Cells allowed; more are refused, not counted.

    Returns
    -------
    Cells
        Only groups that somebody belongs to.

    Raises
    ------
    TooManyLevels
        If there are more cells than allowed; names the feature with most levels.
    ValueError
        If a label or prediction is neither 0 nor 1, or a weight is none.
    """
    if weight is None:
        return _spread(tuple(features), _counted(table, features, label, prediction, most, {}))
    largest = weights.largest_weight(table, weight, [*features, label, prediction])
    asked = weights.exact_sums(table, weight, largest)
    counted = _counted(table, features, label, prediction, most, asked)
    return _spread(tuple(features), counted, *weights.from_sums(counted, largest))


def reduce_cells_by_weight(
    table: ibis.Table,
    features: Sequence[str],
    *,
    label: str,
    prediction: str,
    weight: str,
    most_weights: int = MOST_WEIGHTS,
    most: int = MOST_CELLS,
) -> CellsByWeight:
    """Count the rows of a table by group, label, prediction and weight.

    For few distinct weights: resampling is then exact, where cells with sums of weights must
    assume how weights are spread within a cell.

    Parameters
    ----------
    table, features, label, prediction, weight
        As for `reduce_cells`.
    most_weights : int, default 64
        Distinct weights allowed.
    most : int
        Cells allowed, those of each weight counting apart.

    Returns
    -------
    CellsByWeight
        Only groups that somebody belongs to.

    Raises
    ------
    TooManyLevels, ValueError
        As for `reduce_cells`; ValueError also if there are too many distinct weights.
    """
    shown = [*features, label, prediction]
    weights.largest_weight(table, weight, shown, most_distinct=most_weights)
    asked = {"weight": table[weight].cast("float64") + 0.0}  # one zero
    counted = _counted(table, features, label, prediction, most, {}, asked)
    names = [*map(str, range(len(features))), "label", "prediction", "n"]
    parts = []
    for value in set(counted["weight"]):
        of_weight = [place for place, each in enumerate(counted["weight"]) if each == value]
        some = {name: [counted[name][place] for place in of_weight] for name in names}
        parts.append((float(value), _spread(tuple(features), some)))
    return _by_weight(tuple(features), parts)


def check_product(cells: Cells, most: int) -> None:
    """Raise TooManyLevels if the product of the features' levels passes `most`."""
    levels = [len({group[place] for group in cells.groups}) for place in range(len(cells.features))]
    if prod(levels) > most:
        raise guard.TooManyLevels(dict(zip(cells.features, levels, strict=True)), most)


def _counted(
    table: ibis.Table,
    features: Sequence[str],
    label: str,
    prediction: str,
    most: int,
    sums: Mapping[str, ibis.Value],
    beside: Mapping[str, ibis.Value] | None = None,
) -> dict[str, list[Any]]:
    """The query: one entry per cell, the levels under "0", "1", … in order of the features."""
    keys = [as_group(table[feature]).name(str(i)) for i, feature in enumerate(features)]
    keys += [_binary(table[label]).name("label"), _binary(table[prediction]).name("prediction")]
    keys += [key.name(name) for name, key in (beside or {}).items()]
    asked = table.group_by(keys).aggregate(n=table.count(), **sums)
    counted: dict[str, list[Any]] = asked.limit(most + 1).to_pyarrow().to_pydict()
    for name, column in (("label", label), ("prediction", prediction)):
        try:
            _check_binary(name, counted, column)
        except ValueError as odd:
            unknown = ~_binary(table[column]).cast("string").isin(["0", "1"]).fill_null(False)
            found = guard.unusable(table, unknown, [column, *features, label, prediction])
            raise ValueError(f"{odd} {found}") from None
    if len(counted["n"]) > most:
        raise guard.too_many(table, features, most)
    return counted


def _binary(column: ibis.Column) -> ibis.Column:
    """Whole numbers; all else as text, since a cast would make 0.7 into 1, or fail."""
    kind = column.type()
    if kind.is_boolean():  # PostgreSQL turns one into an integer of 32 bits only
        return column.cast("int32").cast("int64")
    if kind.is_integer() and not kind.is_uint64():
        return column.cast("int64")
    text = as_text(column)
    if kind.is_decimal():  # 1.00 is 1
        return ibis.cases((column == 1, "1"), (column == 0, "0"), else_=text)
    return text


def _spread(
    features: tuple[str, ...], counted: Mapping[str, list[Any]], *sums: list[Fraction]
) -> Cells:
    held = len(counted["n"])
    levels = [counted[str(place)] for place in range(len(features))]
    groups = tuple(zip(*levels, strict=True)) if features else ((),) * held
    at = (np.arange(held), counted["label"], counted["prediction"])
    counts = np.zeros((held, 2, 2), dtype=np.int64)
    counts[at] = counted["n"]
    weighed = [weights.nothing(counts.shape) for _ in sums]
    for part, values in zip(weighed, sums, strict=True):
        part[at] = values
    return _summed(features, groups, counts, CellWeights(*weighed) if sums else None)


def _summed(
    features: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    counts: np.ndarray,
    sums: CellWeights | None = None,
) -> Cells:
    """Cells with equal groups added up and the groups in order."""
    levels = sorted(set(groups))
    found = {level: place for place, level in enumerate(levels)}
    places = np.array([found[group] for group in groups], dtype=np.intp)
    shape = (len(levels), 2, 2)
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, places, counts)
    weighed = sums and CellWeights(
        *(weights.added(weights.nothing(shape), places, part) for part in sums)
    )
    return Cells(features, tuple(levels), frozen(total), weighed)


def _beside(*parts: Cells) -> tuple[np.ndarray, CellWeights | None]:
    """Counts and weights of both parts, one after the other."""
    counts = np.concatenate([part.counts for part in parts])
    weighed = [part.weights for part in parts if part.weights is not None]
    if not weighed:
        return counts, None
    return counts, CellWeights(*(np.concatenate(each) for each in zip(*weighed, strict=True)))


def _by_weight(features: tuple[str, ...], parts: Sequence[tuple[float, Cells]]) -> CellsByWeight:
    """Cells of each weight brought to the same groups, and those of equal weights added up."""
    levels = sorted({group for _, cells in parts for group in cells.groups})
    values = sorted({weight for weight, _ in parts})
    found = {level: place for place, level in enumerate(levels)}
    counts = np.zeros((len(values), len(levels), 2, 2), dtype=np.int64)
    for weight, cells in parts:
        places = np.array([found[group] for group in cells.groups], dtype=np.intp)
        counts[values.index(weight), places] += cells.counts
    return CellsByWeight(features, tuple(levels), tuple(values), frozen(counts))


def _check_binary(name: str, counted: dict[str, list[Any]], column: str | None = None) -> None:
    """Labels as whole numbers, once they are known to be 0 and 1."""
    values = [str(value) for value in counted[name]]
    if odd := sorted(set(values) - {"0", "1"}):
        raise ValueError(
            f"expected only 0 and 1 in {column or name!r}, got also {', '.join(odd[:10])}"
        )
    counted[name] = [int(value) for value in values]
