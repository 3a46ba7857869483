"""Reasons: which inputs speak against people who are refused, and those of single decisions."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports.kinds.fairness_details import count, first, inside, listed
from audits.reports.markup import Html, raw, section, table
from desk.figures import Figure, number, rounded

_RATE = "reason_rate"

#: Inputs listed, and people of each band.
_INPUTS, _PEOPLE = 10, 3

_SIDES = {"below": "lower", "above": "higher", "another category": "other category"}


def reasons(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """How often each input is a reason, then people of low, middle and high scores."""
    told = inside(details, "reasons")
    if not told:
        return raw("")
    note = (
        f"Each person is compared with {count(told.get('people_compared_with'))} "
        f"{told.get('compared_with', 'others')}, by Shapley values: at most four inputs that speak "
        "for the decision, and by how much each moved the score. Nobody's own values are kept. "
        "An input's name is not yet a reason in the law's sense, and no promise that a change of "
        "it would change the decision."
    )
    return section("Reasons for single decisions", _often(figures), _people(told), note=note)


def _often(figures: Sequence[Figure]) -> Html:
    ones = [one for one in figures if one.name == _RATE and one.value]
    ones.sort(key=lambda one: (-(one.value or 0), one.feature))
    rows, more = first(
        [
            [
                one.feature,
                _percent(one.value),
                f"{_percent(one.low)} to {_percent(one.high)}",
                f"{one.n:,}",
            ]
            for one in ones
        ],
        _INPUTS,
        "inputs",
    )
    caption = f"Of people decided unfavourably: how many have the input among their reasons. {more}"
    heads = ["Input", "A reason for", "Interval", "n"]
    return table(heads, rows, numeric=[1, 2, 3], caption=caption.strip())


def _percent(value: Any) -> str:
    read = number(value)
    return "" if read is None else f"{read * 100:.1f} %"


def _people(told: Mapping[str, Any]) -> Html:
    held, of = listed(told.get("people")), _by_person(told.get("reasons"))
    bands: dict[str, list[Mapping[str, Any]]] = {}
    for one in held:
        bands.setdefault(str(one.get("band", "")), []).append(one)
    shown = [one for several in bands.values() for one in several[:_PEOPLE]]
    more = len(held) - len(shown)
    rows = [
        [
            str(one.get("band", "")),
            rounded(number(one.get("score"))),
            str(one.get("decision", "")),
            "; ".join(of.get(str(one.get("person")), [])) or "nothing stands out",
        ]
        for one in shown
    ]
    rest = f" {more:,} more people stand in the evidence." if more > 0 else ""
    caption = (
        "People of low, middle and high scores, and what speaks most for how they are decided, "
        f"against what is typical of those compared with.{rest}"
    )
    heads = ["Scores", "Score", "Decision", "What counts most"]
    return table(heads, rows, numeric=[1], caption=caption)


def _by_person(told: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in listed(told):
        found.setdefault(str(one.get("person")), []).append(_reason(one))
    return found


def _reason(one: Mapping[str, Any]) -> str:
    side = _SIDES.get(str(one.get("side")), str(one.get("side", "")))
    moved = number(one.get("contribution"))
    by = "" if moved is None else f"{'+' if moved > 0 else '−'}{rounded(abs(moved))}"
    unsure = "may be noise" if one.get("certain") is False else ""
    said = ", ".join(part for part in (by, unsure) if part)
    return f"{one.get('feature', '')} {side} ({said})"
