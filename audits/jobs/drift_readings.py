"""Which columns have drifted: more than chance explains, and by how much.

With many columns some tests come out small by chance, so all p-values of a run are adjusted
together; with many rows every p-value is small, so the size of the change decides then.
"""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any, NamedTuple

from audits.jobs.drifting import SCORE
from measures.drift.columns import CategoryDrift, Comparison, NumberDrift
from measures.drift.homogeneity import ChiSquare
from measures.fairness import multiplicity
from measures.measured import Measured

#: Siddiqi's customary reading of the stability index: below 0.1 little change, above 0.25 much.
LITTLE, MUCH = 0.10, 0.25

#: Categories listed as new or vanished, per column.
LISTED = 10

#: What the report calls the method.
METHOD = (
    "two-sample Kolmogorov-Smirnov for numbers, chi-square for categories, z test of the missing"
    " rate; p-values adjusted together (Holm)"
)


class ColumnTest(NamedTuple):
    """One test of one column; `p` is None where nothing could be tested."""

    feature: str
    name: str
    statistic: float | None
    p: float | None


class Reading(NamedTuple):
    """What is said of one column. `p` is the smallest adjusted one, None if untested."""

    feature: str
    stability: float | None
    p: float | None
    tests: tuple[tuple[ColumnTest, float | None], ...]
    says: str

    @property
    def has_drifted(self) -> bool:
        """More than chance, and not little."""
        return self.says in {"some change", "much change"}


def read(
    comparison: Comparison, confidence: float, binned: Mapping[str, ChiSquare]
) -> list[Reading]:
    """Every column, those that drifted first, the largest index first.

    `binned` has the test over the bins of each number whose values were only counted.
    """
    columns: dict[str, NumberDrift | CategoryDrift] = {
        **comparison.numbers, **comparison.categories
    }  # fmt: skip
    tests = [
        test for name, drift in columns.items() for test in _tests(name, drift, binned.get(name))
    ]
    adjusted = multiplicity.holm([test.p for test in tests])
    by_feature: dict[str, list[tuple[ColumnTest, float | None]]] = {name: [] for name in columns}
    for test, p in zip(tests, adjusted, strict=True):
        by_feature[test.feature].append((test, p))
    found = [
        _reading(name, _known(drift.distances.population_stability_index.value), held, confidence)
        for (name, drift), held in zip(columns.items(), by_feature.values(), strict=True)
    ]
    return sorted(found, key=lambda each: (not each.has_drifted, -(each.stability or 0.0)))


def _tests(
    name: str, drift: NumberDrift | CategoryDrift, binned: ChiSquare | None
) -> Iterator[ColumnTest]:
    counted = drift.chi_square if isinstance(drift, CategoryDrift) else binned
    if counted:
        yield ColumnTest(name, "chi_square", _known(counted.statistic), _known(counted.p_value))
    elif isinstance(drift, NumberDrift) and drift.kolmogorov_smirnov:
        walked = drift.kolmogorov_smirnov
        yield ColumnTest(name, "kolmogorov_smirnov", _known(walked.value), _known(walked.p_value))
    missing = drift.missing
    if missing.reference or missing.current:  # else there is nothing to test
        yield ColumnTest(name, "missing_rate", _known(missing.difference), _known(missing.p_value))


def _reading(
    name: str,
    index: float | None,
    tests: list[tuple[ColumnTest, float | None]],
    confidence: float,
) -> Reading:
    p = min((p for _, p in tests if p is not None), default=None)
    return Reading(name, index, p, tuple(tests), _says(index, p, 1 - confidence))


def _says(index: float | None, p: float | None, risk: float) -> str:
    if index is None or p is None:
        return "not tested"
    if p >= risk:
        return "no more than chance"
    return "little change" if index < LITTLE else "some change" if index < MUCH else "much change"


def measures(readings: list[Reading], rows: int) -> list[Measured]:
    """How many inputs drifted, and each column's adjusted p-value."""
    inputs = [each for each in readings if each.feature != SCORE]
    drifted = sum(each.has_drifted for each in inputs)
    counted = [
        Measured("drifted_inputs", drifted, None, None, rows, "inputs"),
        Measured("compared_inputs", len(inputs), None, None, rows, "inputs"),
    ]
    return counted + [
        Measured(
            "drift_p_value", each.p, None, None, rows, "probability", {"feature": each.feature}
        )
        for each in readings
    ]


def listed(readings: list[Reading], comparison: Comparison) -> list[dict[str, Any]]:
    """The readings for the report, with the categories that came and went."""
    return [_listed(each, comparison.categories) for each in readings]


def _listed(each: Reading, categories: Mapping[str, CategoryDrift]) -> dict[str, Any]:
    held: dict[str, Any] = {
        "feature": each.feature,
        "kind": "category" if each.feature in categories else "number",
        "says": each.says,
        "index": each.stability,
        "p": each.p,
        "tests": [
            {"test": test.name, "statistic": test.statistic, "p": test.p, "holm_p": p}
            for test, p in each.tests
        ],
    }
    if each.feature not in categories:
        return held
    drift = categories[each.feature]
    change, few = drift.change, drift.chi_square.few_expected
    return held | {
        "few_expected": few,
        "new": _categories(change.new),
        "new_total": len(change.new),
        "vanished": _categories(change.vanished),
        "vanished_total": len(change.vanished),
    }


def _categories(counted: tuple[tuple[str, int], ...]) -> list[dict[str, Any]]:
    return [{"value": value, "n": n} for value, n in counted[:LISTED]]


def _known(value: float) -> float | None:
    return None if isnan(value) else value
