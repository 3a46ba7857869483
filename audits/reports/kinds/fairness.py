"""Fairness: what each group gets, the gaps between groups, and how sure each is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from audits.reports import charts, tables
from audits.reports.kinds import fairness_answer as answer
from audits.reports.kinds.fairness_conditional import among_alike
from audits.reports.kinds.fairness_details import JOINT, inside, listed, with_interval
from audits.reports.kinds.fairness_gaps import gaps
from audits.reports.kinds.fairness_standing import impact_ratios, significance
from audits.reports.markup import Html, fold, format_count, join, raw, section, table, warning
from desk.figures import Figure, datum, number, span
from desk.meanings import SHARES, name_of

_DRAWN = "selection_rate"
_MOST_NAMED = 12

#: What the true and false positive rate leave to 1: filed, but a column each too many on paper.
_COMPLEMENTS = ("false_negative_rate", "true_negative_rate")

#: Figures of a group that are no rate of it: they are told in parts of their own.
_ELSEWHERE = ("impact_ratio", "mantel_haenszel_odds_ratio")
_WITHIN_LEVELS = "conditional_"

lead = answer.lead


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The groups, the gaps, whether they are chance, what is left of them; then the caveats."""
    features = list(dict.fromkeys(one.feature for one in figures if one.feature))
    return join(
        [
            answer.keys(figures, details),
            section("Groups", *(groups(figures, each) for each in features), note=_note(details)),
            gaps(figures, details),
            significance(details),
            impact_ratios(details),
            among_alike(figures, details),
            section(
                "What to be careful with", small(details), undefined(details), otherwise(details)
            ),
            fold("People in each group", people) if (people := sizes(details)) else "",
        ]
    )


def _note(details: Mapping[str, Any]) -> str:
    weight = details.get("weight")
    if not weight:
        return ""
    return (
        f"People count as much as they weigh in {weight}: rates and gaps are shares of weight. "
        "n counts people; intervals know that few heavy people say less than many light ones."
    )


def by_group(figures: Iterable[Figure], feature: str) -> list[Figure]:
    """The rates of single groups of a feature."""
    return [
        one
        for one in figures
        if one.feature == feature
        and one.group
        and one.name not in _ELSEWHERE
        and not one.name.startswith(_WITHIN_LEVELS)
    ]


def groups(figures: Sequence[Figure], feature: str) -> Html:
    """Selection drawn, all else folded away; groups of several features at once wholly so."""
    rates = by_group(figures, feature)
    drawn = _rate([one for one in rates if one.name == _DRAWN], feature)
    rest = _rest([one for one in rates if one.name not in (_DRAWN, *_COMPLEMENTS)])
    if JOINT in feature:
        return fold(f"By {feature}", join([drawn, rest])) if rates else raw("")
    return join([drawn, fold(f"Errors by {feature}", rest) if rest else ""])


def _rest(figures: Sequence[Figure]) -> Html:
    """A row per group, a column per measure, each value above its interval."""
    names = list(dict.fromkeys(one.name for one in figures))
    found = {(one.group, one.name): one for one in figures}
    named = list(dict.fromkeys(one.group for one in figures))
    rows = [[group, *(_cell(found.get((group, name))) for name in names)] for group in named]
    heads = ["Group", *map(name_of, names)]
    numeric = range(1, len(heads))
    caption = (
        "Value, with its interval beneath. False and true negative rates are what the true and the "
        "false positive rate leave to 100 %"
    )
    return table(heads, rows, caption=caption, numeric=numeric)


def _cell(one: Figure | None) -> Html:
    if one is None:
        return raw("—")
    return with_interval(datum(one.value, one.name), span(one.low, one.high, one.name))


def _rate(figures: Sequence[Figure], feature: str) -> Html:
    within = (0, 1) if _DRAWN in SHARES else charts.reach(figures)
    return table(
        ["Group", "Value", "Interval", "", "n"],
        [
            [
                one.group,
                datum(one.value, one.name),
                span(one.low, one.high, one.name),
                charts.interval(one, within),
                tables.n_of(one),
            ]
            for one in figures
        ],
        caption=f"{feature}. {tables.explained(_DRAWN)}",
        numeric=[1, 2, 4],
        kind="groups",
    )


def small(details: Mapping[str, Any]) -> Html:
    """Groups whose numbers are too few to decide on, the smallest first."""
    named, least = details.get("small_groups"), details.get("min_group_size")
    if not isinstance(named, list) or not named:
        return raw("")
    ranked = sorted(named, key=lambda one: number(inside(one).get("n")) or 0)
    said = "; ".join(_group_words(one) for one in ranked[:_MOST_NAMED])
    few = f" (fewer than {least})" if least else ""
    return warning("Small groups.", f"Too few people to decide on{few}: {said}{_more(ranked)}.")


def _group_words(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    count = f" (n = {one['n']})" if "n" in one else ""
    return f"{one.get('feature', '')} {one.get('group', '')}".strip() + count


def _more(named: Sequence[Any]) -> str:
    rest = len(named) - _MOST_NAMED
    return f"; and {rest:,} more" if rest > 0 else ""


def undefined(details: Mapping[str, Any]) -> Html:
    """Rates that nobody could count towards, and so the gaps that rest on them."""
    rates = listed(details.get("undefined"))
    if not rates:
        return raw("")
    words = [
        f"{name_of(str(one.get('rate', ''))).lower()} of {one.get('feature', '')} "
        f"{one.get('group', '')}"
        for one in rates
    ]
    return warning(
        "Undefined rates.",
        "Nobody could count towards them, so they are shown as 0 and may be anything between 0 and "
        f"1, as may the gaps that rest on them: {'; '.join(words[:_MOST_NAMED])}{_more(words)}.",
    )


def otherwise(details: Mapping[str, Any]) -> Html:
    """Intervals that had to be found otherwise than asked."""
    by_method: dict[str, list[str]] = {}
    for feature, methods in inside(details, "other_methods").items():
        for method, names in inside(methods).items():
            many = len(names) if isinstance(names, list) else 0
            by_method.setdefault(method, []).append(f"{many} by {feature}")
    words = [f"{', '.join(where)}: {method}" for method, where in by_method.items()]
    if not words:
        return raw("")
    said = f"{'; '.join(words[:_MOST_NAMED])}{_more(words)}."
    return warning("Intervals of gaps found otherwise than asked.", said)


def sizes(details: Mapping[str, Any]) -> Html:
    """How many people are in each group, how many had the favourable outcome, what they weigh."""
    found = [
        (feature, one)
        for feature, named in inside(details, "groups").items()
        for one in listed(named)
    ]
    weighed = any("effective_n" in one for _, one in found)
    rows = [
        [feature, one.get("group", ""), _count(one, "n"), _count(one, "positives")]
        + ([_rounded(one, "weight"), _rounded(one, "effective_n")] if weighed else [])
        for feature, one in found
    ]
    heads = ["Feature", "Group", "People", "With the favourable outcome"]
    heads += ["Weight", "Effective number"] if weighed else []
    return table(heads, rows, numeric=range(2, len(heads)))


def _count(one: Mapping[str, Any], key: str) -> str:
    return format_count(one.get(key, ""))


def _rounded(one: Mapping[str, Any], key: str) -> str:
    read = number(one.get(key))
    return "—" if read is None else f"{read:,.1f}"
