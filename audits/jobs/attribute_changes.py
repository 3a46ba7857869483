"""Whether answers change when one sensitive feature changes and nothing else does.

Only of sensitive features the model is given. A flip shows that the model itself uses the
feature; no flip does not show that nothing stands in for it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.explain.sampling import as_floats, is_number
from measures.measured import Measured
from measures.robustness.counterfactual import Counterfactual, Swap, counterfactual_change
from measures.robustness.response import Baseline

#: What the change is called.
KIND = "any other value"

#: Values one feature is set to; a number with more of them is set to these quantiles.
_VALUES, _QUANTILES = 20, (0.1, 0.5, 0.9)

#: Swaps of two groups that are listed.
_LISTED = 12


class AttributeChanges(NamedTuple):
    """What is filed, what the report shows, and why some features are missing."""

    measures: list[Measured]
    details: dict[str, list[dict[str, Any]]]
    missing: list[str]


def assess(base: Baseline, sensitive: Sequence[str]) -> AttributeChanges:
    """Set each sensitive feature to its other values, for everybody."""
    shown: dict[str, list[dict[str, Any]]] = {"sensitive": [], "by_group": [], "swaps": []}
    told = AttributeChanges([], shown, [])
    for name in sensitive:
        values, by_group = _values(base.rows.column(name))
        if len(values) < 2:
            told.missing.append(f"{name} has no two values here, so it cannot be changed")
            continue
        found = counterfactual_change(base, name, values=values)
        told.measures.append(_measure(found))
        swaps = sorted(found.swaps, key=_most_flips_first) if by_group else []
        shown["sensitive"].append(_summed_up(found, values, len(swaps)))
        shown["by_group"] += _by_group(found) if by_group else []
        shown["swaps"] += [_swap(name, each) for each in swaps[:_LISTED]]
    return told


def _values(column: pa.ChunkedArray) -> tuple[list[Any], bool]:
    """What to set, and whether these are all values, so that people of each are a group."""
    distinct = pc.unique(column.drop_null())
    if is_number(column.type):
        numbers = as_floats(column)
        ordered = np.sort(numbers[~np.isnan(numbers)])
        if len(distinct) > _VALUES:
            at = [ordered[round(share * (len(ordered) - 1))] for share in _QUANTILES]
            return _as_held(column.type, np.unique(at)), False
        return _as_held(column.type, np.unique(ordered)), True
    counted = pc.value_counts(column.drop_null()).to_pylist()
    counted.sort(key=lambda each: (-each["counts"], each["values"]))
    return [each["values"] for each in counted[:_VALUES]], len(counted) <= _VALUES


def _as_held(kind: pa.DataType, numbers: np.ndarray) -> list[Any]:
    """Whole numbers as whole numbers, booleans as booleans: that is what groups are called by."""
    return list(pa.array(numbers).cast(kind, safe=False).to_pylist())


def _measure(found: Counterfactual) -> Measured:
    flipped, about = found.flipped, {"feature": found.feature, "group": KIND}
    low, high = flipped.interval
    return Measured("flip_rate", flipped.value, low, high, flipped.n, "fraction", about)


def _summed_up(found: Counterfactual, values: Sequence[Any], swaps: int) -> dict[str, Any]:
    return {
        "feature": found.feature,
        "set_to": [value if isinstance(value, str) else str(value) for value in values],
        "n": found.flipped.n,
        "flipped": found.flipped.value,
        "swaps_not_listed": max(0, swaps - _LISTED),
    }


def _by_group(found: Counterfactual) -> list[dict[str, Any]]:
    return [
        {
            "feature": found.feature,
            "group": group,
            "n": rate.n,
            "flipped": rate.value,
            "low": rate.interval.low,
            "high": rate.interval.high,
        }
        for group, rate in found.by_group.items()
    ]


def _most_flips_first(each: Swap) -> tuple[float, str, str]:
    return -(each.response.flipped.value or 0.0), each.group, each.set_to


def _swap(feature: str, each: Swap) -> dict[str, Any]:
    told = each.response
    return {
        "feature": feature,
        "group": each.group,
        "set_to": each.set_to,
        "n": told.flipped.n,
        "flipped": told.flipped.value,
        "to_favourable": told.to_favourable.value,
        "to_unfavourable": told.to_unfavourable.value,
        "score_change": told.score_change.value,
    }
