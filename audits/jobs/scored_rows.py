"""The rows of a snapshot with the model's answers beside them, as a small Parquet file.

It holds the label, the score, the prediction, the sensitive features and, where asked for,
control features and a weight; nothing else. What is measured is reduced from it. Promises that
every label and score in it can be counted; a snapshot whose rows cannot is refused with a
sentence. Memory does not grow with the rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.jobs import scoring
from audits.jobs.contract import Job, Refused
from measures.engines.duckdb import Limits

#: Columns of the file; the colon keeps them apart from any sensitive feature's name.
LABEL, SCORE, PREDICTION = "assay:label", "assay:score", "assay:prediction"

_ROWS_AT_ONCE = 65_536
_ROWS_NAMED = 3

#: Weights beyond this could not be squared and added up.
_MOST_WEIGHT = 2.0**400

#: Called with the share of the rows done, in [0, 1].
Progress = Callable[[float], None]


class Target(NamedTuple):
    """Which column says what came true, and which of its values is the favourable one."""

    column: str
    favourable: Any
    allowed: tuple[Any, ...] | None


def limits(job: Job) -> Limits:
    """What a reduction may use: the job's own folder takes what memory cannot hold."""
    memory, threads, spill = job.engine
    return Limits(job.folder / "spill", f"{memory >> 20}MiB", threads, f"{spill >> 20}MiB")


def write(
    job: Job,
    sensitive: Sequence[str],
    progress: Progress,
    *,
    control: Sequence[str] = (),
    weight: str | None = None,
) -> Path:
    """Score the job's snapshot and write the file.

    Raises Refused when the snapshot has no rows, lacks a column, has labels outside the two
    classes or of one class only, the model's answers are no probabilities, or the weight is
    no number, or negative.
    """
    source, target = pq.ParquetFile(job.inputs["snapshot"]), target_of(job.facts["signature"])
    features = [feature["name"] for feature in job.facts["signature"]["features"]]
    check_present(source, [target.column], "the target")
    check_present(source, sensitive, "the sensitive feature")
    check_present(source, control, "the control feature")
    if weight is not None:
        _check_weight(source, weight)
    check_present(source, features, "the feature")
    if not source.metadata.num_rows:
        raise Refused("expected rows to measure the model on, but the snapshot has none")
    path = job.folder / "scored.parquet"
    kept = list(dict.fromkeys([*sensitive, *control, *([weight] if weight is not None else [])]))
    wanted = list(dict.fromkeys([target.column, *kept, *features]))
    _write(path, _scored(job, source, wanted, kept, weight, progress))
    _check_both_classes(path, target)
    return path


def target_of(signature: Mapping[str, Any]) -> Target:
    """The target of a signature. Its classes are 0 and 1 unless the signature names others."""
    favourable = signature["favourable"]
    allowed = tuple(signature.get("classes") or ()) or ((0, 1) if favourable in (0, 1) else None)
    return Target(signature["target"], favourable, allowed)


def labels(column: pa.ChunkedArray, target: Target, first_row: int = 1) -> np.ndarray:
    """1 where the value is the favourable one, else 0; shape (n_rows,).

    Raises Refused where a value is missing or outside the allowed classes.
    """
    known = _without_nan(column)
    _refuse_rows(pc.is_null(known), first_row, f"a value in the target {target.column!r}", "none")
    found = pc.unique(known).to_pylist()
    odd = [value for value in found if target.allowed and value not in target.allowed]
    if odd:
        _refuse_rows(
            pc.is_in(known, value_set=pa.array(odd, known.type)),
            first_row,
            f"only {_listed(target.allowed or ())} in the target {target.column!r}",
            _listed(sorted(odd, key=str)),
        )
    favourable = [value for value in found if value == target.favourable]
    chosen = pc.is_in(known, value_set=pa.array(favourable, known.type))
    return chosen.to_numpy(zero_copy_only=False).astype(np.int8)


