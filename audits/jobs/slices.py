"""A model measured on slices of the people: those of each value of a column, by themselves.

Nobody is dropped: people without a value are a slice, and rare ones are there with their n.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import ibis
import pyarrow.parquet as pq

from audits.jobs import scored_rows
from audits.jobs.contract import Job, Refused
from measures.calibration.reliability import expected_calibration_error
from measures.classification import performance, thresholds
from measures.classification.performance import Figure
from measures.intervals.bootstrap import Drawing
from measures.reduce.grouped_scores import reduce_grouped_scores
from measures.reduce.missing import as_group
from measures.reduce.scores import ScoreCounts

#: Values a column may have.
MOST_VALUES = 100


class Slice(NamedTuple):
    """The people of one value of a column, and their figures."""

    column: str
    group: str
    n: int
    positives: int
    figures: list[Figure]

    @property
    def about(self) -> dict[str, str]:
        """What a measure of it says it is about."""
        return {"feature": self.column, "group": self.group}


def check_columns(job: Job) -> list[str]:
    """The columns to slice by; raises Refused unless the snapshot has them all."""
    names = list(job.spec.get("slices", ()))
    if names:
        held = pq.ParquetFile(job.inputs["snapshot"])
        scored_rows.check_present(held, names, "the slice column")
    return names


def measured(
    rows: ibis.Table, columns: Sequence[str], threshold: float, drawing: Drawing
) -> list[Slice]:
    """Every slice of every column, in order of the columns and of their values.

    Raises Refused, naming the column, where one has more than `MOST_VALUES` values.
    """
    _check_few_values(rows, columns)
    return [each for name in columns for each in _of_column(rows, name, threshold, drawing)]


def listed(slices: Sequence[Slice]) -> dict[str, list[dict[str, Any]]]:
    """A table for each column: a row for each value."""
    columns = dict.fromkeys(each.column for each in slices)
    return {column: [_row(each) for each in slices if each.column == column] for column in columns}


def _check_few_values(rows: ibis.Table, columns: Sequence[str]) -> None:
    if not columns:
        return
    asked = [as_group(rows[name]).nunique().name(f"c{i}") for i, name in enumerate(columns)]
    counted = rows.aggregate(asked).to_pyarrow().to_pylist()[0]
    for name, values in zip(columns, counted.values(), strict=True):
        if values > MOST_VALUES:
            raise Refused(
                f"expected at most {MOST_VALUES} values in a slice column, but {name!r} has"
                f" {values:,}: leave it out, or band its values first"
            )


def _of_column(rows: ibis.Table, column: str, threshold: float, drawing: Drawing) -> list[Slice]:
    label, score = scored_rows.LABEL, scored_rows.SCORE
    grouped = reduce_grouped_scores(rows, [column], score=score, label=label)
    return [
        Slice(
            column, group, held.rows, int(held.positives.sum()), _figures(held, threshold, drawing)
        )
        for (group,), held in zip(grouped.groups, grouped.scores, strict=True)
    ]


def _figures(scores: ScoreCounts, threshold: float, drawing: Drawing) -> list[Figure]:
    counts = thresholds.at_threshold(scores, threshold)
    accuracy, selected = performance.shares(
        counts, confidence=drawing.confidence, names=("accuracy", "selection_rate")
    )
    error = expected_calibration_error(scores, drawing)
    return [
        accuracy,
        _area(scores, drawing.confidence),
        Figure("expected_calibration_error", error.value, error.interval, scores.rows),
        selected,
    ]


def _area(scores: ScoreCounts, confidence: float) -> Figure:
    if scores.positives.sum() and scores.negatives.sum():
        return performance.area(scores, confidence=confidence)
    return performance.undefined("roc_auc", n=scores.rows)


def _row(each: Slice) -> dict[str, Any]:
    row: dict[str, Any] = {"group": each.group, "n": each.n, "positives": each.positives}
    for figure in each.figures:
        found = (figure.value, *figure.interval) if figure.defined else (None, None, None)
        names = (figure.name, f"{figure.name}_low", f"{figure.name}_high")
        row |= zip(names, found, strict=True)
    return row
