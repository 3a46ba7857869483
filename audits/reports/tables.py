"""Tables of figures, as every kind of report needs them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.html import format_html

from audits.reports import charts
from audits.reports.markup import Html, raw, table
from desk.figures import Figure, datum, span
from desk.meanings import meaning_of, name_of


def of_all_rows(figures: Iterable[Figure]) -> list[Figure]:
    """The figures that are about everybody."""
    return [one for one in figures if not one.slice]


def pick(figures: Iterable[Figure], name: str, **about: str) -> Figure | None:
    """The one figure of that name about that, if it is there."""
    return next((f for f in figures if f.name == name and dict(f.slice) == about), None)


def n_of(one: Figure) -> str:
    """The count behind a figure."""
    return f"{one.n:,}"


def named(one: Figure) -> Html:
    """A measure's name, and beneath it what it says."""
    said = meaning_of(one.name)
    beneath = format_html('<br><span class="soft">{}</span>', said) if said else ""
    return format_html("{}{}", name_of(one.name), beneath)


def explained(name: str) -> str:
    """A measure's name and what it says, as a caption."""
    said = meaning_of(name)
    return f"{name_of(name)}: {said}" if said else name_of(name)


def with_intervals(figures: Sequence[Figure], caption: str = "") -> Html:
    """Measure, value, interval drawn and written, and count."""
    within = charts.reach(figures) if not _unit(figures) else (0, 1)
    rows = [
        [
            named(one),
            datum(one.value, one.name),
            span(one.low, one.high, one.name),
            charts.interval(one, within) if one.low is not None else "",
            n_of(one),
        ]
        for one in figures
    ]
    heads = ["Measure", "Value", "Interval", "", "n"]
    return table(heads, rows, caption=caption, numeric=[1, 2, 4])


def _unit(figures: Sequence[Figure]) -> bool:
    ends = [end for one in figures for end in (one.value, one.low, one.high) if end is not None]
    return all(0 <= end <= 1 for end in ends)


def everything(figures: Sequence[Figure]) -> Html:
    """Each measure as it is filed, with nothing left out."""
    rows: list[list[Any]] = [
        [
            name_of(one.name),
            one.about,
            datum(one.value, one.name),
            datum(one.low, one.name),
            datum(one.high, one.name),
            n_of(one),
            one.unit,
        ]
        for one in figures
    ]
    heads = ["Measure", "About", "Value", "Low", "High", "n", "Unit"]
    return table(heads, rows, numeric=[2, 3, 4, 5]) or raw("<p>No measures.</p>")
