"""How easily somebody in a snapshot could be singled out, and which of its rows make it so.

Rows are named by their number, counted from 1. The values that single people out are not told:
evidence is kept and read by many, and whoever may open the snapshot finds the rows by number.
"""

from collections.abc import Sequence
from math import isinf
from typing import Any, NamedTuple

import ibis

from measures.measured import Measured
from measures.privacy import diversity
from measures.privacy.anonymity import Anonymity, anonymity
from measures.privacy.diversity import Closeness, Diversity
from measures.reduce.columns import kind_of
from measures.reduce.equivalence import (
    ClassSizes,
    SensitiveClasses,
    reduce_class_sizes,
    reduce_sensitive_classes,
)
from measures.reduce.guard import TooManyLevels
from measures.reduce.missing import as_group

#: People in smaller classes are easily found: a customary bound (El Emam and Dankar 2008).
SMALL = 5

#: Rows listed of each kind.
LISTED = 20

#: Quasi-identifiers up to which each one's part is asked about: a question each.
WEIGHED = 12


class Singled(NamedTuple):
    """Measures, what the report tells, and what could not be measured."""

    measures: list[Measured]
    details: dict[str, Any]
    unmeasured: list[str]


class _Counted(NamedTuple):
    """Classes by size; with their sensitive values, where asked for and not too many."""

    sizes: ClassSizes
    sensitive: SensitiveClasses | None
    unmeasured: list[str]


def single_out(
    rows: ibis.Table, numbered: ibis.Table, quasi: Sequence[str], sensitive: str | None
) -> Singled:
    """k-anonymity and uniqueness; with a sensitive column, l-diversity and t-closeness too.

    Parameters
    ----------
    rows, numbered : ibis.Table
        The snapshot, as it is and with its rows' numbers as `file_row_number`, from 0.
    quasi : sequence of str
        What an outsider may know of a person, at least one column.
    sensitive : str, optional
        What nobody should learn of one.
    """
    counted = _counted(rows, quasi, sensitive)
    found = anonymity(counted.sizes, below=(2, 3, SMALL, 10, 20))
    n = found.people
    measures = [
        Measured("k_anonymity", found.k, None, None, n, "people"),
        Measured("unique_share", found.unique_share, None, None, n, "fraction"),
    ]
    details = _anonymity(found) | {
        "quasi_identifiers": list(quasi),
        "without": _without(rows, quasi),
        "small": SMALL,
        "rows": _small_rows(numbered, quasi),
    }
    if sensitive is None or counted.sensitive is None:
        return Singled(measures, details, counted.unmeasured)
    diverse = diversity.diversity(counted.sensitive)
    close = _closeness(rows, counted.sensitive)
    measures += [
        Measured("l_diversity", diverse.distinct, None, None, n, "values"),
        Measured("t_closeness", close.farthest, None, None, n, "fraction"),
    ]
    details |= {
        "sensitive_attribute": sensitive,
        "diversity": _diversity(diverse),
        "closeness": close._asdict(),
        "single_value_rows": _single_value_rows(numbered, quasi, sensitive),
    }
    return Singled(measures, details, counted.unmeasured)


def _counted(rows: ibis.Table, quasi: Sequence[str], sensitive: str | None) -> _Counted:
    if sensitive is None:
        return _Counted(reduce_class_sizes(rows, quasi), None, [])
    try:
        classes = reduce_sensitive_classes(rows, quasi, sensitive)
    except TooManyLevels as many:
        said = f"neither l-diversity nor t-closeness: {many}"
        return _Counted(reduce_class_sizes(rows, quasi), None, [said])
    return _Counted(classes.sizes, classes, [])


def _closeness(rows: ibis.Table, classes: SensitiveClasses) -> Closeness:
    """Numbers by their order where all are known, everything else unordered."""
    if kind_of(rows[classes.sensitive]) == "number":
        try:
            return diversity.ordered_closeness(classes)
        except ValueError:  # a value is missing: it has no place in the order
            return diversity.closeness(classes)
    return diversity.closeness(classes)


def _anonymity(found: Anonymity) -> dict[str, Any]:
    below = [each._asdict() for each in found.below]
    return found._asdict() | {"below": below}


def _diversity(found: Diversity) -> dict[str, Any]:
    """A c without bound is none: some class has fewer values than the l of the definition."""
    c = found.recursive_c
    return found._asdict() | {"recursive_c": None if c is None or isinf(c) else c}


def _without(rows: ibis.Table, quasi: Sequence[str]) -> list[dict[str, Any]]:
    """What would be left of the risk if a quasi-identifier were dropped, the best one first."""
    if not 2 <= len(quasi) <= WEIGHED:
        return []
    found = []
    for name in quasi:
        sizes = reduce_class_sizes(rows, [other for other in quasi if other != name])
        left = anonymity(sizes, below=(2, SMALL))
        alone, small = (each.people for each in left.below)
        found.append({"column": name, "k": left.k, "unique": alone, "in_small": small})
    return sorted(found, key=lambda each: (each["in_small"], each["column"]))


def _small_rows(numbered: ibis.Table, quasi: Sequence[str]) -> list[dict[str, int]]:
    """Rows in the smallest classes, smallest first."""
    keyed = _keyed(numbered, quasi)
    keys = [name for name in keyed.columns if name != "row"]
    classes = keyed.group_by(keys).aggregate(people=keyed.count())
    small = classes.filter(classes["people"] < SMALL)
    return _rows(keyed.inner_join(small, keys), ["people", "row"])


def _single_value_rows(
    numbered: ibis.Table, quasi: Sequence[str], sensitive: str
) -> list[dict[str, int]]:
    """Rows in classes of several people with one sensitive value, the largest class first."""
    keyed = _keyed(numbered, quasi, as_group(numbered[sensitive]).name("value"))
    keys = [name for name in keyed.columns if name not in ("row", "value")]
    asked = {"people": keyed.count(), "values": keyed["value"].nunique()}
    classes = keyed.group_by(keys).aggregate(**asked)
    single = classes.filter((classes["values"] == 1) & (classes["people"] > 1))
    return _rows(keyed.inner_join(single, keys), [ibis.desc("people"), "row"])


def _keyed(numbered: ibis.Table, quasi: Sequence[str], *more: ibis.Value) -> ibis.Table:
    keys = [as_group(numbered[name]).name(f"q{i}") for i, name in enumerate(quasi)]
    return numbered.select((numbered["file_row_number"] + 1).name("row"), *keys, *more)


def _rows(joined: ibis.Table, order: Sequence[Any]) -> list[dict[str, int]]:
    held = joined.order_by(order).limit(LISTED).select("row", "people")
    return list(held.to_pyarrow().to_pylist())
