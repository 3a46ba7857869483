"""Any statistic as bytes and back, bit for bit: a head in JSON, then the arrays as they lie.

Promises: nothing but statistics is made from the bytes, and no code in them is run; arrays are
not copied when read. Cannot: tell whether the bytes are those that were written; a statistic's
digest, kept elsewhere, does.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np

from measures.reduce.association import CategoryMoments, Contingency
from measures.reduce.baseline import Baseline
from measures.reduce.categories import CategoryCounts
from measures.reduce.cells import Cells, CellsByWeight
from measures.reduce.classes import ClassCounts, ClassScores
from measures.reduce.columns import ColumnCounts
from measures.reduce.equivalence import ClassSizes, SensitiveClasses
from measures.reduce.grouped_scores import GroupedScores
from measures.reduce.histogram import Histogram
from measures.reduce.missing_patterns import MissingPatterns
from measures.reduce.moments import Moments, Shift
from measures.reduce.pairs import PairedCells, PairedScores
from measures.reduce.products import Products
from measures.reduce.ranked import Ranked
from measures.reduce.residuals import ResidualSums, Scale
from measures.reduce.score_bins import ScoreBins
from measures.reduce.scores import ScoreCounts, WeightedScores
from measures.reduce.sidecar import Sidecar
from measures.reduce.sorted_values import SortedValues
from measures.reduce.statistic import Statistic
from measures.reduce.sums import Sums
from measures.reduce.times import TimeSpan
from measures.reduce.weights import CellWeights

_MAGIC = b"assay statistic 1\n"

#: What may be read, and the parts they are made of.
_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Baseline,
        CategoryCounts,
        CategoryMoments,
        Cells,
        CellsByWeight,
        CellWeights,
        ClassCounts,
        ClassScores,
        ClassSizes,
        ColumnCounts,
        Contingency,
        GroupedScores,
        Histogram,
        MissingPatterns,
        Moments,
        PairedCells,
        PairedScores,
        Products,
        Ranked,
        ResidualSums,
        Scale,
        ScoreBins,
        ScoreCounts,
        SensitiveClasses,
        Shift,
        Sidecar,
        SortedValues,
        Sums,
        TimeSpan,
        WeightedScores,
    )
}


class NotAStatistic(ValueError):
    """The bytes are not those of a statistic."""


def as_bytes(statistic: Statistic) -> bytes:
    """The statistic as it is stored; `from_bytes` gives it back.

    Raises TypeError for what is none of the statistics of `measures.reduce`.
    """
    arrays: list[bytes] = []
    head = json.dumps(_plain(statistic, arrays), ensure_ascii=False, separators=(",", ":"))
    told = head.encode()
    return b"".join([_MAGIC, len(told).to_bytes(8, "little"), told, *arrays])


def from_bytes(data: bytes) -> Any:
    """The statistic that `as_bytes` wrote.

    Raises
    ------
    NotAStatistic
        If the bytes are of another kind, or end too early.
    """
    start = len(_MAGIC) + 8
    if not data.startswith(_MAGIC) or len(data) < start:
        raise NotAStatistic(f"expected a statistic's bytes, got {data[:24]!r}")
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    try:
        return _read(json.loads(data[start:end]), memoryview(data)[end:])
    except (ValueError, KeyError, TypeError, IndexError) as why:
        raise NotAStatistic(f"expected a whole statistic, got damaged bytes: {why}") from why


def _plain(value: Any, arrays: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):
        return _array(value, arrays)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return value if isfinite(value) else {"float": str(value)}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if type(value).__name__ in _KINDS:
        return {"of": type(value).__name__, "parts": [_plain(p, arrays) for p in _parts(value)]}
    if isinstance(value, tuple):
        return [_plain(each, arrays) for each in value]
    raise TypeError(f"expected a statistic of counts, numbers and names, got {type(value)}")


def _parts(value: Any) -> tuple[Any, ...]:
    if is_dataclass(value):
        return tuple(getattr(value, field.name) for field in fields(value))
    return tuple(value)


def _array(values: np.ndarray, arrays: list[bytes]) -> dict[str, Any]:
    if values.dtype == object:
        return {"objects": list(values.shape), "held": [_plain(e, arrays) for e in values.flat]}
    little = values.dtype.newbyteorder("<")
    place = sum(map(len, arrays))
    arrays.append(np.ascontiguousarray(values, little).tobytes())
    return {"array": little.str, "shape": list(values.shape), "at": place}


def _read(told: Any, arrays: memoryview) -> Any:
    if isinstance(told, list):
        return tuple(_read(each, arrays) for each in told)
    if not isinstance(told, dict):
        return told
    return _READERS[next(iter(told))](told, arrays)


def _read_array(told: dict[str, Any], arrays: memoryview) -> np.ndarray:
    kind = np.dtype(told["array"])
    if kind.hasobject:
        raise ValueError("expected numbers in an array")
    count = int(np.prod(told["shape"], dtype=np.int64))
    return np.frombuffer(arrays, kind, count, told["at"]).reshape(told["shape"])


def _read_objects(told: dict[str, Any], arrays: memoryview) -> np.ndarray:
    found = np.empty(len(told["held"]), dtype=object)
    found[:] = [_read(each, arrays) for each in told["held"]]
    found = found.reshape(told["objects"])
    found.setflags(write=False)
    return found


def _read_kind(told: dict[str, Any], arrays: memoryview) -> Any:
    return _KINDS[told["of"]](*(_read(part, arrays) for part in told["parts"]))


_READERS: dict[str, Callable[[dict[str, Any], memoryview], Any]] = {
    "int": lambda told, _: int(told["int"]),
    "float": lambda told, _: float(told["float"]),
    "fraction": lambda told, _: Fraction(told["fraction"]),
    "array": _read_array,
    "objects": _read_objects,
    "of": _read_kind,
}
