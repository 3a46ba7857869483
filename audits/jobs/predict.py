"""Predictions of a deployed model: for rows in a request, or for a whole snapshot.

Every row is checked against the version's signature before any is scored: a missing or unknown
feature or a value of another type is refused by row and name, and nothing is answered.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from audits.jobs import parquet, scoring
from audits.jobs.contract import Job, Outcome, Refused, Tell

#: From this probability on, the favourable outcome is predicted.
THRESHOLD = 0.5

#: So many answers stand in the result itself; all are in the stored segment.
SHOWN = 100

#: The columns a prediction adds; what a snapshot has under these names is left out.
_OWN = ("prediction_id", "score", "prediction")

_ARROW = {"number": pa.float64(), "category": pa.string()}


def work(job: Job, tell: Tell) -> Outcome:
    """Score the rows and keep them, with their answers, as one segment."""
    tell(0.1, "Checking the rows against the model's signature")
    table = _rows(job)
    tell(0.4, f"Scoring {table.num_rows} rows")
    scorer = scoring.load(job.inputs["model"])
    answered = _answered(job, table, scoring.score(scorer, table, job.facts["signature"]))
    product = parquet.write(answered, "predictions", job.folder)
    return Outcome((), _details(answered), (product,))


def table_of(rows: Sequence[Mapping[str, Any]], signature: Mapping[str, Any]) -> pa.Table:
    """Rows of a request as a typed table; raises Refused naming the row and the feature."""
    features = signature["features"]
    names = {feature["name"] for feature in features}
    for number, row in enumerate(rows, start=1):
        _check_names(number, row, names)
    columns = {f["name"]: _column(rows, f["name"], f["type"]) for f in features}
    return pa.table(columns)


def _rows(job: Job) -> pa.Table:
    if job.spec.get("rows"):
        return table_of(job.spec["rows"], job.facts["signature"])
    table = parquet.read(job.inputs["snapshot"])
    if table.num_rows == 0:
        raise Refused("expected rows to predict for, but the snapshot has none")
    return table.drop_columns([name for name in _OWN if name in table.column_names])


def _check_names(number: int, row: Mapping[str, Any], names: set[str]) -> None:
    if absent := sorted(names - set(row)):
        raise Refused(
            f"row {number}: expected the features {', '.join(absent)}; give null where unknown"
        )
    if unknown := sorted(set(row) - names):
        raise Refused(f"row {number}: {', '.join(unknown)} is not a feature of this model")


def _column(rows: Sequence[Mapping[str, Any]], name: str, kind: str) -> pa.Array:
    values = []
    for number, row in enumerate(rows, start=1):
        if not _fits(row[name], kind):
            raise Refused(
                f"row {number}: expected {name!r} to be a {kind} or null, got {row[name]!r}"
            )
        values.append(row[name])
    return pa.array(values, _ARROW[kind])


def _fits(value: Any, kind: str) -> bool:
    if value is None:
        return True
    return isinstance(value, str) if kind == "category" else isinstance(value, bool | int | float)


def _answered(job: Job, table: pa.Table, scores: np.ndarray) -> pa.Table:
    prefix = job.facts["prediction_ids_prefix"]
    ids = [f"{prefix}-{number}" for number in range(1, table.num_rows + 1)]
    predictions = (scores >= THRESHOLD).astype(np.int8)
    answered = table.add_column(0, "prediction_id", pa.array(ids))
    return answered.append_column("score", pa.array(scores)).append_column(
        "prediction", pa.array(predictions)
    )


def _details(answered: pa.Table) -> dict[str, Any]:
    shown = answered.select(list(_OWN)).slice(0, SHOWN)
    return {
        "predictions": shown.to_pylist(),
        "rows": answered.num_rows,
        "threshold": THRESHOLD,
    }
