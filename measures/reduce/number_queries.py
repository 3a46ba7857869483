"""What `numbers` reads off sorted values, asked of the engine: for tables too long to fetch.

Everything but the engine's own work is a handful of numbers per column. Counts and quantiles
are the same as those of `numbers`; means and deviations agree to about 10⁻¹².
"""

from collections.abc import Mapping, Sequence
from math import isfinite

import ibis

from measures.reduce.categories import reduce_categories
from measures.reduce.columns import ColumnRange, reduce_columns
from measures.reduce.finite import LARGEST, float_of
from measures.reduce.histogram import Histogram, reduce_histograms
from measures.reduce.missing import as_number
from measures.reduce.moments import Moments, Shift, reduce_moments, shift_between
from measures.reduce.numbers import (
    FAR,
    LEVELS,
    LISTED,
    PLACEHOLDERS,
    NumberSummary,
    Outliers,
    even_edges,
    fences,
    frequent,
)
from measures.reduce.quantiles import reduce_quantiles
from measures.reduce.sums import exponent_for, reduce_sums

_AT_ONCE = 20


def ask_numbers(table: ibis.Table, names: Sequence[str]) -> dict[str, NumberSummary]:
    """Summarise numeric columns in five passes of the engine, and one per listed column.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    names : sequence of str
        Numeric columns.

    Returns
    -------
    dict of str to NumberSummary
        One per column.
    """
    if not names:
        return {}
    ranges = {each.name: each for each in reduce_columns(table.select(list(names)))}
    finite = {name: (each.low, each.high) for name, each in ranges.items() if _is_finite(each)}
    quantiles = reduce_quantiles(table, list(finite), LEVELS)
    moments = _moments(table, finite)
    bins = {name: even_edges(*ends) for name, ends in finite.items()}
    histograms = reduce_histograms(table, bins)
    listed = _listed(table, [each for each in ranges.values() if 0 < each.distinct <= LISTED])
    bounds = {name: _bounds(quantiles[name], moments[name]) for name in finite}
    tallies = _tallies(table, names, bounds)
    return {
        name: _summary(
            each,
            bool(table[name].type().is_integer()),
            tallies[name],
            tuple(quantiles.get(name, ())),
            moments.get(name),
            histograms.get(name),
            listed.get(name, ()),
        )
        for name, each in ranges.items()
    }


def _is_finite(column: ColumnRange) -> bool:
    return column.low is not None and isfinite(column.low) and isfinite(column.high)


def _moments(table: ibis.Table, finite: Mapping[str, tuple[float, float]]) -> dict[str, Moments]:
    exponents = {name: exponent_for(max(map(abs, ends))) for name, ends in finite.items()}
    means = {name: sums.mean or 0.0 for name, sums in reduce_sums(table, exponents).items()}
    return reduce_moments(table, {name: _shift(*finite[name], means[name]) for name in finite})


def _shift(low: float, high: float, mean: float) -> Shift:
    return shift_between(low, high, min(max(mean, low), high))


def _listed(
    table: ibis.Table, columns: Sequence[ColumnRange]
) -> dict[str, tuple[tuple[str, int], ...]]:
    names = [each.name for each in columns]
    numbers = table.mutate([as_number(table[name]).name(name) for name in names])
    counted = reduce_categories(numbers, names)
    return {
        name: frequent([(float(text), rows) for text, rows in counts.as_dict().items()])
        for name, counts in counted.items()
    }


def _bounds(quantiles: Sequence[float], moments: Moments) -> tuple[float, ...]:
    """Tukey's fences, then three deviations to each side of the mean."""
    mean, deviation = moments.mean or 0.0, moments.deviation or 0.0
    far = (mean - FAR * deviation, mean + FAR * deviation) if deviation else (-LARGEST, LARGEST)
    return (*fences(quantiles), *far)


def _tallies(
    table: ibis.Table, names: Sequence[str], bounds: Mapping[str, tuple[float, ...]]
) -> dict[str, dict[str, int | float]]:
    found: dict[str, dict[str, int | float]] = {}
    for start in range(0, len(names), _AT_ONCE):
        found |= _some(table, names[start : start + _AT_ONCE], bounds)
    return found


def _some(
    table: ibis.Table, names: Sequence[str], bounds: Mapping[str, tuple[float, ...]]
) -> dict[str, dict[str, int | float]]:
    known = table.select([as_number(table[name]).name(f"c{i}") for i, name in enumerate(names)])
    asked = []
    for i, name in enumerate(names):
        questions = _questions(known[f"c{i}"], bounds.get(name))
        asked += [each.sum().fill_null(0).name(f"{key}:{i}") for key, each in questions.items()]
    answer = known.aggregate(asked).to_pyarrow().to_pylist()[0]
    found: dict[str, dict[str, int | float]] = {}
    for i, name in enumerate(names):
        keys = _questions(known[f"c{i}"], bounds.get(name))
        found[name] = {key: int(answer[f"{key}:{i}"]) for key in keys}
        found[name] |= dict(zip(("low", "high"), bounds.get(name, ())[:2], strict=False))
    return found


def _questions(values: ibis.Column, bounds: tuple[float, ...] | None) -> dict[str, ibis.Column]:
    asked = {
        "zeros": values == 0,
        "negatives": values < 0,
        "infinite": values.abs() > float_of(LARGEST),
    }
    asked |= {str(j): values == float_of(each) for j, each in enumerate(PLACEHOLDERS)}
    if bounds:
        low, high, left, right = (float_of(each) for each in bounds)
        asked |= {"below": values < low, "above": values > high}
        asked |= {"far": (values < left) | (values > right)}
    return asked


def _summary(
    column: ColumnRange,
    is_whole: bool,
    tally: Mapping[str, int | float],
    quantiles: tuple[float, ...],
    moments: Moments | None,
    histogram: Histogram | None,
    values: tuple[tuple[str, int], ...],
) -> NumberSummary:
    outliers = None
    if moments:
        below, above, far = (int(tally[key]) for key in ("below", "above", "far"))
        outliers = Outliers(tally["low"], tally["high"], below, above, far)
    held = [(value, int(tally[str(j)])) for j, value in enumerate(PLACEHOLDERS)]
    return NumberSummary(
        column.counts,
        is_whole,
        column.distinct,
        None if column.low is None else column.low + 0.0,
        None if column.high is None else column.high + 0.0,
        int(tally["zeros"]),
        int(tally["negatives"]),
        int(tally["infinite"]),
        quantiles,
        moments,
        histogram,
        outliers,
        values,
        tuple((value, rows) for value, rows in held if rows),
    )
