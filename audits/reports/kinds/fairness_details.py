"""The details of a fairness assessment, read with care: others file such evidence too."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from audits.reports.markup import Html
from desk.figures import DASH, number, rounded, span

#: What a ratio of selection rates is customarily compared with (29 CFR 1607.4(D)).
FOUR_FIFTHS = Decimal("0.8")

#: Between the features of an intersection.
JOINT = " x "


def inside(value: Any, *path: str) -> Mapping[str, Any]:
    """A mapping within mappings; an empty one where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list; none where it is something else."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def chance(p: Any) -> str:
    """A p-value as it is read."""
    read = number(p)
    if read is None:
        return DASH
    return "< 0.001" if read < Decimal("0.001") else f"{read:.3f}"


def equals(p: Any) -> str:
    """A p-value within a sentence: "p = 0.232"."""
    said = chance(p)
    return f"p {said}" if said.startswith("<") else f"p = {said}"


def between(one: Mapping[str, Any], low: str = "low", high: str = "high") -> str:
    """An interval of some details as it is read."""
    return span(number(one.get(low)), number(one.get(high)))


def with_interval(value: Any, interval: str) -> Html:
    """A number above its interval, where it has one."""
    beneath = format_html('<br><span class="soft">{}</span>', interval) if interval != DASH else ""
    return format_html("{}{}", value, beneath)


def said(one: Mapping[str, Any], key: str) -> str:
    """A number of some details as it is read."""
    return rounded(number(one.get(key)))


def count(value: Any) -> str:
    """A count with its thousands apart."""
    read = number(value)
    return DASH if read is None else f"{int(read):,}"


def share(happened: Any, possible: Any) -> str:
    """A share of people as a percentage."""
    some, everybody = number(happened), number(possible)
    return f"{some / everybody * 100:.1f} %" if some is not None and everybody else DASH


def by_chance(details: Mapping[str, Any]) -> Decimal:
    """What an adjusted p-value must stay below to be called more than chance."""
    return 1 - (number(details.get("confidence")) or Decimal("0.95"))


def first(rows: list[Any], most: int, what: str) -> tuple[list[Any], str]:
    """The first rows of a long table, and a sentence on how many more there are."""
    more = len(rows) - most
    return rows[:most], f"{more:,} more {what} stand in the evidence." if more > 0 else ""
