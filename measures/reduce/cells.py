"""People counted by group, label and prediction: all that any group metric needs.

A cell is a group of people (one level of each sensitive feature) with one label and one
prediction. A few kilobytes of cells stand for any number of rows, without a personal one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import ibis
import numpy as np

from measures.reduce import guard
from measures.reduce.missing import as_group
from measures.reduce.statistic import check_same, digest_of, frozen

#: Cells one reduction may return.
MOST_CELLS = 100_000


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of people.

    `features` are the grouping columns; ``groups[i]`` has one level of each and is sorted;
    ``counts[i, y, p]`` is how many people of group i have label y and prediction p.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    counts: np.ndarray

    def __add__(self, other: "Cells") -> "Cells":
        check_same("features", self.features, other.features)
        both = np.concatenate([self.counts, other.counts])
        return _summed(self.features, self.groups + other.groups, both)

    def digest(self) -> str:
        """SHA-256 over features, groups and counts."""
        return digest_of("cells", self.features, self.groups, self.counts)

    def over(self, features: Sequence[str]) -> "Cells":
        """The cells of some of the features: people summed over the others."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _summed(tuple(features), groups, self.counts)

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.counts.sum())

    @property
    def sizes(self) -> np.ndarray:
        """People per group, shape (n_groups,)."""
        return self.counts.sum(axis=(1, 2))

    def listed(self) -> list[dict[str, Any]]:
        """Every cell that holds somebody, as plain values for a report or a file."""
        return [
            {"group": list(self.groups[i]), "label": y, "prediction": p, "n": int(n)}
            for (i, y, p), n in np.ndenumerate(self.counts)
            if n
        ]


def reduce_cells(
    table: ibis.Table,
    features: Sequence[str],
    *,
    label: str,
    prediction: str,
    most: int = MOST_CELLS,
) -> Cells:
    """Count the rows of a table by group, label and prediction, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    label, prediction : str
        Columns of 0 and 1, nothing missing.
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
        If a label or prediction is neither 0 nor 1.
    """
    counted = _counted(table, features, label, prediction, most + 1)
    if len(counted["n"]) > most:
        raise guard.too_many(table, features, most)
    _check_binary(label, counted["label"])
    _check_binary(prediction, counted["prediction"])
    return _spread(tuple(features), counted)


def check_product(cells: Cells, most: int) -> None:
    """Raise TooManyLevels if the product of the features' levels passes `most`."""
    levels = [len({group[place] for group in cells.groups}) for place in range(len(cells.features))]
    if prod(levels) > most:
        raise guard.TooManyLevels(dict(zip(cells.features, levels, strict=True)), most)


def _counted(
    table: ibis.Table, features: Sequence[str], label: str, prediction: str, most: int
) -> dict[str, list[Any]]:
    """The query: one entry per cell, the levels under "0", "1", … in order of the features."""
    keys = [as_group(table[feature]).name(str(i)) for i, feature in enumerate(features)]
    keys += [
        table[label].cast("int64").name("label"),
        table[prediction].cast("int64").name("prediction"),
    ]
    counted = table.group_by(keys).aggregate(n=table.count())
    return counted.limit(most).to_pyarrow().to_pydict()


def _spread(features: tuple[str, ...], counted: dict[str, list[Any]]) -> Cells:
    held = len(counted["n"])
    levels = [counted[str(place)] for place in range(len(features))]
    groups = tuple(zip(*levels, strict=True)) if features else ((),) * held
    counts = np.zeros((held, 2, 2), dtype=np.int64)
    counts[np.arange(held), counted["label"], counted["prediction"]] = counted["n"]
    return _summed(features, groups, counts)


def _summed(
    features: tuple[str, ...], groups: tuple[tuple[str, ...], ...], counts: np.ndarray
) -> Cells:
    """Cells with equal groups added up and the groups in order."""
    levels = sorted(set(groups))
    places = {level: place for place, level in enumerate(levels)}
    total = np.zeros((len(levels), 2, 2), dtype=np.int64)
    np.add.at(total, np.array([places[group] for group in groups], dtype=np.intp), counts)
    return Cells(features, tuple(levels), frozen(total))


def _check_binary(column: str, values: list[int | None]) -> None:
    if odd := sorted({str(value) for value in values} - {"0", "1"}):
        raise ValueError(f"expected only 0 and 1 in {column!r}, got also {', '.join(odd)}")
