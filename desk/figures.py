"""Measured numbers as people read them: named in words, rounded, with interval and count.

What is stored is text; it is rounded here only to be read, and the whole of it stays in the
page (in the `value` of a `<data>` element).
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from desk.meanings import COUNTS, is_share

DASH = "—"


class Figure(NamedTuple):
    """One measure of a piece of evidence, read back from its text."""

    name: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int
    unit: str
    slice: Mapping[str, str]

    @property
    def feature(self) -> str:
        """The column or sensitive feature it is about, if any."""
        return str(self.slice.get("feature", ""))

    @property
    def group(self) -> str:
        """The group within the feature, if any."""
        return str(self.slice.get("group", ""))

    @property
    def about(self) -> str:
        """What it is about, in words: "all rows", "race", "race: black"."""
        parts = [self.feature, self.group]
        rest = [
            f"{key} {said}" for key, said in self.slice.items() if key not in {"feature", "group"}
        ]
        return ": ".join(part for part in [*parts, *rest] if part) or "all rows"


def number(text: Any) -> Decimal | None:
    """A stored number; None where there is none."""
    if text is None or text == "":
        return None
    try:
        read = Decimal(str(text))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def figure(measure: Mapping[str, Any]) -> Figure:
    """One stored measure, read."""
    return Figure(
        name=str(measure.get("name", "")),
        value=number(measure.get("value")),
        low=number(measure.get("low")),
        high=number(measure.get("high")),
        n=int(number(measure.get("n")) or 0),
        unit=str(measure.get("unit") or ""),
        slice={str(key): str(said) for key, said in (measure.get("slice") or {}).items()},
    )


def rounded(value: Decimal | None, measure: str = "") -> str:
    """A number as it is read: shares as percentages, the rest to three decimals."""
    if value is None:
        return DASH
    if is_share(measure):
        return f"{value * 100:.1f} %"
    if measure in COUNTS:
        return f"{int(value):,}"
    if value == value.to_integral_value() and abs(value) >= 2:
        return f"{int(value):,}"
    return f"{value:.3f}" if abs(value) >= Decimal("0.001") or not value else f"{value:.2g}"


def span(low: Decimal | None, high: Decimal | None, measure: str = "") -> str:
    """An interval as it is read."""
    if low is None or high is None:
        return DASH
    return f"{rounded(low, measure)} to {rounded(high, measure)}"


def datum(value: Decimal | None, measure: str = "") -> SafeString:
    """A number, rounded to the eye and whole in the page."""
    if value is None:
        return mark_safe(DASH)
    return format_html('<data value="{}">{}</data>', str(value), rounded(value, measure))