def check_present(source: pq.ParquetFile, names: Sequence[str], what: str) -> None:
    """Raise Refused unless the file has every column named."""
    held = source.schema_arrow.names
    for name in names:
        if name not in held:
            raise Refused(
                f"expected {what} {name!r} in the snapshot, but its columns are {_listed(held)}"
            )


def _check_weight(source: pq.ParquetFile, name: str) -> None:
    check_present(source, [name], "the weight")
    held = source.schema_arrow.field(name).type
    if not (pa.types.is_integer(held) or pa.types.is_floating(held) or pa.types.is_decimal(held)):
        raise Refused(f"expected numbers in the weight {name!r}, but its values are {held}")


def _scored(
    job: Job,
    source: pq.ParquetFile,
    wanted: list[str],
    kept: Sequence[str],
    weight: str | None,
    progress: Progress,
) -> Iterator[pa.Table]:
    scorer, signature = scoring.load(job.inputs["model"]), job.facts["signature"]
    done = 0
    for batch in source.iter_batches(_ROWS_AT_ONCE, columns=wanted):
        rows = pa.Table.from_batches([batch])
        target = target_of(signature)
        label = labels(rows.column(target.column), target, done + 1)
        score = scoring.score(scorer, rows, signature)
        _check_scores(score, done + 1)
        if weight is not None:
            _check_weights(rows.column(weight), weight, done + 1)
        yield _table(rows, label, score, job.spec["threshold"], kept)
        done += rows.num_rows
        progress(done / source.metadata.num_rows)


def _table(
    rows: pa.Table, label: np.ndarray, score: np.ndarray, threshold: float, kept: Sequence[str]
) -> pa.Table:
    answers = {
        LABEL: pa.array(label),
        SCORE: pa.array(score),
        PREDICTION: pa.array((score >= threshold).astype(np.int8)),
    }
    return pa.table(answers | {name: rows.column(name) for name in kept})


def _write(path: Path, parts: Iterator[pa.Table]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    first = next(parts)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)


def _check_both_classes(path: Path, target: Target) -> None:
    label = pq.read_table(path, columns=[LABEL]).column(LABEL)
    positives = pc.sum(label).as_py()
    if positives in (0, len(label)):
        held = "the favourable outcome" if positives else "another than the favourable outcome"
        raise Refused(
            f"expected both classes in the target {target.column!r} of the snapshot,"
            f" but all {len(label)} rows have {held}, {target.favourable!r}"
        )


def _check_scores(scores: np.ndarray, first_row: int) -> None:
    odd = ~((scores >= 0) & (scores <= 1))  # NaN fails both
    if odd.any():
        found = _listed(sorted({str(score) for score in scores[odd]}))
        _refuse_rows(pa.array(odd), first_row, "a score within [0, 1] for every row", found)


def _check_weights(weights: pa.ChunkedArray, name: str, first_row: int) -> None:
    values = np.asarray(weights.cast(pa.float64()).fill_null(np.nan))
    odd = ~((values >= 0) & (values <= _MOST_WEIGHT))  # NaN fails both
    if odd.any():
        found = _listed(sorted({str(value) for value in values[odd]}))
        expected = f"a finite weight of at least 0 in {name!r} for every row"
        _refuse_rows(pa.array(odd), first_row, expected, found.replace("nan", "no number"))


def _refuse_rows(
    odd: pa.ChunkedArray | pa.Array, first_row: int, expected: str, found: str
) -> None:
    """Raise Refused if any row is marked, naming how many and the first of them."""
    marked = np.flatnonzero(np.asarray(odd)) + first_row
    if len(marked):
        places = _listed(marked.tolist(), _ROWS_NAMED)
        raise Refused(f"expected {expected}, got {found} in {len(marked)} rows: row {places}")


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _listed(values: Sequence[Any], most: int = 12) -> str:
    shown = ", ".join(str(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"
