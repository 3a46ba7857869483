"""Monitoring: which inputs drifted, and what that does to the model, known or estimated."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from audits.reports import charts, tables
from audits.reports.kinds import drift_columns, drift_performance
from audits.reports.kinds.drift_columns import MUCH, by_index, mappings, reading, told
from audits.reports.markup import Html, join, key_figures, raw, section, table
from desk.figures import Figure, datum, number, rounded, span

_SCORE = "score"

#: Rows of a window below which nothing found in it means much.
_FEW = 30


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """How many inputs drifted, and what performance is or is likely to be."""
    ranked = by_index(figures)
    if not mappings(details.get("drift")):
        return _of_indices(ranked, figures)
    sentences = [_few(ranked), _inputs(figures, details), _score(details)]
    sentences += drift_performance.sentences(figures, details)
    return " ".join(said for said in sentences if said)


def _few(ranked: Sequence[Figure]) -> str:
    rows = max((one.n for one in ranked), default=_FEW)
    return f"The window has {rows:,} rows: too few to tell much." if rows < _FEW else ""


def _of_indices(ranked: Sequence[Figure], figures: Sequence[Figure]) -> str:
    """For evidence that tells the indices only."""
    if not ranked:
        return f"{len(figures)} figures were measured on this window."
    much = sum(1 for one in ranked if (one.value or 0) > MUCH)
    return (
        f"Against the reference, {ranked[0].feature} moved most, with a population stability "
        f"index of {rounded(ranked[0].value)}; {much} of {len(ranked)} columns lie above {MUCH}."
    )


def _inputs(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    counted = _of_inputs(figures)
    if not counted:
        return ""
    said = f"{counted} inputs drifted"
    inputs = [one for one in mappings(details.get("drift")) if one.get("feature") != _SCORE]
    moved = [str(one.get("feature")) for one in inputs if one.get("says") in drift_columns.DRIFTED]
    slight = sum(1 for one in inputs if one.get("says") == "little change")
    said += f", most of all {drift_columns.few(moved)}" if moved else ""
    return f"{said}; {slight} more changed a little." if slight else f"{said}."


def _score(details: Mapping[str, Any]) -> str:
    says = {str(one.get("feature")): one.get("says") for one in mappings(details.get("drift"))}
    words = {
        "much change": "The model's scores have moved much.",
        "some change": "The model's scores have moved somewhat.",
        "little change": "The model's scores have hardly moved.",
        "no more than chance": "The model's scores have moved no more than chance explains.",
    }
    return words.get(str(says.get(_SCORE)), "")


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The answer in numbers, columns by how far they moved, performance, groups, shapes."""
    shown = drift_columns.MEASURES | drift_performance.names(figures)
    rest = [one for one in figures if one.name not in shown]
    of_groups = [one for one in rest if one.slice]
    return join(
        [
            told(details.get("not_measured")),
            key_figures(_key(figures)),
            drift_columns.moved(figures, details),
            drift_performance.compared(figures, details),
            section("This window", tables.with_intervals(tables.of_all_rows(rest))),
            section("By group", _by_group(of_groups)),
            drift_columns.categories(details),
            _together(details.get("together")),
            section("Distributions", histograms(details.get("histograms"), by_index(figures))),
            drift_columns.other_distances(figures),
        ]
    )


def _of_inputs(figures: Sequence[Figure]) -> str:
    """ "3 of 12"; nothing where inputs were not counted."""
    drifted, compared = (
        tables.pick(figures, name) for name in ("drifted_inputs", "compared_inputs")
    )
    if drifted is None or compared is None:
        return ""
    return f"{int(drifted.value or 0):,} of {int(compared.value or 0):,}"


def _key(figures: Sequence[Figure]) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    if counted := _of_inputs(figures):
        found.append((counted, "inputs drifted"))
    score = tables.pick(figures, "population_stability_index", feature=_SCORE)
    if score and found:
        found.append((datum(score.value), f"stability index of the scores, {reading(score.value)}"))
    return found + drift_performance.key(figures)


def _by_group(figures: Sequence[Figure]) -> Html:
    rows = [
        [
            one.about,
            tables.name_of(one.name),
            datum(one.value, one.name),
            span(one.low, one.high, one.name),
            charts.interval(one),
            tables.n_of(one),
        ]
        for one in figures
    ]
    return table(["About", "Measure", "Value", "Interval", "", "n"], rows, numeric=[2, 3, 5])


def _together(found: Any) -> Html:
    """What a classifier that tells window from reference finds."""
    if not isinstance(found, Mapping) or "auc" not in found:
        return raw("")
    area = f"{rounded(number(found.get('auc')))} ({_ends(found)})"
    p = number(found.get("p"))
    differs = p is not None and p < Decimal("0.05")
    said = (
        f"A classifier that is asked whether a row is from the window or the reference reaches an "
        f"area under the curve of {area}; 0.5 is guessing; {drift_columns.with_p(p)}: "
        + ("the rows do differ." if differs else "that is no more than chance.")
    )
    rows = [
        [str(one.get("feature", "")), rounded(number(one.get("lost_auc"))), _ends(one)]
        for one in mappings(found.get("drivers"))
        if (number(one.get("low")) or 0) > 0
    ]
    heads = ["Column", "Area lost without it", "Interval"]
    caption = "What it goes by. Columns that say the same stand in for each other."
    drawn = table(heads, rows, numeric=[1, 2], caption=caption) if differs else raw("")
    return section("All inputs together", drawn, note=said)


def _ends(one: Mapping[str, Any]) -> str:
    return span(number(one.get("low")), number(one.get("high")))


#: Columns whose shape is drawn: those that moved most.
_DRAWN = 12


def histograms(listed: Any, ranked: Sequence[Figure] = ()) -> Html:
    """Reference and window side by side, where they were kept, of those that moved most."""
    if not isinstance(listed, Mapping):
        return raw("")
    order = {one.feature: place for place, one in enumerate(ranked)}
    names = sorted(listed, key=lambda name: order.get(str(name), len(order)))
    inside = join(_pair(str(name), listed[name]) for name in names[:_DRAWN])
    more = len(names) - _DRAWN
    said = (
        f'<p class="soft">{more:,} columns that moved less are not drawn.</p>' if more > 0 else ""
    )
    return raw(f'<div class="pair">{inside}</div>{said}') if inside else raw("")


def _pair(name: str, held: Any) -> Html:
    if not isinstance(held, Mapping):
        return raw("")
    return join(_side(name, held, when) for when in ("reference", "window", "current"))


def _side(name: str, held: Mapping[str, Any], when: str) -> Html:
    """One side's histogram; bins of numbers are named by where they begin."""
    counts = held.get(when)
    if counts is None:
        return raw("")
    named = held.get("edges") or held.get("bounds") or held.get("labels")
    bins = counts if isinstance(counts, Mapping) else {"counts": counts, "edges": named}
    return charts.histogram(bins, f"{name}, {when}")
