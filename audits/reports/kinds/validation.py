"""Validation: does a version tell outcomes apart, do its probabilities come true, for whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from audits.reports import charts, tables
from audits.reports.kinds import validation_calibration as calibration
from audits.reports.kinds import validation_decisions as decisions
from audits.reports.kinds import validation_slices as slices
from audits.reports.kinds.fairness_details import (
    between,
    count,
    first,
    listed,
    said,
    share,
    with_interval,
)
from audits.reports.markup import Html, fold, join, key_figures, raw, section, table
from desk.charts import Series
from desk.figures import Figure, datum, number, rounded, span

_FIRST = ("roc_auc", "expected_calibration_error", "accuracy", "selection_rate")
_RANKING = ("roc_auc", "average_precision", "kolmogorov_smirnov")
_LIFT = "lift_top_decile"
_CHANCE = 0.5

_OF_RANKING = (
    "Whether people with the favourable outcome have higher scores than those without, whatever "
    "the threshold. The area under the ROC curve is how often that is so of two such people. "
    "Average precision is to be compared with {base}, which scores without any information reach. "
    "The Kolmogorov-Smirnov distance is the largest distance between the share of people with and "
    "of people without the favourable outcome that a threshold selects."
)


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """Does it discriminate, is it calibrated, what does it decide, for whom least well."""
    area = tables.pick(figures, "roc_auc")
    if area is None or area.value is None:
        return f"{len(figures)} figures were measured on held-out rows."
    sentences = [
        _told_apart(area),
        calibration.sentence(figures, details),
        decisions.sentence(figures, details),
        slices.sentence(figures),
    ]
    return " ".join(filter(None, sentences))


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Ranking, probabilities, decisions, slices; then whatever else was measured."""
    everybody = tables.of_all_rows(figures)
    firsts = [one for name in _FIRST if (one := tables.pick(figures, name))]
    told = {*_RANKING, _LIFT, *calibration.MEASURES, *decisions.MEASURES}
    rest = [one for one in everybody if one.name not in told]
    return join(
        [
            key_figures(
                (
                    datum(one.value, one.name),
                    f"{tables.name_of(one.name)}, {span(one.low, one.high, one.name)}",
                )
                for one in firsts
            ),
            _ranking(figures, details),
            calibration.come_true(figures, details),
            decisions.made(figures, details),
            slices.by_slice(figures, details),
            section("Other figures", tables.with_intervals(rest)) if rest else "",
        ]
    )


def _told_apart(area: Figure) -> str:
    """Whether the scores order people better than chance, and what that means."""
    sure = f" (interval {span(area.low, area.high)})" if area.low is not None else ""
    times = f"{float(area.value or 0) * 100:.0f}"
    return (
        f"On {area.n:,} held-out rows the scores {_answer(area)}: of two people with different "
        f"outcomes, the one with the favourable outcome has the higher score {times} times in 100, "
        f"an area under the ROC curve of {rounded(area.value)}{sure}; chance would give 0.5."
    )


def _answer(area: Figure) -> str:
    """By the interval: above chance, below it, or neither is shown."""
    ends = [end for end in (area.value, area.low, area.high) if end is not None]
    if min(ends) > _CHANCE:
        return "tell favourable from unfavourable outcomes apart better than chance"
    if max(ends) < _CHANCE:
        return "order people worse than chance"
    return "are not shown to order people better than chance"


def _ranking(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The figures of ranking, what the highest scores hold, and both curves."""
    found = [one for name in _RANKING if (one := tables.pick(figures, name))]
    rows = listed(details.get("gains"))
    scores = charts.histogram(details.get("score_histogram"), "Scores")
    drawn = join([_roc(details.get("roc")), _gains_curve(rows), scores])
    return section(
        "Does it tell outcomes apart?",
        tables.with_intervals(found),
        _lift(tables.pick(figures, _LIFT)),
        raw(f'<div class="pair">{drawn}</div>') if drawn else "",
        fold("The highest scores, tenth by tenth", held) if (held := _gains(rows, details)) else "",
        note=_OF_RANKING.format(base=_base(details)),
    )


def _base(details: Mapping[str, Any]) -> str:
    positives, people = number(details.get("positives")), number(details.get("rows"))
    if positives is None or not people:
        return "the share of favourable outcomes"
    return f"the share of favourable outcomes, here {rounded(positives / people)}"


def _lift(one: Figure | None) -> Html:
    if one is None or one.value is None:
        return raw("")
    sure = f" (interval {span(one.low, one.high)})" if one.low is not None else ""
    return format_html(
        "<p>Among the tenth of the people with the highest scores favourable outcomes are {} "
        "times as frequent as among all{}: the lift of the best tenth.</p>",
        rounded(one.value),
        sure,
    )


def _roc(points: Any) -> Html:
    drawn = charts.points(points)
    if not drawn:
        return raw("")
    return charts.curves(
        [Series("each threshold", drawn)],
        "ROC: found against falsely found. The dashed line is chance",
        x="false positive rate",
        y="true positive rate",
        diagonal=True,
    )


def _gains_curve(rows: Sequence[Mapping[str, Any]]) -> Html:
    found = charts.points([[one.get("share"), one.get("gain")] for one in rows])
    if not found:
        return raw("")
    return charts.curves(
        [Series("highest scores first", [(0.0, 0.0), *found])],
        "Gains: favourable outcomes found by taking the highest scores first. The dashed line is "
        "taking people at random",
        x="share of people taken",
        y="share of favourable outcomes found",
        diagonal=True,
    )


def _gains(rows: Sequence[Mapping[str, Any]], details: Mapping[str, Any]) -> Html:
    """A row for each tenth of the people more."""
    people = number(details.get("rows"))
    shown, more = first(list(rows), 10, "rows")
    told = [
        [
            f"{float(number(one.get('share')) or 0) * 100:g} %",
            count((number(one.get("share")) or 0) * people) if people else "—",
            with_interval(share(one.get("gain"), 1), _between_shares(one)),
            with_interval(said(one, "lift"), between(one, "lift_low", "lift_high")),
        ]
        for one in shown
    ]
    heads = ["Highest scores taken", "People", "Share of all favourable outcomes found", "Lift"]
    caption = (
        "Each value above its interval. Lift: how many times as frequent favourable outcomes are "
        f"among those taken as among all. {more}"
    )
    return table(heads, told, caption=caption.strip(), numeric=[1, 2, 3])


def _between_shares(one: Mapping[str, Any]) -> str:
    return f"{share(one.get('gain_low'), 1)} to {share(one.get('gain_high'), 1)}"
