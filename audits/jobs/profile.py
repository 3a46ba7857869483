"""A profile: what a snapshot holds, before anybody builds on it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq

from audits.jobs import (
    parquet,
    profile_associations,
    profile_findings,
    profile_privacy,
    scored_rows,
)
from audits.jobs.contract import Job, Outcome, Refused, Tell
from audits.jobs.profile_privacy import Singled
from measures.engines.duckdb import opened
from measures.intervals.bootstrap import Drawing
from measures.intervals.wilson import wilson_interval
from measures.measured import Measured
from measures.profile import columns as profile
from measures.profile.columns import ColumnProfile
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.columns import duplicate_rows
from measures.reduce.guard import TooManyLevels
from measures.reduce.missing import MISSING
from measures.reduce.texts import TextSummary

CONFIDENCE = 0.95

#: How intervals of associations are drawn; a profile's spec does not say.
DRAWING = Drawing(500, CONFIDENCE, 20261123)

#: Rows that columns are compared with each other on; of longer snapshots, about so many.
COMPARED = 200_000

#: Knuth's multiplicative hash (2654435761 is 2**32 over the golden ratio) spreads rows evenly.
_MULTIPLIER, _MODULUS = 2_654_435_761, 2**32


def work(job: Job, tell: Tell) -> Outcome:
    """Profile a snapshot. Raises Refused if it has no rows, or not the columns asked about."""
    source = pq.ParquetFile(job.inputs["snapshot"])
    types = {field.name: parquet.kind(field.type) for field in source.schema_arrow}
    _check_private(job, source)
    tell(0.1, f"Looking at {len(types)} columns")
    with opened({"rows": Path(job.inputs["snapshot"])}, scored_rows.limits(job)) as tables:
        rows = tables["rows"]
        columns = profile.describe(rows)
        if not columns or not columns[0].column.counts.rows:
            raise Refused("expected rows to describe, but the snapshot has none")
        tell(0.5, "Counting repeated rows and groups")
        repeated = duplicate_rows(rows, unique=[each.name for each in columns if each.is_unique])
        counted, unmeasured = _counted(job, rows, columns)
        tell(0.6, "Looking for what is likely wrong")
        numbered = rows.get_backend().read_parquet(job.inputs["snapshot"], file_row_number=True)
        some = _sample(rows, numbered, columns[0].column.counts.rows)
        found = profile_findings.findings(rows, some, columns, repeated, _target(job), DRAWING)
        tell(0.8, "Looking at which columns go together")
        compared_on = int(some.count().to_pyarrow().as_py())
        together = profile_associations.strongest(some, columns, _target(job), DRAWING)
        private = _singled_out(job, rows, numbered)
    measures = [
        *_size(columns, repeated), *map(_missing_rate, columns), *_groups(job, counted),
        *found.measures, *private.measures, *together.measures,
    ]  # fmt: skip
    details = found.details | {
        "columns": [_listed(each, types[each.column.name]) for each in columns],
        "associations": together.details,
        "compared_on": {"rows": compared_on, "of": columns[0].column.counts.rows},
        "privacy": private.details,
        "confidence": CONFIDENCE,
        "interval_method": "Wilson",
        "not_measured": [*unmeasured, *private.unmeasured],
    }
    return Outcome(tuple(measures), details)


def _target(job: Job) -> str:
    """The spec's target, else the dataset's; "" if neither names one."""
    return job.spec.get("target") or job.facts["target"] or ""


def _check_private(job: Job, source: pq.ParquetFile) -> None:
    scored_rows.check_present(source, job.spec.get("quasi_identifiers", []), "the quasi-identifier")
    if sensitive := job.spec.get("sensitive_attribute"):
        scored_rows.check_present(source, [sensitive], "the sensitive attribute")


def _sample(rows: ibis.Table, numbered: ibis.Table, n: int) -> ibis.Table:
    """All rows, or of many the same ones each time: chosen by their number in the snapshot."""
    if n <= COMPARED:
        return rows
    spread = (numbered["file_row_number"] * _MULTIPLIER) % _MODULUS
    some = numbered.filter(spread < _MODULUS * COMPARED // n).drop("file_row_number")
    return rows.get_backend().create_table("some_rows", some, temp=True)


def _singled_out(job: Job, rows: ibis.Table, numbered: ibis.Table) -> Singled:
    """How easily people can be told apart, if it was asked for."""
    quasi = job.spec.get("quasi_identifiers")
    if not quasi:
        return Singled([], {}, [])
    sensitive = job.spec.get("sensitive_attribute")
    return profile_privacy.single_out(rows, numbered, quasi, sensitive)


def _counted(
    job: Job, rows: ibis.Table, columns: Sequence[ColumnProfile]
) -> tuple[dict[str, CategoryCounts], list[str]]:
    """Values of the target and the sensitive features, and what could not be counted."""
    counted = {each.name: each.text.levels for each in columns if each.text and each.text.levels}
    wanted: dict[str, CategoryCounts] = {}
    unmeasured = []
    for name in dict.fromkeys([_target(job), *job.facts["sensitive_features"]]):
        if name and name not in rows.columns:
            unmeasured.append(f"the snapshot has no column {name!r}")
        elif name in counted:
            wanted[name] = counted[name]
        elif name:
            try:
                wanted |= reduce_categories(rows, [name])
            except TooManyLevels as many:
                unmeasured.append(str(many))
    return wanted, unmeasured


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
    target = counted.get(_target(job))
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
        "distinct_is": "exact",
        "distinct_share": each.distinct_share,
        "min": column.low,
        "max": column.high,
        "mean": each.mean,
        "deviation": each.deviation,
        "skewness": each.skewness,
        "kurtosis": each.kurtosis,
        "quantiles": dict(zip(map(str, profile.LEVELS), each.quantiles, strict=False)),
        "values": [{"value": value, "n": n} for value, n in each.values],
        "number": _number(each),
        "text": _text(each.text) if each.text else None,
        "time": _time(each),
    }
    if each.quantiles:
        listed["median"] = each.quantiles[profile.LEVELS.index(0.5)]
    if each.histogram:
        edges, counts = list(each.histogram.edges), each.histogram.counts.tolist()
        listed["histogram"] = {"edges": edges, "counts": counts}
    return {key: value for key, value in listed.items() if value not in (None, [], {})}


def _number(each: ColumnProfile) -> dict[str, Any]:
    """Counts special to numbers; outliers lie outside Tukey's fences."""
    held = each.number
    if held is None:
        return {}
    counted: dict[str, Any] = {
        "zeros": held.zeros,
        "negatives": held.negatives,
        "infinite": held.infinite,
    }
    return counted | ({"outliers": held.outliers._asdict()} if held.outliers else {})


def _text(held: TextSummary) -> dict[str, Any]:
    lengths = {
        "shortest": held.shortest,
        "longest": held.longest,
        "mean_length": held.mean_length,
    }
    known = {name: length for name, length in lengths.items() if length is not None}
    return known | {"placeholders": held.placeholders, "variants": held.variants}


def _time(each: ColumnProfile) -> dict[str, float]:
    """How long the column spans, and the longest stretch without a row, in seconds."""
    if each.time is None or each.time.span.seconds is None:
        return {}
    held = {"span_seconds": each.time.span.seconds, "largest_gap_seconds": each.time.largest_gap}
    return {name: seconds for name, seconds in held.items() if seconds is not None}
