"""What is likely wrong with a snapshot, the most severe first, and what that means."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from audits.reports.markup import Html, raw, section, table
from desk.figures import Figure, number

#: Findings listed.
_LISTED = 20

#: Reasons named why a column was not examined.
_UNSEEN = 2

_SEVERITIES = {"error": "Serious", "warning": "Warning", "note": "Note"}

#: What a finding of each kind means for whoever builds on the data.
_MEANS = {
    "empty": "Holds nothing: leave it out.",
    "infinite": "Cannot be averaged or scored: find out where it comes from.",
    "leakage": "May hold what is only known afterwards: a model using it will disappoint.",
    "missing": "What fills the gaps decides what a model learns; ask why they are there.",
    "constant": "Tells nothing apart: leave it out.",
    "nearly_constant": "Tells very few rows apart.",
    "identifier": "Names single rows: a model can only learn it by heart.",
    "high_cardinality": "Too many values to learn from; group them.",
    "placeholder": "Probably stands for a missing value: mark it as missing.",
    "variants": "Probably one value spelt in several ways: make them one.",
    "outliers": "Extremes may be errors, and weigh heavily in means.",
    "skewed": "Its mean is no usual value: read the median.",
    "duplicates": "The same rows in training and test make a model look better than it is.",
    "incomplete_rows": "Leaving them out may change whom the data is about.",
}


def mappings(listed: Any) -> list[Mapping[str, Any]]:
    """The mappings of a stored list; nothing where it is no list."""
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def sentence(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """How many findings of each severity, and the first of the worst; "" if none were sought."""
    counts = {
        str(one.slice.get("severity")): int(one.value or 0)
        for one in figures
        if one.name == "findings"
    }
    if not counts:
        return ""
    worst = next((severity for severity in _SEVERITIES if counts.get(severity)), None)
    if worst is None:
        return "Nothing was found that needs looking at."
    held = [one for one in mappings(details.get("findings")) if one.get("severity") == worst]
    told = "; ".join(str(one.get("says", "")) for one in held[:2])
    first = f": {told[:1].upper()}{told[1:]}" if told else ""
    return f"{_counted(counts)}. The first to look at{first}."


def _counted(counts: Mapping[str, int]) -> str:
    """ "2 serious findings, 1 warning and 3 notes"."""
    words = {
        "error": ("serious finding", "serious findings"),
        "warning": ("warning", "warnings"),
        "note": ("note", "notes"),
    }
    said = [
        f"{counts.get(severity, 0)} {one if counts.get(severity) == 1 else many}"
        for severity, (one, many) in words.items()
    ]
    return f"{', '.join(said[:-1])} and {said[-1]}"


def listed(details: Mapping[str, Any]) -> Html:
    """A table of the findings, the most severe first."""
    held = mappings(details.get("findings"))
    rows = [
        [
            _SEVERITIES.get(str(one.get("severity")), str(one.get("severity"))),
            str(one.get("says", "")),
            _MEANS.get(str(one.get("kind")), ""),
        ]
        for one in held[:_LISTED]
    ]
    total = int(number(details.get("findings_total")) or len(held))
    more = total - len(rows)
    rest = raw(f'<p class="soft">{more:,} less severe ones are not shown.</p>') if more > 0 else ""
    drawn = table(["How severe", "Finding", "What it means"], rows)
    note = f"A finding is a reason to look, not a verdict.{sampled(details)}"
    unseen = _not_examined(details.get("leakage"))
    return section("What to look at", drawn, rest, unseen, note=note) if drawn else unseen


def sampled(details: Mapping[str, Any]) -> str:
    """On how many rows columns were compared with each other, where not on all; else ""."""
    held = details.get("compared_on")
    if not isinstance(held, Mapping):
        return ""
    rows, of = (number(held.get(key)) for key in ("rows", "of"))
    if rows is None or of is None or rows >= of:
        return ""
    return f" Columns were compared with each other on {int(rows):,} of {int(of):,} rows."


def _not_examined(leakage: Any) -> Html:
    """Columns of which nobody has looked whether they tell the target."""
    held = leakage.get("not_examined") if isinstance(leakage, Mapping) else None
    if not isinstance(held, list) or not held:
        return raw("")
    total = int(number(leakage.get("not_examined_total")) or len(held))
    named = "; ".join(str(one) for one in held[:_UNSEEN])
    more = f"; and {total - _UNSEEN} more" if total > _UNSEEN else ""
    said = f"Not examined for knowing the target too well: {named}{more}."
    return format_html('<p class="soft">{}</p>', said)
