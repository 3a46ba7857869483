"""What is decided at the threshold in use, how often rightly, and what others would do."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports import tables
from audits.reports.kinds.fairness_details import first, listed, said, share
from audits.reports.markup import Html, facts, fold, format_count, raw, section, table
from desk.figures import DASH, Figure, number, rounded, span

_FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "matthews_correlation",
    "selection_rate",
)
MEASURES = frozenset(_FIGURES)

_NOTE = (
    "Whoever scores at least the threshold is predicted favourably. A higher threshold selects "
    "fewer people: fewer of them wrongly, and more of those who should be selected are missed."
)
_MOST_ROWS = 24


def sentence(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """Whom it selects and how often it is right."""
    right, selected = (tables.pick(figures, name) for name in ("accuracy", "selection_rate"))
    if right is None or selected is None or right.value is None or selected.value is None:
        return ""
    at = number(details.get("threshold"))
    where = f"At the threshold {at:g}" if at is not None else "At its threshold"
    sure = f" ({span(right.low, right.high, right.name)})" if right.low is not None else ""
    return (
        f"{where} it selects {rounded(selected.value, selected.name)} of the people and is right "
        f"in {rounded(right.value, right.name)} of cases{sure}."
    )


def made(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """The decisions at the threshold in use, the four counts, and other thresholds."""
    found = [one for name in _FIGURES if (one := tables.pick(figures, name))]
    held = thresholds(details)
    return section(
        "How often are the decisions right?",
        tables.with_intervals(found),
        confusion(details.get("confusion")),
        fold("What other thresholds would do", held) if held else "",
        note=_NOTE,
    )


def confusion(counts: Any) -> Html:
    """The four counts that every rate comes from."""
    if not isinstance(counts, Mapping):
        return raw("")
    read = {str(key): value for key, value in counts.items()}
    short = {
        "tp": "true_positive",
        "fp": "false_positive",
        "fn": "false_negative",
        "tn": "true_negative",
    }
    cells = {key: _count(read, key, long) for key, long in short.items()}
    if any(value is None for value in cells.values()):
        return facts((key.replace("_", " "), format_count(value)) for key, value in read.items())
    return table(
        ["", "Predicted favourable", "Predicted unfavourable"],
        [
            ["Was favourable", format_count(cells["tp"]), format_count(cells["fn"])],
            ["Was unfavourable", format_count(cells["fp"]), format_count(cells["tn"])],
        ],
        caption="Right and wrong: people by what came true and what was predicted",
        numeric=[1, 2],
    )


def thresholds(details: Mapping[str, Any]) -> Html:
    """A row for each threshold, the one in use marked."""
    shown, more = first(listed(details.get("thresholds")), _MOST_ROWS, "thresholds")
    rows = [
        [
            f"{said(one, 'threshold')}{', in use' if one.get('in_use') is True else ''}",
            *(_percent(one, name) for name in ("selection_rate", "precision", "recall")),
            *(_percent(one, name) for name in ("specificity", "accuracy")),
            said(one, "f1"),
        ]
        for one in shown
    ]
    heads = ["Threshold", "Selected", "Precision", "Recall", "Specificity", "Accuracy", "F1"]
    caption = (
        "Precision: selected rightly, of those selected. Recall: selected, of those with the "
        "favourable outcome. Specificity: refused, of those without. F1: between precision and "
        f"recall. {more}"
    )
    return table(heads, rows, caption=caption.strip(), numeric=range(1, 7))


def _percent(one: Mapping[str, Any], name: str) -> str:
    value = number(one.get(name))
    return DASH if value is None else share(value, 1)


def _count(read: Mapping[str, Any], short: str, long: str) -> Any:
    for key in (short, long, f"{long}s"):
        if key in read:
            return read[key]
    return None
