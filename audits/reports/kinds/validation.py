"""Validation: how well a version predicts on rows it has not seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports import charts, tables
from audits.reports.markup import Html, facts, format_count, join, key_figures, raw, section, table
from desk.charts import Series
from desk.figures import Figure, datum, rounded, span

_FIRST = ("roc_auc", "accuracy", "balanced_accuracy", "selection_rate")


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: ranking quality, its interval, and on how many rows."""
    one = tables.pick(figures, "roc_auc")
    if one is None:
        return f"{len(figures)} figures were measured on held-out rows."
    sure = f" (interval {span(one.low, one.high)})" if one.low is not None else ""
    return (
        f"On {one.n:,} held-out rows the scores order people with an area under the ROC curve "
        f"of {rounded(one.value)}{sure}; chance would give 0.5."
    )


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Figures with intervals, confusion counts, ROC, reliability, scores."""
    firsts = [one for name in _FIRST if (one := tables.pick(figures, name))]
    return join(
        [
            key_figures(
                (
                    datum(one.value, one.name),
                    f"{tables.name_of(one.name)}, {span(one.low, one.high, one.name)}",
                )
                for one in firsts
            ),
            section("Figures", tables.with_intervals(tables.of_all_rows(figures))),
            section("Right and wrong", confusion(details.get("confusion"))),
            section("Curves", curves(details)),
        ]
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
        numeric=[1, 2],
    )


def _count(read: Mapping[str, Any], short: str, long: str) -> Any:
    for key in (short, long, f"{long}s"):
        if key in read:
            return read[key]
    return None


def curves(details: Mapping[str, Any]) -> Html:
    """ROC, calibration and the scores' distribution."""
    roc, steady = charts.points(details.get("roc")), _reliability(details.get("reliability"))
    drawn = [
        charts.curves(
            [Series("each threshold", roc)],
            "ROC: found against falsely found",
            x="false positive rate",
            y="true positive rate",
            diagonal=True,
        )
        if roc
        else "",
        charts.curves(
            [Series("each bin of scores", steady)],
            "Calibration: promised against seen",
            x="predicted",
            y="observed",
            diagonal=True,
        )
        if steady
        else "",
        charts.histogram(details.get("score_histogram"), "Scores"),
    ]
    inside = join(drawn)
    return raw(f'<div class="pair">{inside}</div>') if inside else raw("")


def _reliability(bins: Any) -> list[tuple[float, float]]:
    """Predicted and observed share per bin, whichever way the bins are stored."""
    if not isinstance(bins, list):
        return []
    named = [
        [one.get(key) for key in ("predicted", "mean_score", "mean_predicted") if key in one][:1]
        + [one.get(key) for key in ("observed", "positive_rate", "fraction") if key in one][:1]
        for one in bins
        if isinstance(one, Mapping)
    ]
    return charts.points(
        [pair for pair in named if len(pair) == 2] or [one for one in bins if isinstance(one, list)]
    )
