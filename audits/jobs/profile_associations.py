"""Which columns go together: the strongest pairs among a bounded number of columns."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import ibis

from measures.intervals.bootstrap import Drawing
from measures.intervals.interval import Interval
from measures.measured import Measured
from measures.profile import association, correlation
from measures.profile.columns import ColumnProfile
from measures.reduce.association import reduce_category_moments, reduce_contingency
from measures.reduce.moments import Shift, shift_between

#: Columns compared with each other: the target first, then in the order of the table.
NUMBERS, CATEGORIES = 30, 8

#: Values a category may have to be compared.
LEVELS = 50

#: Pairs kept, the strongest first.
KEPT = 20

#: What the report calls the methods.
METHODS = {
    "pearson_correlation": correlation.METHODS["pearson"],
    "cramers_v": association.METHOD,
    "correlation_ratio": "noncentral F, Steiger (2004)",
}


class Associations(NamedTuple):
    """The strongest pairs as measures, and how many there were among how many columns."""

    measures: list[Measured]
    details: dict[str, Any]


class _Pair(NamedTuple):
    """How strongly two columns go together; `value` is None where one does not vary."""

    name: str
    first: str
    second: str
    value: float | None
    interval: Interval
    p: float | None
    n: int


def strongest(
    rows: ibis.Table, columns: Sequence[ColumnProfile], target: str, drawing: Drawing
) -> Associations:
    """Pearson's r of numbers, Cramér's V of categories, the correlation ratio across.

    Parameters
    ----------
    rows : ibis.Table
        The snapshot, or a sample of its rows.
    columns : sequence of ColumnProfile
        All of its columns, described.
    target : str
        Looked at first; "" if there is none.
    drawing : Drawing
        Of intervals.
    """
    ordered = sorted(columns, key=lambda each: each.name != target)
    able = {
        "numbers": [each for each in ordered if _is_number(each)],
        "categories": [each for each in ordered if _is_category(each)],
    }
    numbers, categories = able["numbers"][:NUMBERS], able["categories"][:CATEGORIES]
    pairs = [
        each
        for each in _pairs(rows, numbers, [each.name for each in categories], drawing)
        if each.value is not None
    ]
    ranked = sorted(pairs, key=lambda each: (-abs(each.value or 0.0), each.first, each.second))
    details = {
        "pairs": len(pairs),
        "kept": min(KEPT, len(pairs)),
        "looked_at": [each.name for each in [*numbers, *categories]],
        "left_out": sum(map(len, able.values())) - len(numbers) - len(categories),
        "strongest": [_listed(each) for each in ranked[:KEPT]],
        "methods": METHODS,
    }
    return Associations([_measure(each) for each in ranked[:KEPT]], details)


def _is_number(each: ColumnProfile) -> bool:
    """With moments: no value is infinite."""
    return bool(each.number and each.number.moments) and not each.is_constant


def _is_category(each: ColumnProfile) -> bool:
    return each.column.kind == "category" and 2 <= each.column.distinct <= LEVELS


def _pairs(
    rows: ibis.Table, numbers: Sequence[ColumnProfile], categories: Sequence[str], drawing: Drawing
) -> Iterator[_Pair]:
    names = [each.name for each in numbers]
    confidence = drawing.confidence
    for found in correlation.pearson(rows, names, confidence=confidence):
        yield _Pair("pearson_correlation", *found)
    for first, second in combinations(categories, 2):
        table = reduce_contingency(rows, first, second)
        yield _pair(association.cramers_v(table, drawing), first, second)
    shifts = {each.name: _shift(each) for each in numbers}
    for category in categories if shifts else ():
        held = reduce_category_moments(rows, category, shifts)
        for number, moments in held.items():
            found_ratio = association.correlation_ratio(moments, confidence=confidence)
            yield _pair(found_ratio, category, number)


def _pair(found: association.Association, first: str, second: str) -> _Pair:
    return _Pair(found.name, first, second, found.value, found.interval, found.p, found.n)


def _shift(each: ColumnProfile) -> Shift:
    low, high = float(each.column.low), float(each.column.high)
    return shift_between(low, high, low / 2 + high / 2)


def _measure(each: _Pair) -> Measured:
    about = {"feature": each.first, "with": each.second}
    return Measured(each.name, each.value, *each.interval, each.n, "", about)


def _listed(each: _Pair) -> dict[str, Any]:
    return {
        "measure": each.name,
        "first": each.first,
        "second": each.second,
        "value": each.value,
        "low": each.interval.low,
        "high": each.interval.high,
        "p": each.p,
        "n": each.n,
    }
