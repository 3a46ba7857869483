"""Fairness: rates by group, the gaps between groups, and how sure each is."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from audits.reports import charts, tables
from audits.reports.markup import Html, fold, join, raw, section, table, warning
from desk.figures import SHARES, Figure, datum, name_of, rounded, span

_DRAWN = ("selection_rate", "true_positive_rate", "false_positive_rate")


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: the widest gap in selection, its interval, and between which groups."""
    ratios = [one for one in figures if one.name == "selection_rate_ratio" and one.value]
    if not ratios:
        return f"{len(figures)} figures by group were measured on held-out rows."
    single = [one for one in ratios if " x " not in one.feature]
    widest = min(single or ratios, key=lambda one: one.value or 0)
    between = _between(by_group(figures, widest.feature), details)
    sure = f" (interval {span(widest.low, widest.high)})" if widest.low is not None else ""
    return (
        f"The widest gap in selection is by {widest.feature}{between}, a ratio of "
        f"{rounded(widest.value)}{sure}; 1 would be no gap."
    )


def _between(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """The two groups furthest apart among those with enough people to say so."""
    least = int(details.get("min_group_size") or 0)
    rates = [one for one in figures if one.name == "selection_rate" and one.n >= least]
    rates.sort(key=lambda one: one.value or 0)
    if len(rates) < 2:
        return ""
    low, high = rates[0], rates[-1]
    return (
        f": {rounded(low.value, low.name)} of the group {low.group} were predicted favourably "
        f"against {rounded(high.value, high.name)} of the group {high.group}"
    )


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The gaps first, then each feature's groups, then what was too small to judge."""
    gaps = [one for one in figures if one.feature and not one.group]
    features = list(dict.fromkeys(one.feature for one in figures if one.feature))
    return join(
        [
            small(details.get("small_groups"), details.get("min_group_size")),
            section(
                "Gaps between groups",
                disparities(gaps),
                note="Each over all groups of a feature; n is the smallest group compared.",
            ),
            *(_by(feature, groups(by_group(figures, feature))) for feature in features),
            section("People", sizes(details.get("groups"))),
        ]
    )


def by_group(figures: Iterable[Figure], feature: str) -> list[Figure]:
    """The figures of single groups of a feature."""
    return [one for one in figures if one.feature == feature and one.group]


def _by(feature: str, told: Html) -> Html:
    """A section for each feature; groups of several at once are folded away."""
    title = f"By {feature}"
    return fold(title, told) if " x " in feature else section(title, told)


def disparities(gaps: Sequence[Figure]) -> Html:
    """A table per measure, a row per feature."""
    names = list(dict.fromkeys(one.name for one in gaps))
    return join(_gap([one for one in gaps if one.name == name], name) for name in names)


def _gap(figures: Sequence[Figure], name: str) -> Html:
    within = _within(figures)
    rows = [
        [
            one.feature,
            datum(one.value, name),
            span(one.low, one.high, name),
            charts.interval(one, within),
            tables.n_of(one),
        ]
        for one in figures
    ]
    return table(
        ["Feature", "Value", "Interval", "", "n"],
        rows,
        caption=tables.explained(name),
        numeric=[1, 2, 4],
        kind="groups",
    )


def _within(figures: Sequence[Figure]) -> tuple[Any, Any]:
    ends = [end for one in figures for end in (one.value, one.high) if end is not None]
    return 0, max([Decimal(1), *ends])


def groups(figures: Sequence[Figure]) -> Html:
    """The rates that matter most drawn on one track each; the rest in one table."""
    names = [name for name in _DRAWN if any(one.name == name for one in figures)]
    drawn = [_rate([one for one in figures if one.name == name], name) for name in names]
    return join([*drawn, _rest([one for one in figures if one.name not in _DRAWN])])


def _rest(figures: Sequence[Figure]) -> Html:
    """A row per group, a column per measure, each value above its interval."""
    names = list(dict.fromkeys(one.name for one in figures))
    found = {(one.group, one.name): one for one in figures}
    listed = list(dict.fromkeys(one.group for one in figures))
    rows = [[group, *(_cell(found.get((group, name))) for name in names)] for group in listed]
    heads = ["Group", *map(name_of, names)]
    numeric = range(1, len(heads))
    return table(heads, rows, caption="Value, with its interval beneath", numeric=numeric)


def _cell(one: Figure | None) -> Html:
    if one is None:
        return raw("—")
    sure = span(one.low, one.high, one.name)
    return format_html('{}<br><span class="soft">{}</span>', datum(one.value, one.name), sure)


def _rate(figures: Sequence[Figure], name: str) -> Html:
    within = (0, 1) if name in SHARES else charts.reach(figures)
    return table(
        ["Group", "Value", "Interval", "", "n"],
        [
            [
                one.group,
                datum(one.value, name),
                span(one.low, one.high, name),
                charts.interval(one, within),
                tables.n_of(one),
            ]
            for one in figures
        ],
        caption=tables.explained(name),
        numeric=[1, 2, 4],
        kind="groups",
    )


def small(groups_named: Any, least: Any) -> Html:
    """Groups whose numbers are too few to decide on."""
    if not groups_named:
        return raw("")
    said = "; ".join(_group_words(one) for one in groups_named)
    few = f" (fewer than {least})" if least else ""
    return warning("Small groups.", f"Too few people to decide on{few}: {said}.")


def _group_words(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    count = f" (n = {one['n']})" if "n" in one else ""
    return f"{one.get('feature', '')} {one.get('group', '')}".strip() + count


def sizes(features: Any) -> Html:
    """How many people are in each group, and how many had the favourable outcome."""
    if not isinstance(features, Mapping):
        return raw("")
    rows = [
        [feature, one.get("group", ""), one.get("n", ""), one.get("positives", "")]
        for feature, listed in features.items()
        if isinstance(listed, list)
        for one in listed
        if isinstance(one, Mapping)
    ]
    heads = ["Feature", "Group", "People", "With the favourable outcome"]
    return table(heads, rows, numeric=[2, 3])
