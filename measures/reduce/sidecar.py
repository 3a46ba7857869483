"""The cells of one segment of predictions or outcomes, kept beside it and merged over a window.

A segment never changes, so what was counted when it was written stays true: a question over a
hundred segments adds a hundred small tables and reads no row. Levels are numbered per segment;
merging renumbers them and adds up in numpy. Covers the attributes declared when it was written
and whole segments; for other attributes, or other thresholds, the rows are read again, or the
segments' `ScoreBins` are added, with their bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import ibis
import numpy as np

from measures.reduce.cells import MOST_CELLS, Cells, reduce_cells
from measures.reduce.statistic import check_same, digest_of, frozen

#: Groups, counted as the product of the levels, up to which a table of all of them is used.
_DENSE = 2**20


@dataclass(frozen=True, eq=False)
class Sidecar:
    """Counts of people by group, label and prediction, the levels by number.

    ``levels[f]`` are the levels of feature f, sorted; ``codes[i, f]`` is the number of the
    level that group i has; ``counts[i, y, p]`` is how many people of group i have label y and
    prediction p. Groups are in order.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: np.ndarray
    counts: np.ndarray

    def __add__(self, other: "Sidecar") -> "Sidecar":
        return merged([self, other])

    def digest(self) -> str:
        """SHA-256 over features, levels, codes and counts."""
        return digest_of("sidecar", self.features, self.levels, self.codes, self.counts)

    @property
    def rows(self) -> int:
        """How many people were counted."""
        return int(self.counts.sum())

    def cells(self, features: Sequence[str] | None = None) -> Cells:
        """The cells by some of the features, by default all of them.

        Raises ValueError for a feature that was not declared when the segment was written.
        """
        wanted = self.features if features is None else tuple(features)
        if absent := [name for name in wanted if name not in self.features]:
            raise ValueError(
                f"expected features of the sidecar, {', '.join(self.features)},"
                f" got {', '.join(absent)}: read the segments' rows for these"
            )
        places = [self.features.index(name) for name in wanted]
        codes, counts = _added(
            self.codes[:, places], self.counts, [len(self.levels[place]) for place in places]
        )
        names = [self.levels[place] for place in places]
        groups = tuple(
            tuple(levels[code] for levels, code in zip(names, row, strict=True))
            for row in codes.tolist()
        )
        return Cells(wanted, groups, counts)


def reduce_sidecar(
    table: ibis.Table,
    features: Sequence[str],
    *,
    label: str,
    prediction: str,
    most: int = MOST_CELLS,
) -> Sidecar:
    """Count a segment's rows by all declared attributes at once, in one pass.

    Parameters, errors and what counts as missing are those of `reduce_cells`.
    """
    return sidecar_of(reduce_cells(table, features, label=label, prediction=prediction, most=most))


def sidecar_of(cells: Cells) -> Sidecar:
    """Cells without weights as a sidecar.

    Raises ValueError if people have weights.
    """
    if cells.weighted:
        raise ValueError("expected cells without weights: a sidecar keeps counts of people")
    levels = tuple(
        tuple(sorted({group[place] for group in cells.groups}))
        for place in range(len(cells.features))
    )
    codes = np.zeros((len(cells.groups), len(levels)), dtype=np.int32)
    for place, held in enumerate(levels):
        numbers = {level: number for number, level in enumerate(held)}
        codes[:, place] = [numbers[group[place]] for group in cells.groups]
    return Sidecar(cells.features, levels, frozen(codes), cells.counts)


def merged(parts: Sequence[Sidecar]) -> Sidecar:
    """The sidecar of all parts' rows together, whatever their order.

    Parameters
    ----------
    parts : sequence of Sidecar
        At least one, all of the same features.

    Raises
    ------
    NotMergeable
        If their features differ.
    ValueError
        If there is none.
    """
    if not parts:
        raise ValueError("expected sidecars to merge, got none")
    features = parts[0].features
    for part in parts[1:]:
        check_same("features", features, part.features)
    levels = tuple(
        tuple(sorted(set().union(*(part.levels[place] for part in parts))))
        for place in range(len(features))
    )
    codes = np.concatenate([_renumbered(part, levels) for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    return Sidecar(features, levels, *_added(codes, counts, [len(held) for held in levels]))


def _renumbered(part: Sidecar, levels: tuple[tuple[str, ...], ...]) -> np.ndarray:
    """The part's groups by the numbers of all parts' levels."""
    codes = np.empty_like(part.codes)
    for place, ours in enumerate(part.levels):
        numbers = {level: number for number, level in enumerate(levels[place])}
        codes[:, place] = np.array([numbers[level] for level in ours], dtype=np.int32)[
            part.codes[:, place]
        ]
    return codes


def _added(
    codes: np.ndarray, counts: np.ndarray, sizes: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Groups in order, each once, and their counts added up."""
    flat = counts.reshape(len(counts), 4)
    if prod(sizes) > _DENSE:
        distinct, places = np.unique(codes, axis=0, return_inverse=True)
        total = np.zeros((len(distinct), 4), dtype=np.int64)
        np.add.at(total, places.ravel(), flat)
        return frozen(distinct), frozen(total.reshape(-1, 2, 2))
    one = np.zeros(len(codes), dtype=np.int64)
    for place, size in enumerate(sizes):
        one = one * size + codes[:, place]
    # floats add whole numbers exactly up to 2**53, more than there are people
    sums = [np.bincount(one, each, prod(sizes)) for each in flat.T]
    table = np.stack(sums, axis=1).astype(np.int64)
    held = np.flatnonzero(table.any(axis=1))
    spread = np.empty((len(held), len(sizes)), dtype=np.int32)
    rest = held
    for place in reversed(range(len(sizes))):
        rest, spread[:, place] = np.divmod(rest, sizes[place])
    return frozen(spread), frozen(table[held].reshape(-1, 2, 2))
