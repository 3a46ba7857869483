"""Explanation: what the scores rest on, how sure that is, and how easily answers change."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from audits.reports import charts, tables
from audits.reports.kinds import (
    explainability_agreement,
    explainability_changes,
    explainability_reasons,
    explainability_sensitive,
    explainability_tree,
)
from audits.reports.kinds.drift_columns import few
from audits.reports.kinds.fairness_details import first, inside
from audits.reports.markup import Html, join, key_figures, raw, section, table
from desk.charts import Series
from desk.figures import DASH, Figure, datum, number, rounded, span

#: Inputs listed.
_LISTED = 15


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """What the scores rest on, how sure that is, and how easily decisions flip."""
    ranked = ranking(figures)
    if not ranked:
        return "No importance was measured."
    sentences = [
        _first_of(ranked),
        _beyond_chance(ranked),
        explainability_agreement.sentence(details) if _some(ranked) else "",
        explainability_agreement.other_order(ranked, figures),
        explainability_changes.sentence(figures),
        explainability_sensitive.sentence(figures),
    ]
    return " ".join(filter(None, sentences))


def _first_of(ranked: Sequence[Figure]) -> str:
    top = ranked[0]
    if not _some(ranked):
        return (
            f"None of the {len(ranked)} inputs makes a difference to how well scores order people."
        )
    named = few([one.feature for one in ranked[:3] if one.value and one.value > 0])
    sure = f" ({span(top.low, top.high)})" if top.low is not None else ""
    return (
        f"Of {len(ranked)} inputs the scores depend most on {named}; shuffling {top.feature} "
        f"alone costs {rounded(top.value)}{sure}{_of_what(top)}."
    )


def _of_what(one: Figure) -> str:
    return " of the area under the ROC curve" if one.unit == "drop of the ROC AUC" else ""


def _some(ranked: Sequence[Figure]) -> bool:
    """Whether any input makes a difference."""
    return bool(ranked[0].value and ranked[0].value > 0)


def _beyond_chance(ranked: Sequence[Figure]) -> str:
    known = [one for one in ranked if one.low is not None]
    beyond = sum(1 for one in known if one.low is not None and one.low > 0)
    if len(known) < 2 or not _some(ranked):
        return ""
    if not beyond:
        return "None matters more than chance explains."
    if beyond == len(known):
        return "Each matters more than chance explains."
    verb = "matters" if beyond == 1 else "matter"
    return f"{beyond} of {len(known)} {verb} more than chance explains."


def ranking(figures: Sequence[Figure]) -> list[Figure]:
    """Importance, largest first; equal ones by name."""
    ones = [one for one in figures if one.name == "permutation_importance"]
    return sorted(ones, key=lambda one: (-(one.value or 0), one.feature))


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The answer in numbers, importance, how the score moves, and what else was asked."""
    ranked = ranking(figures)
    return join(
        [
            key_figures(_key(figures)),
            _importance(ranked, figures, details),
            section(
                "How the score moves",
                dependence(details.get("partial_dependence")),
                note=_MOVES,
            ),
            explainability_tree.rules(figures, details),
            explainability_agreement.compared(ranked, figures, details),
            explainability_changes.changes(figures, details),
            explainability_sensitive.changed(figures, details),
            explainability_reasons.reasons(figures, details),
            _not_measured(details.get("not_measured")),
        ]
    )


_MOVES = (
    "The mean score if everybody had the same value of one input and everything else stayed as it "
    "is. It shows how the model moves, not what would happen to people."
)


def _key(figures: Sequence[Figure]) -> list[tuple[Any, str]]:
    said = {
        ("flip_rate", "noise 0.1"): "of decisions flip under small errors in all inputs",
        ("flip_rate", "missing 0.2"): "of decisions flip if a fifth of all values is missing",
    }
    found: list[tuple[Any, str]] = []
    for (name, group), words in said.items():
        if one := tables.pick(figures, name, group=group):
            found.append((datum(one.value, name), words))
    for name, words in _ALONE.items():
        one = tables.pick(figures, name)
        if one and one.value is not None:
            found.append((datum(one.value, name), words))
    return found


