"""The reference of a monitoring run: its features, the model's scores and, if known, its labels.

It is a snapshot, scored here, or the counts that were kept with the approval. Labels are wanted,
not needed: without them drift is still measured, and what they would have given is said to be
missing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.jobs import reference_counts, scored_rows, scoring
from audits.jobs.contract import REFERENCE_COUNTS, Job, Refused
from audits.jobs.reference_counts import ReferenceCounts
from audits.jobs.window import LABEL
from measures.reduce.scores import ScoreCounts, reduce_scores

#: Labelled rows below which nothing is calibrated on them.
FEWEST_LABELLED = 100


#: The table of its rows.
ROWS = "reference"


class Reference(NamedTuple):
    """The file of its rows, or their counts; and why there are no labels, None if there are."""

    files: dict[str, Path]
    counts: ReferenceCounts | None
    unlabelled: str | None

    def labelled(self, tables: Mapping[str, ibis.Table]) -> ScoreCounts | None:
        """Its people by score and label; None if labels are not known."""
        return self.counts.labelled if self.counts else labelled_scores(tables[ROWS])


def kept(job: Job) -> Reference:
    """What the job was given. Raises Refused where a feature is not in it, or there are no rows."""
    if REFERENCE_COUNTS not in job.inputs:
        return _of_rows(job)
    counts = reference_counts.read(Path(job.inputs[REFERENCE_COUNTS]))
    reference_counts.check_features(counts, job.facts["signature"]["features"])
    return Reference({}, counts, None)


def _of_rows(job: Job) -> Reference:
    """Score the reference and write it."""
    source, signature = pq.ParquetFile(job.inputs["reference"]), job.facts["signature"]
    names = [feature["name"] for feature in signature["features"]]
    scored_rows.check_present(source, names, "the feature")
    target = str(signature["target"])
    has_target = target in source.schema_arrow.names
    rows = source.read(columns=list(dict.fromkeys([*names, *([target] if has_target else [])])))
    if not rows.num_rows:
        raise Refused("expected rows to compare with, but the reference snapshot has none")
    label, why_not = _labels(rows, signature) if has_target else (None, _without(target))
    scores = scoring.score(scoring.load(job.inputs["model"]), rows, signature)
    written = rows.select([name for name in names if name != "score"])
    written = written.append_column("score", pa.array(scores))
    if label is not None:
        written = written.append_column(LABEL, label)
    path = job.folder / "reference.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(written, path)
    return Reference({ROWS: path}, None, why_not)


def labelled_scores(reference: ibis.Table) -> ScoreCounts | None:
    """Rows by score and label, those without a label left out; None if labels are not known."""
    if LABEL not in reference.columns:
        return None
    return reduce_scores(reference.filter(reference[LABEL].notnull()), score="score", label=LABEL)


def too_few(labelled: ScoreCounts) -> str | None:
    """Why these rows do not tell what a score is worth; None if they do."""
    positives = int(labelled.positives.sum())
    if labelled.rows < FEWEST_LABELLED:
        return (
            f"the reference has {labelled.rows} rows with a label, and at least"
            f" {FEWEST_LABELLED} are needed"
        )
    if positives in (0, labelled.rows):
        return "all labels of the reference are of one class"
    return None


def _without(target: str) -> str:
    return f"the reference has no column {target!r}"


def _labels(
    rows: pa.Table, signature: Mapping[str, Any]
) -> tuple[pa.Array, None] | tuple[None, str]:
    """1 where the outcome is the favourable one, NULL where it is not known."""
    target = scored_rows.target_of(signature)
    column = rows.column(target.column)
    missing = pc.is_null(column, nan_is_null=True).to_numpy()
    label = np.zeros(len(column), dtype=np.int8)
    try:
        label[~missing] = scored_rows.labels(column.filter(pa.array(~missing)), target)
    except Refused as odd:
        return None, str(odd)
    return pa.array(label, mask=missing), None
