"""The gaps between groups: those that policies speak of, and all others folded away."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports import charts, tables
from audits.reports.kinds.fairness_details import with_interval
from audits.reports.markup import Html, fold, join, raw, section, table
from desk.figures import DASH, Figure, datum, span

_FIRST = (
    "selection_rate_ratio",
    "selection_rate_difference",
    "equalized_odds_difference",
    "equal_opportunity_difference",
)
_FORMS = {
    "_difference_to_overall": "Difference to all",
    "_ratio_to_overall": "Ratio to all",
    "_difference": "Difference",
    "_ratio": "Ratio",
}
_COLUMNS = ("Difference", "Ratio", "Difference to all", "Ratio to all")


def gaps(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """A table for each gap that policies speak of, then everything else Fairlearn has."""
    ours = [one for one in figures if one.feature and not one.group]
    told = [one for one in ours if one.name in _FIRST or _form(one.name) is None]
    features = list(dict.fromkeys(one.feature for one in ours))
    others = join(_others([one for one in ours if one.feature == each], each) for each in features)
    return section(
        "Gaps between groups",
        disparities(told),
        fold("All gaps: every rate, between groups and to all people", others) if others else "",
        note="Each over all groups of a feature; n is the smallest group compared.",
    )


def disparities(told: Sequence[Figure]) -> Html:
    """A table per measure, a row per feature; of one feature a row per measure."""
    if len({one.feature for one in told}) == 1:
        return tables.with_intervals(told, told[0].feature)
    names = list(dict.fromkeys(one.name for one in told))
    return join(_gap([one for one in told if one.name == name], name) for name in names)


def _gap(figures: Sequence[Figure], name: str) -> Html:
    ends = [end for one in figures for end in (one.value, one.high) if end is not None]
    within = 0, max([Decimal(1), *ends])
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


def _form(name: str) -> tuple[str, str] | None:
    """ "precision_ratio_to_overall" is the precision's "Ratio to all"."""
    for suffix, form in _FORMS.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix), form
    return None


def _others(figures: Sequence[Figure], feature: str) -> Html:
    """A row per rate, a column per way of comparing, each value above its interval."""
    found = {form: one for one in figures if (form := _form(one.name))}
    rates = list(dict.fromkeys(rate for rate, _ in found))
    if len(found) <= len(_FIRST):
        return raw("")
    rows = [
        [_rate_name(rate), *(_cell(found.get((rate, form))) for form in _COLUMNS)]
        for rate in sorted(rates)
    ]
    caption = f"{feature}: largest difference, smallest ratio; each with its interval beneath"
    return table(["Rate", *_COLUMNS], rows, caption=caption, numeric=range(1, 5))


def _rate_name(rate: str) -> str:
    return rate.replace("_", " ").capitalize()


def _cell(one: Figure | None) -> Html:
    if one is None:
        return raw(DASH)
    return with_interval(datum(one.value, one.name), span(one.low, one.high))
