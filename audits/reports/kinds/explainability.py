"""Explanation: which columns the scores depend on, and how."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports import charts, tables
from audits.reports.markup import Html, join, raw, section, table
from desk.charts import Series
from desk.figures import Figure, datum, number, rounded, span


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: the columns that matter most."""
    ranked = ranking(figures)
    if not ranked:
        return "No importance was measured."
    first = ", ".join(one.feature for one in ranked[:3])
    return (
        f"Of {len(ranked)} inputs the scores depend most on {first}; shuffling "
        f"{ranked[0].feature} alone costs {rounded(ranked[0].value)}."
    )


def ranking(figures: Sequence[Figure]) -> list[Figure]:
    """Importance, largest first; equal ones by name."""
    ones = [one for one in figures if one.name == "permutation_importance"]
    return sorted(ones, key=lambda one: (-(one.value or 0), one.feature))


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Importance by input, then how the score moves with the first of them."""
    ranked = ranking(figures)
    within = charts.reach(ranked)
    rows = [
        [
            one.feature,
            datum(one.value, one.name),
            span(one.low, one.high, one.name),
            charts.interval(one, within),
            tables.n_of(one),
        ]
        for one in ranked
    ]
    note = "How much the measure falls when a column is shuffled; near zero means unused."
    return join(
        [
            section(
                "Importance of inputs",
                table(["Input", "Loss", "Interval", "", "n"], rows, numeric=[1, 2, 4]),
                note=note,
            ),
            section("How the score moves", dependence(details.get("partial_dependence"))),
        ]
    )


def dependence(curves: Any) -> Html:
    """Mean score as one input is set to each of its values."""
    listed = (
        curves.items()
        if isinstance(curves, Mapping)
        else [(one.get("feature", ""), one) for one in curves or [] if isinstance(one, Mapping)]
    )
    inside = join(_curve(str(feature), one) for feature, one in listed)
    return raw(f'<div class="pair">{inside}</div>') if inside else raw("")


def _curve(feature: str, one: Any) -> Html:
    places, scores = _axes(one)
    pairs = charts.points(zip(places, scores, strict=False))
    if len(pairs) == len(places) and pairs:
        return charts.curves([Series("mean score", pairs)], feature, x=feature, y="mean score")
    rows = [[place, rounded(number(score))] for place, score in zip(places, scores, strict=False)]
    return table([feature, "Mean score"], rows, numeric=[1])


def _axes(one: Any) -> tuple[list[Any], list[Any]]:
    """Values and mean scores, from a mapping of lists or a list of pairs."""
    if isinstance(one, Mapping):
        for first, second in (
            ("values", "scores"),
            ("grid", "average"),
            ("values", "average"),
            ("grid", "scores"),
            ("values", "means"),
        ):
            if first in one and second in one:
                return list(one[first]), list(one[second])
        return _axes(one.get("points") or one.get("curve") or [])
    pairs = [list(pair.values()) if isinstance(pair, Mapping) else list(pair) for pair in one]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
