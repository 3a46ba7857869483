"""Whether other ways of asking name the same inputs: other seeds, and Shapley values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from audits.reports import tables
from audits.reports.kinds.drift_columns import few
from audits.reports.kinds.fairness_details import count, inside
from audits.reports.markup import Html, join, raw, section, table
from desk.figures import DASH, Figure, number, rounded, span

#: Inputs listed, and those called the first.
_LISTED, _FIRST = 10, 3

_SHAPLEY = "mean_absolute_shapley"


def sentence(details: Mapping[str, Any]) -> str:
    """Whether the first inputs are the same with other seeds."""
    told = inside(details, "stability")
    shared, top = number(inside(told, "top_overlap").get("value")), number(told.get("top"))
    if shared is None or top is None:
        return ""
    named = "first input is" if top == 1 else f"first {int(top)} are"
    if shared == 1:
        return f"With other random draws the {named} the same."
    if shared >= Decimal("0.5"):
        return f"With other random draws the {named} mostly the same."
    return f"With other random draws the {named} others: do not rely on their order."


def other_order(ranked: Sequence[Figure], figures: Sequence[Figure]) -> str:
    """Whether Shapley values name others first; nothing where they agree or were not found."""
    first, others = _firsts(ranked, _by_shapley(figures))
    if not first or set(first) == set(others):
        return ""
    return f"Shapley values put {few(others)} first instead."


def _by_shapley(figures: Sequence[Figure]) -> list[str]:
    sizes = {one.feature: one.value or 0 for one in figures if one.name == _SHAPLEY}
    return sorted(sizes, key=lambda name: (-sizes[name], name))


def _firsts(ranked: Sequence[Figure], order: Sequence[str]) -> tuple[list[str], list[str]]:
    """The first inputs that make a difference, and as many by Shapley values."""
    used = [one.feature for one in ranked if (one.value or 0) > 0][:_FIRST] if order else []
    return used, list(order[: len(used)])


def compared(
    ranked: Sequence[Figure], figures: Sequence[Figure], details: Mapping[str, Any]
) -> Html:
    """The two rankings side by side, and what other seeds say."""
    sizes = {one.feature: one for one in figures if one.name == _SHAPLEY}
    order = _by_shapley(figures)
    place = {name: at for at, name in enumerate(order, start=1)}
    rows = [
        [
            one.feature,
            at,
            rounded(one.value),
            place.get(one.feature, DASH),
            rounded(sizes[one.feature].value) if one.feature in sizes else DASH,
            span(sizes[one.feature].low, sizes[one.feature].high) if one.feature in sizes else DASH,
        ]
        for at, one in enumerate(ranked[:_LISTED], start=1)
        if sizes
    ]
    heads = ["Input", "Place", "Loss", "Place by Shapley", "Mean Shapley size", "Interval"]
    said = [_of_shapley(ranked, order, details), _of_seeds(figures, details)]
    drawn = join(format_html("<p>{}</p>", one) for one in said if one)
    more = len(ranked) - _LISTED
    rest = f'<p class="soft">{more:,} more inputs stand in the evidence.</p>'
    return section(
        "Do other ways of asking agree?",
        drawn,
        table(heads, rows, numeric=[1, 2, 3, 4, 5]),
        raw(rest if rows and more > 0 else ""),
    )


def _of_shapley(ranked: Sequence[Figure], order: Sequence[str], details: Mapping[str, Any]) -> str:
    if not order:
        return ""
    rows = inside(details, "shapley").get("rows")
    about = f" of {count(rows)} people" if number(rows) is not None else ""
    used, others = _firsts(ranked, order)
    if used and set(used) == set(others):
        verdict = f"Both ways put {few(used)} first."
    elif used:
        verdict = (
            f"They do not agree: shuffling puts {few(used)} first, Shapley values {few(others)}."
        )
    else:
        verdict = ""
    return (
        f"Shapley values share out the score{about} among the inputs; their mean size says how far "
        f"an input moves a score, whether or not that makes it better. {verdict}"
    ).strip()


def _of_seeds(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    told, one = inside(details, "stability"), tables.pick(figures, "importance_stability")
    if one is None:
        return ""
    if one.value is None:
        return "With other random draws no ranking can be told, since no input stands out."
    shared = number(inside(told, "top_overlap").get("value"))
    top = number(told.get("top"))
    overlap = (
        f" Of the inputs that one of two draws has among its first {int(top)}, "
        f"{shared * 100:.0f} % are among those of both."
        if shared is not None and top is not None and top > 1
        else ""
    )
    sure = f", interval {span(one.low, one.high)}" if one.low is not None else ""
    return (
        f"Shuffling was repeated with {count(told.get('seeds'))} other seeds, each on "
        f"{count(one.n)} rows of its own: the rank correlation of the importances is "
        f"{rounded(one.value)} (1 is the same ranking{sure}).{overlap}"
    )
