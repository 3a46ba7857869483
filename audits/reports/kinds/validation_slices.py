"""For whom the model works least well: the people of each value of some columns."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from audits.reports import tables
from audits.reports.kinds.fairness_details import count, first, inside, listed, with_interval
from audits.reports.markup import Html, join, raw, section, table
from desk.figures import DASH, Figure, datum, rounded, span

_AREA = "roc_auc"
_SHOWN = (_AREA, "accuracy", "expected_calibration_error", "selection_rate")
_MOST_ROWS = 12

#: Slices of fewer people are shown, and not called the worst.
FEW = 30

_NOTE = (
    "The same figures for the people of each value of a column, by themselves; those without a "
    "value are one of them. The lowest area comes first. Of many slices some look bad by chance "
    f"alone, and small ones most of all: those of fewer than {FEW} people are marked, and never "
    "called the worst. Calibration errors are larger in small slices whatever the model."
)


def sentence(figures: Sequence[Figure]) -> str:
    """The slice whose people the scores order least well, and whether that may be chance."""
    worst, whole = _worst(figures), tables.pick(figures, _AREA)
    if worst is None or worst.value is None or whole is None or whole.value is None:
        return ""
    beyond = worst.high is not None and worst.high < whole.value
    verdict = "its interval lies below" if beyond else "its interval reaches"
    sure = f", interval {span(worst.low, worst.high)}" if worst.low is not None else ""
    slice_of = f"{worst.feature} {worst.group}"
    return (
        f"Of {len(_judged(figures)):,} slices it works least well for {slice_of}: "
        f"area {rounded(worst.value)} on {worst.n:,} rows{sure}; {verdict} the "
        f"{rounded(whole.value)} of all rows."
    )


def by_slice(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The worst slice in a sentence, then a table for each column."""
    columns = list(dict.fromkeys(one.feature for one in figures if one.feature and one.group))
    told = sentence(figures)
    return section(
        "For whom does it work least well?",
        format_html("<p>{}</p>", told) if told else "",
        join(_table(figures, details, column) for column in columns),
        note=_NOTE if columns else "",
    )


def _judged(figures: Iterable[Figure]) -> list[Figure]:
    return [
        one
        for one in figures
        if one.name == _AREA and one.group and one.value is not None and one.n >= FEW
    ]


def _worst(figures: Sequence[Figure]) -> Figure | None:
    return min(_judged(figures), key=lambda one: one.value or Decimal(0), default=None)


def _table(figures: Sequence[Figure], details: Mapping[str, Any], column: str) -> Html:
    found = {(one.group, one.name): one for one in figures if one.feature == column and one.group}
    groups = list(dict.fromkeys(group for group, _ in found))
    ranked = sorted(groups, key=lambda group: _rank(found.get((group, _AREA))))
    shown, more = first(ranked, _MOST_ROWS, "values")
    positives = {
        str(one.get("group")): one.get("positives")
        for one in listed(inside(details, "slices").get(column))
    }
    rows = [
        [
            group,
            _people(found, group),
            count(positives.get(group)),
            *(_cell(found.get((group, name))) for name in _SHOWN),
        ]
        for group in shown
    ]
    heads = ["Value", "People", "Favourable", "Area", "Accuracy", "Calibration error", "Selected"]
    caption = f"{column}, {len(groups):,} values, each figure above its interval. {more}"
    return table(heads, rows, caption=caption.strip(), numeric=range(1, len(heads)))


def _rank(area: Figure | None) -> tuple[bool, Decimal]:
    known = area is not None and area.value is not None
    return not known, area.value if area and area.value is not None else Decimal(0)


def _people(found: Mapping[tuple[str, str], Figure], group: str) -> Html:
    n = max((one.n for (named, _), one in found.items() if named == group), default=0)
    return with_interval(f"{n:,}", "few" if n < FEW else DASH)


def _cell(one: Figure | None) -> Html:
    if one is None or one.value is None:
        return raw("—")
    return with_interval(datum(one.value, one.name), span(one.low, one.high, one.name))
