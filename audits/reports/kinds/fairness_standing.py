"""Each group against the best-off one: is a difference more than chance, and impact ratios."""

from collections.abc import Mapping
from typing import Any

from audits.reports.kinds.fairness_details import (
    DASH,
    FOUR_FIFTHS,
    JOINT,
    between,
    by_chance,
    chance,
    count,
    first,
    inside,
    listed,
    said,
    share,
    with_interval,
)
from audits.reports.markup import Html, fold, section, table
from desk.figures import number, rounded

_MOST_ROWS = 12

_OF_TESTS = (
    "Each group's share of people selected against that of the best-off known group. p is the "
    "chance of a difference at least as large if both groups were treated alike (Fisher's exact "
    "test). Of many comparisons some look striking by chance alone, so p is adjusted for all that "
    "were made here, {many}: so that any false finding is rare (Holm) and, beneath, so that few of "
    "the findings are false (Benjamini-Hochberg); groups of fewer people than the audit asks for "
    "do not count among them. Standard deviations: how far the number "
    "selected lies from what chance gives; courts ask about two or more."
)
_OF_RATIOS = (
    "Share selected divided by that of the category with the highest, as New York City's Local "
    "Law 144 has it. Categories with less than {least} of the people may be left out of the ratios "
    "and are shown; people of unknown category are counted beside them. 0.80 is the customary "
    "limit of the US Uniform Guidelines; the law itself names none."
)
_PEOPLE = " People count alike here, whatever they weigh."


def significance(details: Mapping[str, Any]) -> Html:
    """A table for each feature; those of several at once are folded away."""
    told = inside(details, "significance")
    tables = [
        _for(feature, _tested(feature, inside(said_of), details))
        for feature, said_of in inside(told, "features").items()
    ]
    note = _OF_TESTS.format(many=count(told.get("comparisons")))
    return section("More than chance?", *tables, note=note + _weighed(details))


def impact_ratios(details: Mapping[str, Any]) -> Html:
    """A table for each feature, excluded categories and people of unknown category too."""
    told = inside(details, "impact_ratios")
    tables = [_for(feature, _impact(feature, inside(table_))) for feature, table_ in told.items()]
    least = next((number(inside(one).get("least_share")) for one in told.values()), None)
    note = _OF_RATIOS.format(least=f"{float(least or 0) * 100:g} %")
    return section("Impact ratios", *tables, note=note + _weighed(details))


def _for(feature: str, told: Html) -> Html:
    return fold(f"By {feature}", told) if JOINT in feature and told else told


def _weighed(details: Mapping[str, Any]) -> str:
    return _PEOPLE if details.get("weight") else ""


def _tested(feature: str, told: Mapping[str, Any], details: Mapping[str, Any]) -> Html:
    """The least likely first."""
    ranked = sorted(listed(told.get("groups")), key=lambda one: (_p(one), _name(one)))
    shown, more = first(ranked, _MOST_ROWS, "groups")
    rows = [
        [
            _name(one),
            share(one.get("selected"), one.get("n")),
            with_interval(said(one, "difference"), between(one)),
            chance(one.get("fisher_p")),
            with_interval(chance(one.get("holm_p")), chance(one.get("benjamini_hochberg_p"))),
            _deviations(one),
            _reading(one, details),
        ]
        for one in shown
    ]
    of = f"{count(told.get('reference_selected'))} of {count(told.get('reference_people'))}"
    rate = share(told.get("reference_selected"), told.get("reference_people"))
    heads = ["Group", "Selected", "Difference", "p", "Adjusted p", "St. dev.", "Reading"]
    caption = f"{feature}, against {told.get('reference', '')}: {of} selected, {rate}. {more}"
    return table(heads, rows, caption=caption.strip(), numeric=range(1, 6))


def _p(one: Mapping[str, Any]) -> Any:
    """Those that were not compared come last."""
    p = number(one.get("holm_p"))
    return 2 if p is None else p


def _name(one: Mapping[str, Any]) -> str:
    return str(one.get("group", ""))


def _deviations(one: Mapping[str, Any]) -> str:
    read = number(one.get("standard_deviations"))
    return DASH if read is None else f"{read:+.1f}"


def _reading(one: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """In words: chance or not, and how that reads beside four fifths."""
    p = number(one.get("holm_p"))
    if p is None:
        return (
            "too few people to be compared" if number(one.get("fisher_p")) else "cannot be tested"
        )
    words = ["more than chance" if p < by_chance(details) else "may be chance"]
    if one.get("below_four_fifths") is True:
        words.append("below four fifths")
        if one.get("numbers_too_small") is True:
            words.append("on small numbers")
    return ", ".join(words)


def _impact(feature: str, told: Mapping[str, Any]) -> Html:
    """The lowest ratio first, then those left out."""
    ranked = sorted(
        listed(told.get("categories")),
        key=lambda one: (
            one.get("excluded") is True,
            number(one.get("impact_ratio")) or 0,
            _name(one),
        ),
    )
    shown, more = first(ranked, _MOST_ROWS, "categories")
    rows = [
        [
            _name(one),
            count(one.get("n")),
            share(one.get("selected"), one.get("n")),
            said(one, "impact_ratio"),
            between(one),
            _beside_four_fifths(one, told),
        ]
        for one in shown
    ]
    caption = f"{feature}: {count(told.get('people'))} people of known category, "
    caption += f"{count(told.get('unknown'))} of unknown. {more}"
    heads = ["Category", "People", "Selected", "Impact ratio", "Interval", "Reading"]
    return table(heads, rows, caption=caption.strip(), numeric=range(1, 5))


def _beside_four_fifths(one: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    if one.get("excluded") is True:
        return f"left out, {rounded(number(one.get('share')), 'group_share')} of the people"
    ratio = number(one.get("impact_ratio"))
    if ratio is None:
        return "undefined"
    if one.get("group") == told.get("most_favoured"):
        return "highest share"
    return "below 0.80" if ratio < FOUR_FIFTHS else ""
