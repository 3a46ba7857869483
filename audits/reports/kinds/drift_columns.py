"""Column by column: how far each moved, whether that is more than chance, what came and went."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from audits.reports import charts, tables
from audits.reports.markup import Html, fold, join, raw, section, table, warning
from desk.figures import DASH, Figure, datum, number, rounded, span

#: Siddiqi's customary reading of the index: below 0.1 little change, above 0.25 much.
LITTLE, MUCH = Decimal("0.1"), Decimal("0.25")

#: What is said of a column that drifted.
DRIFTED = frozenset({"some change", "much change"})

#: Measures told here.
_OTHERS = (
    "kolmogorov_smirnov",
    "wasserstein",
    "jensen_shannon_distance",
    "hellinger_distance",
    "l_infinity_distance",
)
MEASURES = frozenset(
    {
        "population_stability_index",
        "drift_p_value",
        "drifted_inputs",
        "compared_inputs",
        "missing_rate_change",
        "new_categories",
        "domain_classifier_auc",
        "domain_classifier_p_value",
        *_OTHERS,
    }
)

#: Columns and categories listed.
_LISTED, _CATEGORIES = 25, 5


def mappings(listed: Any) -> list[Mapping[str, Any]]:
    """The mappings of a stored list; nothing where it is no list."""
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def few(names: Sequence[str], most: int = 3) -> str:
    """The first names, in words."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def told(said: Any) -> Html:
    """What was asked for and could not be measured."""
    if not isinstance(said, list) or not said:
        return raw("")
    sentences = "; ".join(str(one) for one in said)
    return warning("Not measured.", f"{sentences[:1].upper()}{sentences[1:]}.")


def by_index(figures: Sequence[Figure]) -> list[Figure]:
    """Stability indices, largest first."""
    ones = [one for one in figures if one.name == "population_stability_index"]
    return sorted(ones, key=lambda one: (-(one.value or 0), one.feature))


def reading(value: Decimal | None) -> str:
    """The customary words for an index."""
    if value is None:
        return ""
    return "little change" if value < LITTLE else "some change" if value < MUCH else "much change"


def p_of(p: Decimal | None) -> str:
    """A p-value as it is read."""
    if p is None:
        return DASH
    return "< 0.001" if p < Decimal("0.001") else f"{p:.3f}"


def with_p(p: Decimal | None) -> str:
    """A p-value in a sentence."""
    said = p_of(p)
    return f"p {said}" if said.startswith("<") else f"p = {said}"


def moved(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Columns by how far they moved, those that drifted first."""
    indices = {one.feature: one for one in by_index(figures)}
    readings = {str(one.get("feature")): one for one in mappings(details.get("drift"))}
    order = [*(name for name in readings if name in indices)]
    order += [name for name in indices if name not in readings]
    shown = order[:_LISTED]
    within = charts.reach([indices[name] for name in shown])
    rows = [_row(indices[name], readings.get(name), figures, within) for name in shown]
    heads = ["Column", "Reading", "Index", "", "p", "Missing"]
    if not readings:
        rows, heads = [row[:4] for row in rows], heads[:4]
    drawn = table(heads, rows, numeric=[2, 4, 5])
    more = len(order) - len(shown)
    rest = raw(f'<p class="soft">{more:,} more columns moved less.</p>' if more > 0 else "")
    n = max((indices[name].n for name in shown), default=0)
    note = f"{_HOW if readings else _INDEX} n is {n:,}, the rows of the window."
    if details.get("reference_is") == "counts":
        note = f"{note} {_COUNTED}"
    return section("Which columns moved", drawn, rest, note=note)


_INDEX = (
    "The population stability index is 0 where a column is distributed as in the reference; by "
    "custom, below 0.1 is little change and above 0.25 much."
)
_HOW = (
    f"{_INDEX} A column is said to have drifted if the index is at least 0.1 and the change is "
    "more than chance explains: p is the chance of so large a change if there were none, adjusted "
    "for the number of columns. Missing is the change of the share without a value."
)

_COUNTED = (
    "The reference is the validation that was approved, by the counts filed with it: numbers "
    "over tenths of its rows, so p is that of a chi-square test."
)


def _row(
    one: Figure,
    told_of: Mapping[str, Any] | None,
    figures: Sequence[Figure],
    within: tuple[Decimal, Decimal],
) -> list[Any]:
    gone = tables.pick(figures, "missing_rate_change", feature=one.feature)
    says = str(told_of.get("says", "")) if told_of else reading(one.value)
    return [
        one.feature,
        says,
        beneath(datum(one.value), span(one.low, one.high)),
        charts.interval(one, within),
        p_of(number(told_of.get("p"))) if told_of else DASH,
        points(gone.value) if gone else DASH,
    ]


def beneath(value: Any, *said: str) -> Html:
    """A number, and under it what else is to be known of it, a line each."""
    lines = join(format_html('<br><span class="soft">{}</span>', line) for line in said)
    return format_html("{}{}", value, lines)


def points(change: Decimal | None) -> str:
    """The change of a share, in percentage points."""
    if change is None:
        return DASH
    said = f"{change * 100:+.1f} pp"
    return "0.0 pp" if said in {"+0.0 pp", "-0.0 pp"} else said


def categories(details: Mapping[str, Any]) -> Html:
    """Categories on one side only."""
    rows = [
        row
        for one in mappings(details.get("drift"))
        for row in _came_and_went(one)
    ]  # fmt: skip
    heads = ["Column", "What", "Categories (rows)"]
    note = "A vanished category may only be rare."
    return section("New and vanished categories", table(heads, rows[:_LISTED]), note=note)


def _came_and_went(one: Mapping[str, Any]) -> Iterator[list[Any]]:
    for key, said in (("new", "new in the window"), ("vanished", "no longer there")):
        held = mappings(one.get(key))
        if not held:
            continue
        named = [f"{each.get('value')} ({_count(each.get('n'))})" for each in held[:_CATEGORIES]]
        more = int(number(one.get(f"{key}_total")) or len(held)) - len(named)
        named += [f"{more:,} more"] if more > 0 else []
        yield [one.get("feature", ""), said, ", ".join(named)]


def _count(n: Any) -> str:
    return f"{int(number(n) or 0):,}"


def other_distances(figures: Sequence[Figure]) -> Html:
    """The other distances of each column, for those who look closer."""
    found: dict[str, dict[str, Figure]] = {}
    for one in figures:
        if one.name in _OTHERS:
            found.setdefault(one.feature, {})[one.name] = one
    ranked = [one.feature for one in by_index(figures) if one.feature in found][:_LISTED]
    rows = [
        [
            name,
            *(rounded(held.value) if (held := found[name].get(key)) else DASH for key in _OTHERS),
        ]
        for name in ranked
    ]
    heads = ["Column", "K-S", "Wasserstein", "J-S", "Hellinger", "Bin"]
    caption = (
        "K-S: largest gap of the distribution functions (Kolmogorov-Smirnov). Wasserstein: mean "
        "distance values have moved, in the unit of the column. J-S: Jensen-Shannon distance. Bin: "
        "largest change of any bin's share. All are 0 where nothing changed, and but for "
        "Wasserstein at most 1. Their intervals stand below."
    )
    drawn = table(heads, rows, numeric=[1, 2, 3, 4, 5], caption=caption)
    return fold("Other distances, for comparison", drawn) if drawn else raw("")
