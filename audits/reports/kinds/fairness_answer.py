"""The answer to a fairness assessment in a few sentences, and its key figures.

How wide is the widest gap, and between whom; is it more than chance; does a ratio lie below
four fifths; what is left of it among people alike.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from audits.reports.kinds.fairness_details import (
    FOUR_FIFTHS,
    JOINT,
    by_chance,
    equals,
    inside,
    listed,
)
from audits.reports.markup import Html, key_figures
from desk.figures import Figure, datum, number, rounded, span


class Widest(NamedTuple):
    """The feature whose large groups lie furthest apart in selection; `ratio` is low by high.

    `over_all` is the filed ratio of all its groups where these two are the extremes of all.
    """

    feature: str
    low: Figure
    high: Figure
    ratio: Decimal
    over_all: Figure | None


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """The widest gap in selection, whether it is chance, and what is below four fifths."""
    gap = widest(figures, details)
    if gap is None:
        return f"{len(figures)} figures by group were measured on held-out rows."
    sentences = [
        _widest_in_words(gap, details),
        _more_than_chance(gap, details),
        _among_alike(gap, details),
        _below_four_fifths(figures),
    ]
    return " ".join(filter(None, sentences))


def widest(figures: Sequence[Figure], details: Mapping[str, Any]) -> Widest | None:
    """Of single features; of intersections only where there is nothing else."""
    least = int(number(details.get("min_group_size")) or 0)
    features = list(dict.fromkeys(one.feature for one in figures if one.name == "selection_rate"))
    found = [gap for feature in features if (gap := _extremes(figures, feature, least))]
    single = [gap for gap in found if JOINT not in gap.feature]
    return min(single or found, key=lambda gap: gap.ratio, default=None)


def keys(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The few numbers to see first."""
    gap = widest(figures, details)
    if gap is None:
        return key_figures([])
    shown: list[tuple[Any, str]] = [
        (
            datum(one.value, one.name),
            f"of {one.group} selected, {span(one.low, one.high, one.name)}",
        )
        for one in (gap.low, gap.high)
    ]
    if tested := _tested(gap, details):
        said = "if both groups were treated alike, adjusted for all comparisons"
        shown.append((equals(tested.get("holm_p")), said))
    if ratios := _ratios(figures):
        shown.append((f"{len(_low(ratios))} of {len(ratios)}", "impact ratios below 0.80"))
    return key_figures(shown)


def _extremes(figures: Sequence[Figure], feature: str, least: int) -> Widest | None:
    rates = [
        one
        for one in figures
        if (one.name, one.feature) == ("selection_rate", feature)
        and one.group
        and one.value is not None
    ]
    large = sorted((one for one in rates if one.n >= least), key=lambda one: one.value or 0)
    if len(large) < 2 or not large[-1].value:
        return None
    low, high = large[0], large[-1]
    values = [one.value for one in rates if one.value is not None]
    whole = (low.value, high.value) == (min(values), max(values))
    filed = [
        one for one in figures if one.name == "selection_rate_ratio" and one.feature == feature
    ]
    over_all = next((one for one in filed if not one.group), None) if whole else None
    return Widest(feature, low, high, (low.value or Decimal(0)) / large[-1].value, over_all)


def _widest_in_words(gap: Widest, details: Mapping[str, Any]) -> str:
    sure = _interval(gap, details)
    about = f" ({sure})" if sure else ""
    weight = details.get("weight")
    begins = f"With people weighted by {weight}, the" if weight else "The"
    return (
        f"{begins} widest gap in selection is by {gap.feature}: "
        f"{rounded(gap.low.value, gap.low.name)} of the group {gap.low.group} were predicted "
        f"favourably against {rounded(gap.high.value, gap.high.name)} of the group "
        f"{gap.high.group}, a ratio of {rounded(gap.ratio)}{about}; 1 would be no gap."
    )


def _interval(gap: Widest, details: Mapping[str, Any]) -> str:
    """Of the ratio of these two: the filed one, else that of the test of these two."""
    if gap.over_all is not None and gap.over_all.low is not None:
        return f"interval {span(gap.over_all.low, gap.over_all.high)}"
    tested = {} if details.get("weight") else _tested(gap, details)
    low, high = number(tested.get("ratio_low")), number(tested.get("ratio_high"))
    return f"interval {span(low, high)}" if low is not None and high is not None else ""


