"""A comparison as a list of measured numbers, each with its interval, its rows and its column."""

from math import isnan
from typing import NamedTuple

from measures.drift.columns import CategoryDrift, Comparison, NumberDrift
from measures.drift.distances import Distances
from measures.drift.missing_rate import MissingRateChange
from measures.intervals.interval import Interval
from measures.measured import Measured

#: Unit of each number listed, by name.
UNITS = {
    "population_stability_index": "nats",
    "jensen_shannon_distance": "",
    "hellinger_distance": "",
    "l_infinity_distance": "fraction",
    "kolmogorov_smirnov": "fraction",
    "wasserstein": "unit of the column",
    "new_categories": "fraction",
    "missing_rate_change": "fraction",
}


class _Named(NamedTuple):
    """A number on its way into the list."""

    name: str
    value: float
    interval: Interval | None
    n: int


def as_measures(comparison: Comparison) -> list[Measured]:
    """Every number of a comparison, columns in their order; tests and their p-values stay behind.

    Undefined numbers have the value None and no bounds.
    """
    numbers = [
        _measured(column, each)
        for column, drift in comparison.numbers.items()
        for each in _of_number(drift)
    ]
    categories = [
        _measured(column, each)
        for column, drift in comparison.categories.items()
        for each in _of_category(drift)
    ]
    return [*numbers, *categories]


def _of_number(drift: NumberDrift) -> list[_Named]:
    walked = []
    if drift.kolmogorov_smirnov is not None:
        found = drift.kolmogorov_smirnov
        walked.append(_Named("kolmogorov_smirnov", found.value, found.interval, found.n))
    if drift.wasserstein is not None:
        distance = drift.wasserstein
        walked.append(_Named("wasserstein", distance.value, distance.interval, distance.n))
    return [*_of_distances(drift.distances), *walked, _of_missing(drift.missing)]


def _of_category(drift: CategoryDrift) -> list[_Named]:
    change = drift.change
    new = _Named("new_categories", change.share, change.interval, change.n)
    return [*_of_distances(drift.distances), new, _of_missing(drift.missing)]


def _of_distances(held: Distances) -> list[_Named]:
    index, *distances = zip(held._fields, held, strict=True)
    return [
        _Named(index[0], *index[1]),
        *(_Named(f"{name}_distance", *distance) for name, distance in distances),
    ]


def _of_missing(change: MissingRateChange) -> _Named:
    return _Named("missing_rate_change", change.difference, change.interval, change.n)


def _measured(column: str, named: _Named) -> Measured:
    name, value, interval, n = named
    about = {"feature": column}
    if isnan(value):
        return Measured(name, None, None, None, n, UNITS[name], about)
    low, high = interval or (None, None)
    return Measured(name, value, low, high, n, UNITS[name], about)
