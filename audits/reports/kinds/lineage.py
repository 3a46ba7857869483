"""Preparation: what a recipe did to a snapshot, step by step."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports import tables
from audits.reports.markup import Html, format_count, join, raw, section, table
from desk.figures import Figure


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: how many steps, rows in and rows out."""
    steps = [one for one in details.get("steps") or [] if isinstance(one, Mapping)]
    if not steps:
        return "The snapshot was prepared by a recipe."
    first, last = steps[0].get("rows_before"), steps[-1].get("rows_after")
    return f"{len(steps)} steps took {format_count(first)} rows to {format_count(last)}."


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The steps in their order, and the parts that came out."""
    return join(
        [
            section("Steps", steps(details.get("steps"))),
            section("Parts", parts(details.get("parts"))),
            section("Figures", tables.with_intervals(tables.of_all_rows(figures))),
        ]
    )


def steps(listed: Any) -> Html:
    """What each step changed."""
    rows = [
        [
            place,
            str(one.get("step", "")),
            format_count(one.get("rows_before")),
            format_count(one.get("rows_after")),
            _changed(one.get("changed")),
            one.get("note", ""),
        ]
        for place, one in enumerate(listed or [], start=1)
        if isinstance(one, Mapping)
    ]
    heads = ["", "Step", "Rows before", "Rows after", "Changed", "Note"]
    return table(heads, rows, numeric=[2, 3])


def _changed(changed: Any) -> str:
    if isinstance(changed, Mapping):
        return ", ".join(f"{key}: {value}" for key, value in changed.items())
    return format_count(changed)


def parts(named: Any) -> Html:
    """The snapshots that came out."""
    if not isinstance(named, Mapping):
        return raw("")
    rows = []
    for name, one in named.items():
        held = one if isinstance(one, Mapping) else {"rows": one}
        columns = held.get("columns")
        width = len(columns) if isinstance(columns, list) else columns
        rows.append([name, format_count(held.get("rows")), format_count(width)])
    return table(["Part", "Rows", "Columns"], rows, numeric=[1, 2])
