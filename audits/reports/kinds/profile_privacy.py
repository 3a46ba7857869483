"""How easily a person in a snapshot could be singled out, and which rows make it so."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html

from audits.reports.kinds.profile_findings import mappings
from audits.reports.markup import Html, join, raw, section, table
from desk.figures import DASH, number, rounded

#: Measures told here.
MEASURES = frozenset({"k_anonymity", "unique_share", "l_diversity", "t_closeness"})


def told(held: Any) -> Html:
    """The answer in a sentence, then how many are in small classes, and which rows."""
    if not isinstance(held, Mapping) or not mappings(held.get("below")):
        return raw("")
    return section(
        "Who could be singled out",
        format_html("<p>{}</p>", _answer(held)),
        _sizes(held),
        _without(held),
        _given_away(held),
        _rows(held),
    )


def _answer(held: Mapping[str, Any]) -> str:
    quasi = held.get("quasi_identifiers")
    by = ", ".join(map(str, quasi)) if isinstance(quasi, list) else ""
    share, mean, worst = (
        rounded(number(held.get(key)), "group_share")
        for key in ("unique_share", "mean_risk", "highest_risk")
    )
    return (
        f"Whoever knows {by} of a person can tell {_count(held.get('unique'))} of "
        f"{_count(held.get('people'))} people ({share}) apart from all others. The smallest group "
        f"of people alike is of {_count(held.get('k'))} (k-anonymity); "
        f"a person is found with a chance of {mean} on average, {worst} at worst."
    )


def _sizes(held: Mapping[str, Any]) -> Html:
    rows = [
        [
            f"fewer than {_count(one.get('size'))}",
            _count(one.get("people")),
            rounded(number(one.get("share")), "group_share"),
        ]
        for one in mappings(held.get("below"))
    ]
    return table(["People alike", "People in such groups", "Share"], rows, numeric=[1, 2])


def _without(held: Mapping[str, Any]) -> Html:
    rows = [
        [
            str(one.get("column", "")),
            _count(one.get("k")),
            _count(one.get("unique")),
            _count(one.get("in_small")),
        ]
        for one in mappings(held.get("without"))
    ]
    small = _count(held.get("small"))
    heads = ["Left out", "k", "People told apart", f"In groups of fewer than {small}"]
    caption = "What would remain if one of the columns were left out, the most helpful first."
    return table(heads, rows, numeric=[1, 2, 3], caption=caption)


def _given_away(held: Mapping[str, Any]) -> Html:
    """What the sensitive column gives away of people who cannot be told apart."""
    diverse, close = held.get("diversity"), held.get("closeness")
    if not isinstance(diverse, Mapping) or not isinstance(close, Mapping):
        return raw("")
    name = str(held.get("sensitive_attribute", ""))
    said = (
        f"The group of people alike with the fewest different values of {name} has "
        f"{_count(diverse.get('distinct'))} (l-diversity); {_count(diverse.get('disclosed'))} "
        "people are in groups where all have the same one, so that finding the group is enough to "
        f"know it. In the group least like the rest, the shares of {name} are off by "
        f"{rounded(number(close.get('farthest')))} (t-closeness, {close.get('distance', '')}; 0 is "
        "like everybody, 1 nothing in common)."
    )
    return format_html("<p>{}</p>", said)


def _rows(held: Mapping[str, Any]) -> Html:
    """Rows by number: whoever may open the snapshot finds them, nobody else learns of whom."""
    kinds = {
        "rows": f"In the smallest groups, of fewer than {_count(held.get('small'))}",
        "single_value_rows": "In the largest groups with one sensitive value",
    }
    drawn = [
        [said, _numbers(mappings(held.get(key)))] for key, said in kinds.items() if held.get(key)
    ]
    caption = (
        "Which rows, by their number in the snapshot. Their values are not shown: they would "
        "single people out."
    )
    return join([table(["Rows", "Number (people alike)"], drawn, caption=caption)])


def _numbers(rows: list[Mapping[str, Any]]) -> str:
    return ", ".join(f"{_count(one.get('row'))} ({_count(one.get('people'))})" for one in rows)


def _count(value: Any) -> str:
    read = number(value)
    return f"{int(read):,}" if read is not None else DASH
