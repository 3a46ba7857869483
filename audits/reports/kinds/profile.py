"""Profile: what a snapshot holds, column by column."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports import charts, tables
from audits.reports.markup import (
    Html,
    format_count,
    join,
    key_figures,
    raw,
    section,
    table,
    warning,
)
from desk.figures import Figure, datum, name_of, number, rounded, span


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: how much there is, and how much of it is missing."""
    rows, columns = tables.pick(figures, "rows"), tables.pick(figures, "columns")
    missing = [one for one in figures if one.name == "missing_rate" and (one.value or 0) > 0]
    size = f"{rounded(rows.value)} rows" if rows else "The snapshot"
    wide = f" in {rounded(columns.value)} columns" if columns else ""
    return f"{size}{wide}; {len(missing)} of the columns have missing values."


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Size, the target, groups, then each column."""
    whole = tables.of_all_rows(figures)
    sliced = [one for one in figures if one.slice and one.name != "missing_rate"]
    missing = {one.feature: one for one in figures if one.name == "missing_rate"}
    return join(
        [
            _left_out(details.get("not_measured")),
            key_figures((datum(one.value, one.name), _under(one)) for one in whole[:4]),
            section("Of the people", _others(sliced)),
            section("Columns", columns(details.get("columns"), missing)),
            section("Distributions", histograms(details.get("columns"))),
        ]
    )


def _left_out(said: Any) -> Html:
    """What was asked for and could not be measured."""
    if not said:
        return raw("")
    told = "; ".join(str(one) for one in said)
    return warning("Not measured.", f"{told[:1].upper()}{told[1:]}.")


def _under(one: Figure) -> str:
    sure = f", {span(one.low, one.high, one.name)}" if one.low is not None else ""
    return f"{name_of(one.name)}{sure}"


def _others(figures: Sequence[Figure]) -> Html:
    rows = [
        [
            one.about,
            name_of(one.name),
            datum(one.value, one.name),
            span(one.low, one.high, one.name),
            tables.n_of(one),
        ]
        for one in figures
    ]
    return table(["About", "Measure", "Value", "Interval", "n"], rows, numeric=[2, 3, 4])


def columns(listed: Any, missing: Mapping[str, Figure]) -> Html:
    """A row per column: type, missing, distinct, and its usual values."""
    if not isinstance(listed, list):
        return raw("")
    rows = []
    for one in (one for one in listed if isinstance(one, Mapping)):
        gone = missing.get(str(one.get("name")))
        rows.append(
            [
                one.get("name", ""),
                one.get("type", ""),
                datum(gone.value, gone.name) if gone else format_count(one.get("nulls")),
                format_count(one.get("distinct")),
                _usual(one),
            ]
        )
    heads = ["Column", "Type", "Missing", "Distinct", "Usual values"]
    return table(heads, rows, numeric=[2, 3])


def _usual(one: Mapping[str, Any]) -> str:
    held = ((key, number(one.get(key))) for key in ("mean", "median", "min", "max"))
    return ", ".join(f"{key} {float(read):.4g}" for key, read in held if read is not None)


def histograms(listed: Any) -> Html:
    """The shape of each column, for the first two dozen that have one."""
    held = [one for one in listed or [] if isinstance(one, Mapping) and one.get("histogram")]
    drawn = join(charts.histogram(one["histogram"], str(one.get("name"))) for one in held[:24])
    return raw(f'<div class="pair">{drawn}</div>') if drawn else raw("")
