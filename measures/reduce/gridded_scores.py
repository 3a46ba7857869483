"""Scores of few decimals counted straight from Parquet, where that needs no table of hashes.

A score within [0, 1] that is a whole number of ten-thousandths is a place on a grid; people are
then counted by place, exactly. Scores with more decimals are left to the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from measures.reduce.arrow_rows import in_threads
from measures.reduce.missing import MISSING

#: Places between two whole numbers: scores have at most four decimals.
STEPS = 10_000

#: Groups that are counted this way; each takes 160 kB of each thread.
MOST_GROUPS = 256

Group = tuple[str, ...]


class _OffTheGrid(Exception):
    """Something that only the engine counts."""


class _Block(NamedTuple):
    """One row group: its features, labels and scores."""

    features: list[pa.DictionaryArray]
    labels: np.ndarray
    scores: np.ndarray


def count_on_grid(
    files: Sequence[Path], features: Sequence[str], *, score: str, label: str, threads: int
) -> dict[Group, np.ndarray] | None:
    """Count people by group, score and label, a row group at a time.

    Parameters
    ----------
    files : sequence of Path
        Parquet files of one schema.
    features : sequence of str
        Columns of text to group by; who has none is of the group "(missing)".
    score, label : str
        Columns of float64 and of whole numbers or booleans, nothing missing.
    threads : int
        Row groups counted at once. The answer does not depend on it.

    Returns
    -------
    dict of group to ndarray, or None
        Of shape (10,001, 2): people by score (in ten-thousandths) and label. None if scores are
        off the grid or missing, labels are neither 0 nor 1, features are not text, or there are
        more than 256 groups, or no file: then nothing was decided, and the engine has to count.
    """
    if not files:
        return None
    places = [
        (file, group) for file in files for group in range(pq.read_metadata(file).num_row_groups)
    ]
    shares = [places[first::threads] for first in range(threads)]
    try:
        counted = in_threads(
            lambda share: _counted(_blocks(share, features, score, label)), shares, threads=threads
        )
    except _OffTheGrid:
        return None
    found: dict[Group, np.ndarray] = {}
    for group, counts in (pair for part in counted for pair in part.items()):
        found[group] = found[group] + counts if group in found else counts
    return {group: counts for group, counts in found.items() if counts.any()}


def _blocks(
    places: Sequence[tuple[Path, int]], features: Sequence[str], score: str, label: str
) -> Iterator[_Block]:
    columns = [*dict.fromkeys([*features, label, score])]
    opened: dict[Path, pq.ParquetFile] = {}
    for path, group in places:
        if path not in opened:
            opened = {path: pq.ParquetFile(path, read_dictionary=[*features], memory_map=True)}
        rows = opened[path].read_row_group(group, columns, use_threads=False)
        if rows.num_rows:
            yield _block(rows, features, score, label)


def _block(rows: pa.Table, features: Sequence[str], score: str, label: str) -> _Block:
    texts = rows.select([*features]).unify_dictionaries()
    scores, labels = rows[score], rows[label]
    if not (
        all(_is_text(texts.schema.field(name).type) for name in features)
        and pa.types.is_float64(scores.type)
        and (pa.types.is_integer(labels.type) or pa.types.is_boolean(labels.type))
        and not scores.null_count
        and not labels.null_count
    ):
        raise _OffTheGrid
    coded = [pa.concat_arrays(texts[name].chunks) for name in features]
    return _Block(coded, labels.to_numpy(), scores.to_numpy())


def _is_text(held: pa.DataType) -> bool:
    return pa.types.is_dictionary(held) and bool(
        pa.types.is_string(held.value_type) or pa.types.is_large_string(held.value_type)
    )


def _counted(blocks: Iterator[_Block]) -> Mapping[Group, np.ndarray]:
    """Counts of all blocks; the groups have places in the order in which they come."""
    groups: dict[Group, int] = {}
    counts = np.zeros(0, dtype=np.int64)
    for block in blocks:
        keys = 2 * _places(block.scores) + _binary(block.labels)
        if block.features:
            first, codes = _codes(block.features, groups)
            keys += first[codes]
        else:
            groups.setdefault((), 0)
        added = np.bincount(keys, minlength=len(groups) * _SIZE)
        added[: len(counts)] += counts
        counts = added
    by_group = counts.reshape(len(groups), STEPS + 1, 2)
    return dict(zip(groups, by_group, strict=True))


#: Counts of one group.
_SIZE = 2 * (STEPS + 1)


def _places(scores: np.ndarray) -> np.ndarray:
    """Each score's place, int32. A quotient is rounded once, so no other float has its place."""
    places = np.rint(scores * STEPS)
    if not np.array_equal(places / STEPS, scores):  # NaN is never equal
        raise _OffTheGrid
    if len(places) and not 0 <= places.min() <= places.max() <= STEPS:
        raise _OffTheGrid
    return places.astype(np.int32)


def _binary(labels: np.ndarray) -> np.ndarray:
    if labels.dtype != np.bool_ and not 0 <= labels.min() <= labels.max() <= 1:
        raise _OffTheGrid
    return labels.astype(np.int32)


def _codes(
    features: Sequence[pa.DictionaryArray], groups: dict[Group, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Per combination of levels where its counts begin, and each row's combination."""
    levels = [[*each.dictionary.to_pylist(), MISSING] for each in features]
    if prod(map(len, levels)) > MOST_GROUPS:
        raise _OffTheGrid
    held = [_indices(each, len(own) - 1) for each, own in zip(features, levels, strict=True)]
    combined = held[0]
    named: list[Group] = [(name,) for name in levels[0]]
    for codes, own in zip(held[1:], levels[1:], strict=True):
        combined = combined * len(own) + codes
        named = [(*before, name) for before in named for name in own]
    first = [groups.setdefault(group, len(groups)) * _SIZE for group in named]
    if len(groups) > 2 * MOST_GROUPS:
        raise _OffTheGrid
    return np.array(first, dtype=np.int32), combined


def _indices(coded: pa.DictionaryArray, missing: int) -> np.ndarray:
    codes = coded.indices.cast(pa.int32())
    held = codes.fill_null(missing) if codes.null_count else codes
    return held.to_numpy()
