"""What is left of a gap among people alike in the control features, and level by level."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports.kinds.fairness_details import (
    JOINT,
    between,
    by_chance,
    chance,
    count,
    equals,
    first,
    inside,
    listed,
    said,
    with_interval,
)
from audits.reports.markup import Html, fold, join, raw, section, table, warning
from desk.figures import DASH, Figure, datum, number, rounded, span

_MOST_LEVELS = 12

_NOTE = (
    "Groups compared within each level of {control}, then all levels together. An odds ratio of 1 "
    "means equal chances among people alike, below 1 that the group fares worse than the one it is "
    "compared with. p is the chance of as much if there were no difference within levels "
    "(Cochran-Mantel-Haenszel), adjusted for all such comparisons."
)
_PEOPLE = " Tests count people alike here; shares and ratios of a level are of their weights."
_CAUTION = (
    "What people are alike in may itself follow from the group: from how they are treated, or from "
    "what they were kept from. Then this comparison explains a gap away without removing it."
)


def among_alike(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The whole part; nothing where there were no control features."""
    control = details.get("control")
    if not isinstance(control, list) or not control:
        return raw("")
    named = " and ".join(map(str, control))
    told = inside(details, "conditional")
    parts = [_feature(feature, inside(one), figures, details) for feature, one in told.items()]
    counted = _PEOPLE if details.get("weight") else ""
    if not join(parts):
        return raw("")
    return section(
        f"What is left of the gap among people alike in {named}",
        warning("Read with care.", _CAUTION),
        *parts,
        note=_NOTE.format(control=named) + counted,
    )


def _feature(
    feature: str, told: Mapping[str, Any], figures: Sequence[Figure], details: Mapping[str, Any]
) -> Html:
    inside_ = join([_common(feature, told, details), _by_level(feature, told, figures)])
    return fold(f"By {feature}", inside_) if JOINT in feature and inside_ else inside_


def _common(feature: str, told: Mapping[str, Any], details: Mapping[str, Any]) -> Html:
    """Each group over all levels: before, and among people alike."""
    shown, more = first(listed(told.get("groups")), _MOST_LEVELS, "groups")
    rows = [
        [
            one.get("group", ""),
            _before(one),
            with_interval(said(one, "odds_ratio"), between(one)),
            chance(one.get("holm_p")),
            _reading(one, details),
        ]
        for one in shown
    ]
    heads = ["Group", "Ratio, all people", "Odds ratio, alike", "Adjusted p", "Reading"]
    caption = f"{feature}, against {told.get('reference', '')}. {more}".strip()
    return table(heads, rows, caption=caption, numeric=[1, 2, 3])


def _before(one: Mapping[str, Any]) -> Html:
    return with_interval(said(one, "crude_ratio"), between(one, "crude_low", "crude_high"))


def _reading(one: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """What is left, and whether one number may stand for all levels."""
    p = number(one.get("holm_p"))
    if p is None:
        few = number(one.get("informative_levels"))
        return "too few people to be compared" if few else "too few alike to tell"
    words = "more than chance is left" if p < by_chance(details) else "no more than chance is left"
    apart = number(one.get("one_odds_ratio_p"))
    if apart is None or apart >= by_chance(details):
        return words
    return with_interval(words, f"levels differ ({equals(apart)}): read each")


def _by_level(feature: str, told: Mapping[str, Any], figures: Sequence[Figure]) -> Html:
    """The widest gap first: lowest and highest group of each level that has two."""
    ratios = {
        one.group: one
        for one in figures
        if (one.name, one.feature) == ("conditional_selection_rate_ratio", feature)
    }
    levels = listed(told.get("levels"))
    compared = [one for one in levels if one.get("compared") is True]
    ranked = sorted(compared, key=lambda one: _rank(ratios.get(str(one.get("level")))))
    shown, more = first(ranked, _MOST_LEVELS, "levels")
    rows = [_level(one, ratios.get(str(one.get("level")))) for one in shown]
    alone = len(levels) - len(compared)
    rest = f" {alone:,} levels have one group only and compare nobody." if alone else ""
    caption = f"{feature}, level by level, the widest gap first. {more}".strip() + rest
    heads = ["Level", "People", "Lowest", "Highest", "Ratio", "Interval"]
    return table(heads, rows, caption=caption, numeric=[1, 4, 5])


def _rank(ratio: Figure | None) -> tuple[bool, Any]:
    known = ratio is not None and ratio.value is not None
    return not known, ratio.value if ratio is not None and known else 0


def _level(one: Mapping[str, Any], ratio: Figure | None) -> list[Any]:
    groups = [each for each in listed(one.get("groups")) if _rate(each) is not None]
    groups.sort(key=_rate)
    ends = [_group(groups[0]), _group(groups[-1])] if groups else [DASH, DASH]
    value = datum(ratio.value, ratio.name) if ratio else DASH
    sure = span(ratio.low, ratio.high) if ratio else DASH
    return [one.get("level", ""), count(one.get("n")), *ends, value, sure]


def _rate(each: Mapping[str, Any]) -> Any:
    """The share of the weights, where people have weights."""
    if "share" in each:
        return number(each["share"])
    n = number(each.get("n"))
    return (number(each.get("selected")) or 0) / n if n else None


def _group(each: Mapping[str, Any]) -> str:
    few = f"{rounded(_rate(each), 'selection_rate')} of {count(each.get('n'))}"
    return f"{each.get('group', '')}: {few}"
