"""A profile: what a snapshot holds, before anybody builds on it."""

from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq

from audits.jobs import parquet, scored_rows
from audits.jobs.contract import Job, Outcome, Refused, Tell
from measures.engines.duckdb import opened
from measures.intervals.wilson import wilson_interval
from measures.measured import Measured
from measures.profile import columns as profile
from measures.profile.columns import ColumnProfile
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.columns import duplicate_rows
from measures.reduce.guard import TooManyLevels
from measures.reduce.missing import MISSING

CONFIDENCE = 0.95


def work(job: Job, tell: Tell) -> Outcome:
    """Profile a snapshot. Raises Refused if it has no rows."""
    schema = pq.read_schema(job.inputs["snapshot"])
    types = {field.name: parquet.kind(field.type) for field in schema}
    tell(0.1, f"Looking at {len(types)} columns")
    with opened({"rows": Path(job.inputs["snapshot"])}, scored_rows.limits(job)) as tables:
        rows = tables["rows"]
        columns = profile.describe(rows)
        if not columns or not columns[0].column.counts.rows:
            raise Refused("expected rows to describe, but the snapshot has none")
        tell(0.7, "Counting repeated rows and groups")
        repeated = duplicate_rows(rows)
        counted, unmeasured = _counted(job, rows, list(types))
    measures = [*_size(columns, repeated), *map(_missing_rate, columns), *_groups(job, counted)]
    details = {
        "columns": [_listed(each, types[each.column.name]) for each in columns],
        "confidence": CONFIDENCE,
        "interval_method": "Wilson",
        "not_measured": unmeasured,
    }
    return Outcome(tuple(measures), details)


def _counted(
    job: Job, rows: ibis.Table, columns: list[str]
) -> tuple[dict[str, CategoryCounts], list[str]]:
    """Values of the target and the sensitive features, and what could not be counted."""
    counted: dict[str, CategoryCounts] = {}
    unmeasured = []
    for name in dict.fromkeys([job.facts["target"], *job.facts["sensitive_features"]]):
        if name and name not in columns:
            unmeasured.append(f"the snapshot has no column {name!r}")
        elif name:
            try:
                counted |= reduce_categories(rows, [name])
            except TooManyLevels as many:
                unmeasured.append(str(many))
    return counted, unmeasured


def _size(columns: list[ColumnProfile], repeated: int) -> list[Measured]:
    rows = columns[0].column.counts.rows
    return [
        Measured("rows", rows, None, None, rows, "rows"),
        Measured("columns", len(columns), None, None, rows, "columns"),
        Measured("duplicate_rows", repeated, None, None, rows, "rows"),
    ]


def _missing_rate(each: ColumnProfile) -> Measured:
    counts = each.column.counts
    about = {"feature": each.column.name}
    return _share("missing_rate", counts.missing, counts.rows, about)


def _groups(job: Job, counted: dict[str, CategoryCounts]) -> list[Measured]:
    """The share with label 1, where the target is 0 and 1, and the size of every group."""
    measures = []
    target = counted.get(job.facts["target"])
    if target and set(target.levels) <= {"0", "1", "false", "true"} and target.levels:
        positives = sum(target.as_dict().get(level, 0) for level in ("1", "true"))
        measures.append(_share("positive_rate", positives, sum(target.counts), {}))
    for feature in job.facts["sensitive_features"]:
        if feature in counted:
            measures += _group_sizes(feature, counted[feature])
    return measures


def _group_sizes(feature: str, counts: CategoryCounts) -> list[Measured]:
    people = counts.as_dict()
    if counts.missing:
        people[MISSING] = people.get(MISSING, 0) + counts.missing
    return [
        _share("group_share", n, counts.rows, {"feature": feature, "group": group})
        for group, n in people.items()
    ]


def _share(name: str, happened: int, possible: int, about: dict[str, str]) -> Measured:
    low, high = wilson_interval(happened, possible, confidence=CONFIDENCE)
    return Measured(name, happened / possible, low, high, possible, "fraction", about)


def _listed(each: ColumnProfile, type_name: str) -> dict[str, Any]:
    column = each.column
    listed: dict[str, Any] = {
        "name": column.name,
        "type": type_name,
        "nulls": column.counts.missing,
        "distinct": column.distinct,
        "min": column.low,
        "max": column.high,
        "mean": each.mean,
        "deviation": each.deviation,
        "quantiles": dict(zip(map(str, profile.LEVELS), each.quantiles, strict=False)),
        "values": [{"value": value, "n": n} for value, n in each.values],
    }
    if each.quantiles:
        listed["median"] = each.quantiles[profile.LEVELS.index(0.5)]
    if each.histogram:
        edges, counts = list(each.histogram.edges), each.histogram.counts.tolist()
        listed["histogram"] = {"edges": edges, "counts": counts}
    return {key: value for key, value in listed.items() if value not in (None, [], {})}