_ALONE = {
    "importance_stability": "rank correlation with other seeds; 1 is the same ranking",
    "surrogate_fidelity": "of the scores' variance reproduced by a few rules; 1 is all",
}


def _importance(
    ranked: Sequence[Figure], figures: Sequence[Figure], details: Mapping[str, Any]
) -> Html:
    """Inputs by what is lost without them."""
    within = charts.reach(ranked)
    rows, more = first(
        [
            [
                one.feature,
                format_html('<data value="{}">{}</data>', str(one.value), _loss(one.value)),
                DASH if one.low is None else f"{_loss(one.low)} to {_loss(one.high)}",
                charts.interval(one, within),
                tables.n_of(one),
            ]
            for one in ranked
        ],
        _LISTED,
        "inputs matter less; they",
    )
    note = "How much the measure falls when a column is shuffled; near zero means unused."
    return section(
        "Importance of inputs",
        table(["Input", "Loss", "Interval", "", "n"], rows, numeric=[1, 2, 4]),
        *(soft(said) for said in (more, _together(figures), _exact(details)) if said),
        note=note,
    )


def _loss(value: Decimal | None) -> str:
    """To three decimals, however small: what is less is nothing."""
    if value is None:
        return DASH
    said = f"{value:.3f}"
    return "0.000" if said == "-0.000" else said


def soft(said: str) -> Html:
    """A remark."""
    return format_html('<p class="soft">{}</p>', said)


def _together(figures: Sequence[Figure]) -> str:
    """Inputs that stand in for each other, shuffled as one."""
    joined = [one for one in figures if one.name == "joint_permutation_importance"]
    joined.sort(key=lambda one: (-(one.value or 0), one.feature))
    told = "; ".join(
        f"{one.feature}: {rounded(one.value)} ({span(one.low, one.high)})" for one in joined[:5]
    )
    if not told:
        return ""
    more = f"; and {len(joined) - 5} more" if len(joined) > 5 else ""
    return (
        "Some inputs move together and may stand in for each other: each can then look less "
        f"important than they are. Shuffled as one they cost: {told}{more}."
    )


def _exact(details: Mapping[str, Any]) -> str:
    told = inside(details, "importance")
    error, wanted = (
        number(told.get(key)) for key in ("largest_standard_error", "standard_error_wanted")
    )
    if told.get("reached") is not False or error is None or wanted is None:
        return ""
    return (
        f"A standard error of {rounded(wanted)} was wanted and {rounded(error)} reached: more "
        "people would make the intervals narrower."
    )


def dependence(curves: Any) -> Html:
    """Mean score as one input is set to each of its values."""
    listed = (
        curves.items()
        if isinstance(curves, Mapping)
        else [(one.get("feature", ""), one) for one in curves or [] if isinstance(one, Mapping)]
    )
    drawn = join(_curve(str(feature), one) for feature, one in listed)
    return raw(f'<div class="pair">{drawn}</div>') if drawn else raw("")


def _curve(feature: str, one: Any) -> Html:
    places, scores = _axes(one)
    pairs = charts.points(zip(places, scores, strict=False))
    if len(pairs) == len(places) and pairs:
        return charts.curves([Series("mean score", pairs)], feature, x=feature, y="mean score")
    rows = [[place, rounded(number(score))] for place, score in zip(places, scores, strict=False)]
    return table([feature, "Mean score"], rows, numeric=[1])


def _axes(one: Any) -> tuple[list[Any], list[Any]]:
    """Values and mean scores, from a mapping of lists or a list of pairs."""
    if isinstance(one, Mapping):
        for x, y in (
            ("values", "scores"),
            ("grid", "average"),
            ("values", "average"),
            ("grid", "scores"),
            ("values", "means"),
        ):
            if x in one and y in one:
                return list(one[x]), list(one[y])
        return _axes(one.get("points") or one.get("curve") or [])
    pairs = [list(pair.values()) if isinstance(pair, Mapping) else list(pair) for pair in one]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _not_measured(said: Any) -> Html:
    """What was not asked, and why."""
    if not isinstance(said, list) or not said:
        return raw("")
    items = join(
        format_html("<li>{}</li>", f"{str(one)[:1].upper()}{str(one)[1:]}.") for one in said
    )
    return section("What was not measured", format_html("<ul>{}</ul>", items))
