"""Monitoring: how far a window lies from the reference the approval rested on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports import charts, tables
from audits.reports.markup import Html, join, raw, section, table
from desk.figures import Figure, datum, rounded, span

#: Siddiqi's customary reading of the index: below 0.1 little change, above 0.25 much.
_LITTLE, _MUCH = Decimal("0.1"), Decimal("0.25")


def moved(figures: Sequence[Figure]) -> list[Figure]:
    """Stability indices, largest first."""
    ones = [one for one in figures if one.name == "population_stability_index"]
    return sorted(ones, key=lambda one: (-(one.value or 0), one.feature))


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: what moved most, and how many columns moved much."""
    ranked = moved(figures)
    if not ranked:
        return f"{len(figures)} figures were measured on this window."
    much = sum(1 for one in ranked if (one.value or 0) > _MUCH)
    return (
        f"Against the reference, {ranked[0].feature} moved most, with a population stability "
        f"index of {rounded(ranked[0].value)}; {much} of {len(ranked)} columns lie above {_MUCH}."
    )


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Columns by how far they moved, then performance and gaps where outcomes are known."""
    ranked = moved(figures)
    within = charts.reach(ranked)
    rows = [
        [
            one.feature,
            datum(one.value),
            span(one.low, one.high),
            charts.interval(one, within),
            reading(one.value),
            tables.n_of(one),
        ]
        for one in ranked
    ]
    heads = ["Column", "Index", "Interval", "", "Reading", "n"]
    rest = [one for one in figures if one.name != "population_stability_index"]
    return join(
        [
            section("What moved", table(heads, rows, numeric=[1, 2, 5])),
            section("This window", tables.with_intervals(tables.of_all_rows(rest))),
            section("By group", _by_group([one for one in rest if one.slice])),
            section("Distributions", histograms(details.get("histograms"))),
        ]
    )


def _by_group(figures: Sequence[Figure]) -> Html:
    rows = [
        [
            one.about,
            tables.name_of(one.name),
            datum(one.value, one.name),
            span(one.low, one.high, one.name),
            charts.interval(one),
            tables.n_of(one),
        ]
        for one in figures
    ]
    return table(["About", "Measure", "Value", "Interval", "", "n"], rows, numeric=[2, 3, 5])


def reading(value: Decimal | None) -> str:
    """The customary words for an index."""
    if value is None:
        return ""
    return "little change" if value < _LITTLE else "some change" if value < _MUCH else "much change"


def histograms(listed: Any) -> Html:
    """Reference and window side by side, where they were kept."""
    if not isinstance(listed, Mapping):
        return raw("")
    drawn = []
    for name, held in listed.items():
        inside = held if isinstance(held, Mapping) else {}
        for when in ("reference", "window", "current"):
            if when in inside:
                bins = {
                    "counts": inside[when],
                    "edges": inside.get("edges") or inside.get("labels"),
                }
                drawn.append(
                    charts.histogram(
                        inside[when] if isinstance(inside[when], Mapping) else bins,
                        f"{name}, {when}",
                    )
                )
    inside_html = join(drawn)
    return raw(f'<div class="pair">{inside_html}</div>') if inside_html else raw("")
