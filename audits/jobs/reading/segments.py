"""Predictions and outcomes that were brought: what each segment must hold."""

import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs.contract import Refused


def check(table: pa.Table, into: str) -> pa.Table:
    """The segment with its identifiers as text. Raises Refused with what is wrong, and where."""
    if into == "dataset":
        return table
    table = _with_text_identifiers(table)
    _check_identifiers(table.column("prediction_id"))
    if into == "predictions":
        _check_scores(table.column("score"))
    elif missing := table.column("outcome").null_count:
        raise Refused(f"expected an outcome in every row, but {missing} rows have none")
    return table


def _with_text_identifiers(table: pa.Table) -> pa.Table:
    at = table.column_names.index("prediction_id")
    texts = pc.cast(table.column(at), pa.string())
    return table.set_column(at, "prediction_id", texts)


def _check_identifiers(identifiers: pa.ChunkedArray) -> None:
    if identifiers.null_count:
        row = pc.index(pc.is_null(identifiers), True).as_py() + 1
        raise Refused(f"expected a prediction_id in every row, but row {row} has none")
    if pc.count_distinct(identifiers).as_py() < len(identifiers):
        counts = pc.value_counts(identifiers).to_pylist()
        twice = next(pair["values"] for pair in counts if pair["counts"] > 1)
        raise Refused(f"expected each prediction_id once, but {twice} occurs more than once")


def _check_scores(scores: pa.ChunkedArray) -> None:
    if not (pa.types.is_floating(scores.type) or pa.types.is_integer(scores.type)):
        raise Refused(f"expected score to be numbers in [0, 1], got {scores.type}")
    if scores.null_count:
        raise Refused(f"expected a score in every row, but {scores.null_count} rows have none")
    bounds = pc.min_max(scores).as_py()
    if bounds["min"] < 0 or bounds["max"] > 1:
        raise Refused(f"expected scores within [0, 1], got {bounds['min']} to {bounds['max']}")
