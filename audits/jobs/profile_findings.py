"""What is likely wrong with a snapshot, and which columns know the target too well."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import ibis

from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.profile import leakage, quality
from measures.profile.columns import ColumnProfile
from measures.profile.leakage import Examined, Suspect
from measures.profile.quality import Finding, Severity
from measures.reduce.guard import TooManyLevels
from measures.reduce.missing_patterns import (
    MissingPatterns,
    TooManyPatterns,
    reduce_missing_patterns,
)

#: Columns examined for telling the target, in the order of the table.
EXAMINED = 60

#: Findings kept for the report, the most severe first, and sentences on what was not examined.
KEPT, SAID = 200, 20


class Found(NamedTuple):
    """How many findings of each severity as measures, and the findings themselves."""

    measures: list[Measured]
    details: dict[str, Any]


def findings(
    rows: ibis.Table,
    some: ibis.Table,
    columns: Sequence[ColumnProfile],
    repeated: int,
    target: str,
    drawing: Drawing,
) -> Found:
    """Every finding, errors first.

    Leakage is looked for where `target` is a column, on `some` of the rows: all, or a sample.
    """
    examined = _examined(some, columns, target, drawing)
    found = quality.findings(
        columns,
        duplicates=repeated,
        missing=_missing(rows, columns),
        suspects=examined.suspects,
    )
    n = columns[0].column.counts.rows
    counts = {severity: sum(each.severity is severity for each in found) for severity in Severity}
    measures = [
        Measured("findings", count, None, None, n, "findings", {"severity": str(severity)})
        for severity, count in counts.items()
    ]
    details = {
        "findings": [_listed(each) for each in found[:KEPT]],
        "findings_total": len(found),
        "leakage": {
            "target": target,
            "suspects": [_suspect(each) for each in examined.suspects],
            "not_examined": list(examined.not_examined[:SAID]),
            "not_examined_total": len(examined.not_examined),
        },
    }
    return Found(measures, details)


def _examined(
    some: ibis.Table, columns: Sequence[ColumnProfile], target: str, drawing: Drawing
) -> Examined:
    if target not in some.columns:
        return Examined((), ())
    able = [each.name for each in columns if _may_tell(each) and each.name != target]
    beyond = len(able) - EXAMINED
    more = (f"{beyond} more columns: only the first {EXAMINED} are",) if beyond > 0 else ()
    try:
        found = leakage.leakage_suspects(some, target, able[:EXAMINED], drawing)
    except TooManyLevels as many:
        return Examined((), (str(many),))
    return found._replace(not_examined=found.not_examined + more)


def _may_tell(each: ColumnProfile) -> bool:
    """A column that varies; of texts, fewer values than could ever be compared."""
    counts = each.column.counts
    varies = each.column.distinct > 1 or 0 < counts.missing < counts.rows
    is_wide = each.number is None and each.column.distinct > leakage.MOST_CELLS
    return varies and not is_wide


def _missing(rows: ibis.Table, columns: Sequence[ColumnProfile]) -> MissingPatterns | None:
    """Which columns are missing together; not counted where there are too many ways."""
    gaps = [each.name for each in columns if each.column.counts.missing]
    try:
        return reduce_missing_patterns(rows, gaps) if gaps else None
    except TooManyPatterns:
        return None


def _listed(each: Finding) -> dict[str, Any]:
    return {
        "column": each.column,
        "kind": each.kind,
        "severity": str(each.severity),
        "says": each.sentence,
        "number": each.number,
    }


def _suspect(each: Suspect) -> dict[str, Any]:
    return {
        "column": each.feature,
        "measure": each.measure,
        "value": each.value,
        "low": each.interval.low,
        "high": each.interval.high,
        "n": each.n,
        "says": each.reason,
    }
