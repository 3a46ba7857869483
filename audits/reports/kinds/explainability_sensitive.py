"""What changing one sensitive input, and nothing else, does to the decisions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from audits.reports import tables
from audits.reports.kinds.fairness_details import count, first, inside, listed
from audits.reports.markup import Html, join, raw, section, table
from desk.figures import Figure, number, rounded, span

_FLIPS, _KIND = "flip_rate", "any other value"

_LISTED = 12


def sentence(figures: Sequence[Figure]) -> str:
    """How many decisions change with a sensitive input alone."""
    found = [
        one
        for one in figures
        if one.name == _FLIPS and one.group == _KIND and one.value is not None
    ]
    found.sort(key=lambda one: (-(one.value or 0), one.feature))
    if not found:
        return ""
    first_, *others = found[:3]
    said = f"Changing {first_.feature} alone flips {rounded(first_.value, _FLIPS)} of the decisions"
    said += "".join(f", {one.feature} {rounded(one.value, _FLIPS)}" for one in others)
    return f"{said}."


def changed(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Each sensitive input by group; where the model is given none, that."""
    told = inside(details, "robustness")
    if not told:
        return raw("")
    held, groups = listed(told.get("sensitive")), listed(told.get("by_group"))
    if not held:
        return section("Sensitive inputs", _paragraph(_NONE))
    return section("Sensitive inputs", *(_one(one, figures, groups) for one in held), note=_NOTE)


_NONE = (
    "The model is given no input that is declared or was named as sensitive, or none that takes "
    "two values here, so none could be changed. Other inputs may still stand in for one: that is "
    "what a fairness assessment looks at."
)
_NOTE = (
    "One sensitive input is set to each of its other values, for everybody, and nothing else is "
    "changed. A flip shows that the model itself uses it. No flip does not show that nothing else "
    "stands in for it."
)


def _one(
    one: Mapping[str, Any], figures: Sequence[Figure], groups: Sequence[Mapping[str, Any]]
) -> Html:
    feature, values = str(one.get("feature", "")), one.get("set_to")
    tried = ", ".join(map(_value, values[:5])) if isinstance(values, list) else ""
    tried += f" and {len(values) - 5} more" if isinstance(values, list) and len(values) > 5 else ""
    filed = tables.pick(figures, _FLIPS, feature=feature, group=_KIND)
    sure = f" ({span(filed.low, filed.high, _FLIPS)})" if filed and filed.low is not None else ""
    said = (
        f"{feature}, set to {tried}: {rounded(number(one.get('flipped')), _FLIPS)} of "
        f"{count(one.get('n'))} people would be decided otherwise with another value{sure}."
    )
    rows, more = first(
        [
            [
                str(group.get("group", "")),
                count(group.get("n")),
                rounded(number(group.get("flipped")), _FLIPS),
                _between(group),
            ]
            for group in groups
            if group.get("feature") == feature
        ],
        _LISTED,
        "groups",
    )
    heads = [feature, "People", "Decided otherwise", "Interval"]
    return join([_paragraph(said), table(heads, rows, numeric=[1, 2, 3]), _paragraph(more)])


def _between(one: Mapping[str, Any]) -> str:
    """An interval of shares as it is read."""
    return span(number(one.get("low")), number(one.get("high")), _FLIPS)


def _value(said: Any) -> str:
    read = number(said)
    return str(said) if read is None else f"{read.normalize():f}"


def _paragraph(said: str) -> Html:
    return format_html("<p>{}</p>", said) if said else raw("")
