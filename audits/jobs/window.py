"""The rows a monitoring run looks at: what was answered in a window, and what came true.

Batches of one deployment are laid end to end; each row has the model's features, the score and
the prediction, and whatever else its batch has. Outcomes are joined by the prediction's identity.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
from ibis.expr import datatypes

from audits.jobs.contract import Refused
from measures.reduce.missing import as_number, as_text

LABEL = "assay:label"
THRESHOLD = 0.5

#: Prefixes of the inputs that make up a window.
BATCH, OUTCOME = "batch:", "outcome:"


def answers(
    tables: Mapping[str, ibis.Table],
    features: Sequence[Mapping[str, str]],
    sensitive: Sequence[str],
) -> ibis.Table:
    """Every row of every batch. Raises Refused if a batch lacks a feature or there is no row."""
    batches = {name: each for name, each in tables.items() if name.startswith(BATCH)}
    for name, each in batches.items():
        _check_columns(name, each, ["prediction_id", "score", *(f["name"] for f in features)])
    kept = [name for name in sensitive if all(name in each.columns for each in batches.values())]
    window = ibis.union(*(_selected(each, features, kept) for each in batches.values()))
    if not _value(window.count()):
        raise Refused("expected predictions in the window, but its batches have no rows")
    _check_once(window, "prediction")
    return window


def with_outcomes(
    window: ibis.Table, tables: Mapping[str, ibis.Table], favourable: Any
) -> ibis.Table | None:
    """The rows whose outcome is known, with their label; None if no outcomes were given."""
    batches = {name: each for name, each in tables.items() if name.startswith(OUTCOME)}
    if not batches:
        return None
    for name, each in batches.items():
        _check_columns(name, each, ["prediction_id", "outcome"])
    known = ibis.union(*(_outcomes(each) for each in batches.values()))
    _check_once(known, "outcome")
    labelled = known.mutate(**{LABEL: _label(known, favourable)}).drop("outcome")
    return window.inner_join(labelled, "prediction_id")


def typed(column: ibis.Column, feature_type: str) -> ibis.Column:
    """A feature's column as the drift of its type is measured on."""
    return as_number(column) if feature_type == "number" else as_text(column)


def _selected(
    batch: ibis.Table, features: Sequence[Mapping[str, str]], kept: Sequence[str]
) -> ibis.Table:
    score = as_number(batch["score"])
    chosen = batch["prediction"] if "prediction" in batch.columns else score >= THRESHOLD
    own = {
        "prediction_id": batch["prediction_id"].cast(datatypes.string),
        "score": score,
        "prediction": chosen.cast(datatypes.int64),
    }
    measured = {f["name"]: typed(batch[f["name"]], f["type"]) for f in features}
    groups = {name: as_text(batch[name]) for name in kept if name not in measured}
    columns = groups | measured | own
    return batch.select([column.name(name) for name, column in columns.items()])


def _outcomes(batch: ibis.Table) -> ibis.Table:
    outcome = batch["outcome"]
    if outcome.type().is_boolean():
        outcome = outcome.cast(datatypes.int64)
    identity = batch["prediction_id"].cast(datatypes.string)
    return batch.select(prediction_id=identity, outcome=as_text(outcome))


def _label(known: ibis.Table, favourable: Any) -> ibis.Column:
    """1 where the outcome is the favourable one. Outcomes are 0 and 1 if the favourable one is."""
    binary = favourable in (0, 1)
    wanted = str(int(favourable)) if binary else str(favourable)
    found = set(known.select("outcome").distinct().to_pyarrow()["outcome"].to_pylist())
    if binary and (odd := sorted(str(value) for value in found - {"0", "1"})):
        raise Refused(f"expected only 0 and 1 as outcomes, got also {', '.join(odd[:5])}")
    return (known["outcome"] == wanted).cast(datatypes.int64)


def _check_columns(name: str, table: ibis.Table, wanted: Sequence[str]) -> None:
    if absent := [column for column in wanted if column not in table.columns]:
        kind, number = name.split(":", 1)
        raise Refused(f"expected the columns {', '.join(absent)} in {kind} {number}")


def _check_once(table: ibis.Table, what: str) -> None:
    counted = (
        table.aggregate(rows=table.count(), distinct=table["prediction_id"].nunique())
        .to_pyarrow()
        .to_pydict()
    )
    if repeated := counted["rows"][0] - counted["distinct"][0]:
        raise Refused(f"expected one {what} for each prediction_id, but {repeated} come twice")


def _value(expression: ibis.Scalar) -> Any:
    return expression.to_pyarrow().as_py()
