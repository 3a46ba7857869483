"""People who look alike: rows with the same values in every quasi-identifier.

A quasi-identifier is what an outsider may know of a person (age, sex, postcode). Those who share
all of them form a class; whoever is alone in theirs can be singled out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.reduce import guard
from measures.reduce.missing import as_group
from measures.reduce.statistic import check_same, digest_of, frozen

#: Cells (class × sensitive value) one reduction may return.
MOST_CELLS = 1_000_000

#: Classes that are listed unless told otherwise.
MOST_LISTED = 100


@dataclass(frozen=True, eq=False)
class ClassSizes:
    """How many classes have how many people.

    `sizes` (n_sizes,) are distinct and ascending; `classes` (n_sizes,) counts those of that
    size. It does not merge, since a class may lie in both parts; `SensitiveClasses` do.
    """

    sizes: np.ndarray
    classes: np.ndarray

    def digest(self) -> str:
        """SHA-256 over sizes and counts."""
        return digest_of("class sizes", self.sizes, self.classes)

    @property
    def rows(self) -> int:
        """How many people there are."""
        return int(np.dot(self.sizes, self.classes))

    def rows_below(self, size: int) -> int:
        """People in classes of fewer than `size`."""
        small = self.sizes < size
        return int(np.dot(self.sizes[small], self.classes[small]))


@dataclass(frozen=True, eq=False)
class SensitiveClasses:
    """People by class and by the value of a sensitive column. Mergeable.

    `quasi` are the quasi-identifiers, ``groups[i]`` has one value of each; `levels` are the
    sensitive values, a missing one being "(missing)"; ``counts[i, s]`` are people.
    """

    quasi: tuple[str, ...]
    sensitive: str
    groups: tuple[tuple[str, ...], ...]
    levels: tuple[str, ...]
    counts: np.ndarray

    def __add__(self, other: "SensitiveClasses") -> "SensitiveClasses":
        check_same("columns", (self.quasi, self.sensitive), (other.quasi, other.sensitive))
        groups = sorted({*self.groups, *other.groups})
        levels = sorted({*self.levels, *other.levels})
        rows = {group: place for place, group in enumerate(groups)}
        columns = {level: place for place, level in enumerate(levels)}
        counts = np.zeros((len(groups), len(levels)), dtype=np.int64)
        for part in (self, other):
            down = [rows[group] for group in part.groups]
            across = [columns[level] for level in part.levels]
            counts[np.ix_(down, across)] += part.counts
        return SensitiveClasses(
            self.quasi, self.sensitive, tuple(groups), tuple(levels), frozen(counts)
        )

    def digest(self) -> str:
        """SHA-256 over columns, groups, levels and counts."""
        named = (self.quasi, self.sensitive, self.groups, self.levels)
        return digest_of("sensitive classes", *named, self.counts)

    @property
    def sizes(self) -> ClassSizes:
        """Classes by size."""
        sizes, classes = np.unique(self.counts.sum(axis=1), return_counts=True)
        return ClassSizes(frozen(sizes), frozen(classes))


class SmallClass(NamedTuple):
    """A class of few people: their quasi-identifiers. Personal: see `reduce_small_classes`."""

    values: tuple[str, ...]
    people: int


def reduce_class_sizes(table: ibis.Table, quasi: Sequence[str]) -> ClassSizes:
    """Count classes by size: grouped twice in the engine, so that no class comes out.

    Parameters
    ----------
    table : ibis.Table
        One row per person, any number of classes.
    quasi : sequence of str
        Quasi-identifiers, at least one; a missing value is a value of its own.

    Returns
    -------
    ClassSizes
        Exact.

    Raises
    ------
    ValueError
        If no quasi-identifier is named.
    """
    counted = _classes(table, quasi)
    sized = counted.group_by("people").aggregate(classes=counted.count()).to_pyarrow()
    sized = sized.sort_by("people")
    return ClassSizes(*(frozen(_integers(sized[name])) for name in ("people", "classes")))


def reduce_sensitive_classes(
    table: ibis.Table, quasi: Sequence[str], sensitive: str, *, most: int = MOST_CELLS
) -> SensitiveClasses:
    """Count people by class and sensitive value, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    quasi : sequence of str
        Quasi-identifiers, at least one; a missing value is a value of its own.
    sensitive : str
        The column whose value nobody should be able to tell.
    most : int
        Cells allowed, counted as classes × sensitive values.

    Returns
    -------
    SensitiveClasses
        Classes in order of their values.

    Raises
    ------
    TooManyLevels
        If there are more cells than allowed; names the column with most values.
    ValueError
        If no quasi-identifier is named, or the sensitive column is one.
    """
    if sensitive in quasi:
        raise ValueError(f"expected a sensitive column that is no quasi-identifier: {sensitive!r}")
    keys = [*_keys(table, quasi), as_group(table[sensitive]).name("s")]
    counted = table.group_by(keys).aggregate(n=table.count()).limit(most + 1).to_pyarrow()
    places = [f"q{i}" for i in range(len(quasi))]
    if counted.num_rows > most:
        raise guard.too_many(table, [*quasi, sensitive], most)
    classes = counted.select(places).group_by(places).aggregate([])
    classes = classes.sort_by([(place, "ascending") for place in places])
    levels = sorted(pc.unique(counted["s"]).to_pylist())
    if classes.num_rows * len(levels) > most:
        raise guard.too_many(table, [*quasi, sensitive], most)
    return _spread(tuple(quasi), sensitive, classes, levels, counted)


def reduce_small_classes(
    table: ibis.Table, quasi: Sequence[str], *, below: int, most: int = MOST_LISTED
) -> list[SmallClass]:
    """The smallest classes themselves: which combinations of values break k-anonymity.

    These values single people out. They are for whoever repairs the table and may see it
    anyway; they belong into no report and no evidence.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    quasi : sequence of str
        Quasi-identifiers, at least one.
    below : int
        Only classes of fewer people than this.
    most : int, default 100
        Classes listed.

    Returns
    -------
    list of SmallClass
        The smallest first, then in order of their values.

    Raises
    ------
    ValueError
        If no quasi-identifier is named.
    """
    counted = _classes(table, quasi)
    places = [f"q{i}" for i in range(len(quasi))]
    small = counted.filter(counted["people"] < below).order_by(["people", *places])
    answer = small.limit(most).to_pyarrow().to_pylist()
    return [SmallClass(tuple(row[place] for place in places), row["people"]) for row in answer]


def _classes(table: ibis.Table, quasi: Sequence[str]) -> ibis.Table:
    return table.group_by(_keys(table, quasi)).aggregate(people=table.count())


def _keys(table: ibis.Table, quasi: Sequence[str]) -> list[ibis.Column]:
    if not quasi:
        raise ValueError("expected at least one quasi-identifier, got none")
    return [as_group(table[name]).name(f"q{i}") for i, name in enumerate(quasi)]


def _spread(
    quasi: tuple[str, ...], sensitive: str, classes: pa.Table, levels: list[str], counted: pa.Table
) -> SensitiveClasses:
    """Each count into its place: classes are numbered, then joined to the counts."""
    places = [f"q{i}" for i in range(len(quasi))]
    numbered = classes.append_column("class", pa.array(np.arange(classes.num_rows)))
    joined = counted.join(numbered, places)
    across = pc.index_in(joined["s"], pa.array(levels, pa.string()))
    counts = np.zeros((classes.num_rows, len(levels)), dtype=np.int64)
    counts[_integers(joined["class"]), _integers(across)] = _integers(joined["n"])
    groups = tuple(zip(*(classes[place].to_pylist() for place in places), strict=True))
    return SensitiveClasses(quasi, sensitive, groups, tuple(levels), frozen(counts))


def _integers(column: pa.ChunkedArray) -> np.ndarray:
    return np.array(column.to_numpy(), dtype=np.int64)