def _tested(gap: Widest, details: Mapping[str, Any]) -> Mapping[str, Any]:
    """The test of these two groups, if it is these two that were tested."""
    told = inside(details, "significance", "features", gap.feature)
    if told.get("reference") != gap.high.group:
        return {}
    found = [one for one in listed(told.get("groups")) if one.get("group") == gap.low.group]
    return found[0] if found else {}


def _more_than_chance(gap: Widest, details: Mapping[str, Any]) -> str:
    tested = _tested(gap, details)
    p = number(tested.get("holm_p"))
    if p is None:
        return ""
    many = int(number(inside(details, "significance").get("comparisons")) or 1)
    adjusted = f" after adjustment for {many} comparisons" if many > 1 else ""
    apart = number(tested.get("standard_deviations"))
    away = f", {abs(apart):.1f} standard deviations" if apart is not None else ""
    if p < by_chance(details):
        return f"That is more than chance would give ({equals(p)}{adjusted}{away})."
    return f"Chance alone could give as much ({equals(p)}{adjusted}{away})."


def _ratios(figures: Sequence[Figure]) -> list[Figure]:
    """All but those of the best-off categories, which are 1 by definition and have no interval."""
    ratios = [one for one in figures if one.name == "impact_ratio" and one.value is not None]
    return [one for one in ratios if one.value != 1 or one.low is not None]


def _low(ratios: Sequence[Figure]) -> list[Figure]:
    """Those below four fifths: of single features first, the lowest first."""
    below = [one for one in ratios if one.value is not None and one.value < FOUR_FIFTHS]
    return sorted(below, key=lambda one: (JOINT in one.feature, one.value or 0))


def _below_four_fifths(figures: Sequence[Figure]) -> str:
    ratios = _ratios(figures)
    below = _low(ratios)
    if not below:
        return "No impact ratio lies below 0.80." if ratios else ""
    named = ", ".join(f"{one.feature} {one.group} ({rounded(one.value)})" for one in below[:3])
    more = f" and {len(below) - 3} more" if len(below) > 3 else ""
    verb = "lies" if len(below) == 1 else "lie"
    many = "ratio" if len(ratios) == 1 else "ratios"
    said = f"{len(below)} of {len(ratios)} impact {many} {verb} below 0.80: {named}{more}"
    return f"{said}, {_how_surely(below)}."


def _how_surely(below: Sequence[Figure]) -> str:
    sure = sum(1 for one in below if one.high is not None and one.high < FOUR_FIFTHS)
    if sure == len(below):
        return "with its whole interval" if sure == 1 else "each with its whole interval"
    if not sure:
        one = "its interval" if len(below) == 1 else "every interval"
        return f"but {one} reaches above"
    return f"{sure} of them with the whole interval"


def _among_alike(gap: Widest, details: Mapping[str, Any]) -> str:
    """What the control features leave of the gap."""
    told = inside(details, "conditional", gap.feature)
    found = [one for one in listed(told.get("groups")) if one.get("group") == gap.low.group]
    if not found or told.get("reference") != gap.high.group:
        return ""
    (one, *_) = found
    odds, p = number(one.get("odds_ratio")), number(one.get("holm_p"))
    control = details.get("control")
    alike = " and ".join(map(str, control)) if isinstance(control, list) else "the control features"
    levels = int(number(one.get("informative_levels")) or 0)
    if odds is None or p is None or not levels:
        return (
            f"Too few people of the groups {gap.low.group} and {gap.high.group} are alike in "
            f"{alike} to tell what is left of it among them."
        )
    low, high = number(one.get("low")), number(one.get("high"))
    sure = "" if low is None or high is None else f"interval {span(low, high)}, "
    over = f"over {levels} level{'' if levels == 1 else 's'} with both, "
    verdict = "still more than chance" if p < by_chance(details) else "no more than chance"
    return (
        f"Among people alike in {alike} the odds of the group {gap.low.group} are {rounded(odds)} "
        f"times those of the group {gap.high.group}, {verdict} ({sure}{over}{equals(p)})."
    )
