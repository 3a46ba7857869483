"""The people a model is explained on, and how it is asked about them.

A sample of the snapshot, drawn by the spec's seed while the file is read part by part: memory
does not grow with the rows. Text is plain text and a column without any value has the type the
model expects, so that values can be changed. Promises that the model answers everybody as they
are, with a probability, and that both classes are there.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

from audits.jobs import scored_rows, scoring
from audits.jobs.contract import Job, Refused
from measures.explain.sampling import Score, canonical_order
from measures.intervals.bootstrap import stream

#: Spread of all intervals of an explanation.
CONFIDENCE = 0.95

#: Scores at or above it are the favourable decision, unless the spec says otherwise.
THRESHOLD = 0.5

#: How ONNX Runtime says that a model cannot take some input, such as a category unknown to it.
_RUNTIME = (Fail, InvalidArgument, RuntimeException)

_ROWS_AT_ONCE = 65_536


class People(NamedTuple):
    """The features of the rows drawn, their labels (0 or 1), and the model to ask.

    `sensitive` are those of the features that are sensitive: declared, or named by the spec.
    """

    rows: pa.Table
    labels: np.ndarray
    score: Score
    threshold: float
    seed: int
    sensitive: tuple[str, ...]

    @property
    def features(self) -> list[str]:
        return list(self.rows.column_names)

    @property
    def of_rarer_class(self) -> int:
        """How many there are of the label that fewer have."""
        positives = int(self.labels.sum())
        return min(positives, len(self.labels) - positives)

    def some(self, most: int) -> pa.Table:
        """At most so many of the rows, the same ones each time."""
        return self.rows.take(pa.array(canonical_order(self.rows, seed=self.seed)[:most]))


def draw(job: Job) -> People:
    """At most the asked number of rows, without replacement. Raises Refused on unusable input."""
    signature = job.facts["signature"]
    source, target = pq.ParquetFile(job.inputs["snapshot"]), scored_rows.target_of(signature)
    features = [feature["name"] for feature in signature["features"]]
    scored_rows.check_present(source, [target.column], "the target")
    scored_rows.check_present(source, features, "the feature")
    sensitive = _sensitive(job, features)
    drawn = _sampled(source, [*dict.fromkeys([*features, target.column])], job)
    labels = scored_rows.labels(drawn.column(target.column), target)
    if len(set(labels.tolist())) < 2:
        raise Refused(
            f"expected both classes in the target {target.column!r},"
            f" but the {len(labels)} rows drawn have one class only"
        )
    rows = pa.table({each["name"]: _plain(drawn, each) for each in signature["features"]})
    score = _asked(scoring.load(job.inputs["model"]), signature)
    score(rows)
    threshold = job.spec.get("threshold", THRESHOLD)
    return People(rows, labels, score, threshold, job.spec["seed"], sensitive)


def _sensitive(job: Job, features: list[str]) -> tuple[str, ...]:
    """In the order of the features. Raises Refused where the spec names what is no feature."""
    named = job.spec.get("sensitive", [])
    for name in named:
        if name not in features:
            raise Refused(
                f"expected a feature of the model in sensitive, got {name!r}:"
                f" its features are {', '.join(features)}"
            )
    held = {*named, *job.facts.get("sensitive_features", [])}
    return tuple(name for name in features if name in held)


def _sampled(source: pq.ParquetFile, columns: list[str], job: Job) -> pa.Table:
    """The rows chosen, in the file's order."""
    total = source.metadata.num_rows
    wanted = min(job.spec["rows"], total)
    chosen = np.sort(stream(job.spec["seed"]).permutation(total)[:wanted])
    parts, done = [source.schema_arrow.empty_table().select(columns)], 0
    for batch in source.iter_batches(_ROWS_AT_ONCE, columns=columns):
        here = chosen[np.searchsorted(chosen, done) : np.searchsorted(chosen, done + len(batch))]
        parts.append(pa.Table.from_batches([batch]).select(columns).take(pa.array(here - done)))
        done += len(batch)
    return pa.concat_tables(parts).combine_chunks()


def _plain(drawn: pa.Table, feature: Mapping[str, str]) -> pa.ChunkedArray:
    column = drawn.column(feature["name"])
    if feature["type"] == "number" and pa.types.is_null(column.type):
        return column.cast(pa.float64())
    if scoring.is_text(column.type) or pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column


def _asked(scorer: scoring.Scorer, signature: Mapping[str, Any]) -> Score:
    """The model as a function of rows that raises Refused where it has no probability to give."""

    def score(rows: pa.Table) -> np.ndarray:
        try:
            answers = scoring.score(scorer, rows, signature)
        except _RUNTIME as unanswered:
            raise Refused(f"the model does not take these rows: {unanswered}") from unanswered
        odd = ~((answers >= 0) & (answers <= 1))  # NaN fails both
        if odd.any():
            raise Refused(
                f"expected a score within [0, 1] for every row,"
                f" got {answers[odd][0]} and the like in {int(odd.sum())} rows"
            )
        return answers

    return score
