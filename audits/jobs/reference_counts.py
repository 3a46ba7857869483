"""What later windows are compared with, counted once: kept with the validation that is approved.

A validation counts its own rows over bins and files the counts as an attachment; monitoring
then needs no row of the reference. Promises that a window compared with the counts has the
distances it has compared with the rows. Cannot: give Kolmogorov-Smirnov and Wasserstein
distances, which need the rows.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import numpy as np

from audits.jobs.contract import REFERENCE_COUNTS, Job, Product, Refused
from measures.drift import stability
from measures.reduce import baseline
from measures.reduce.baseline import Baseline
from measures.reduce.categories import CategoryCounts, reduce_categories
from measures.reduce.guard import TooManyLevels
from measures.reduce.histogram import Histogram, reduce_histograms
from measures.reduce.quantiles import reduce_quantiles
from measures.reduce.scores import ScoreCounts, score_counts

#: Bins of a numeric column hold a tenth of the reference each.
TENTHS = tuple(tenth / 10 for tenth in range(11))

#: Decimals to which scores are kept beside their labels: they say what a score is worth.
DECIMALS = 4

_FORM = 1


class ReferenceCounts(NamedTuple):
    """Columns counted over bins, people by score and label, and columns that were not counted."""

    columns: Baseline
    labelled: ScoreCounts
    left_out: list[str]


def take(
    snapshot: ibis.Table,
    scored: ibis.Table,
    features: Sequence[Mapping[str, str]],
    *,
    score: str,
    labelled: ScoreCounts,
) -> ReferenceCounts:
    """Count the features of a snapshot and the scores its rows were given.

    Parameters
    ----------
    snapshot : ibis.Table
        One row per person, with the features.
    scored : ibis.Table
        The same people, with their scores in the column `score`.
    features : sequence of mapping
        Name and type ("number" or "category") of each.
    score : str
        The column of scores; they are kept as the feature "score".
    labelled : ScoreCounts
        The same people by score and label.
    """
    numbers = number_histograms(snapshot, _names(features, "number"))
    numbers["score"] = number_histograms(scored, [score])[score]
    categories: dict[str, CategoryCounts] = {}
    left_out: list[str] = []
    for name in _names(features, "category"):
        try:
            categories |= reduce_categories(snapshot, [name])
        except TooManyLevels as many:
            left_out.append(str(many))
    rounded = labelled.scores.round(DECIMALS)
    kept = score_counts(rounded, labelled.negatives, labelled.positives)
    return ReferenceCounts(Baseline(numbers, categories), kept, left_out)


def number_histograms(table: ibis.Table, names: Sequence[str]) -> dict[str, Histogram]:
    """Numbers counted over bins of a tenth of the rows each."""
    quantiles = reduce_quantiles(table, names, TENTHS)
    return reduce_histograms(table, {n: stability.inner_edges(quantiles[n]) for n in names})


def product(job: Job, counts: ReferenceCounts) -> Product:
    """The attachment, written into the job's folder."""
    held = {
        "form": _FORM,
        "columns": json.loads(counts.columns.as_json()),
        "scores": {
            "values": counts.labelled.scores.tolist(),
            "unfavourable": counts.labelled.negatives.tolist(),
            "favourable": counts.labelled.positives.tolist(),
        },
        "left_out": counts.left_out,
    }
    path = job.folder / REFERENCE_COUNTS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    return Product(REFERENCE_COUNTS, path, "application/json")


def read(path: Path) -> ReferenceCounts:
    """The counts of an attachment. Raises Refused if it holds something else."""
    try:
        held: dict[str, Any] = json.loads(path.read_text())
        if held["form"] != _FORM:
            raise ValueError(f"expected form {_FORM}, got {held['form']}")
        columns = baseline.from_json(json.dumps(held["columns"]))
        scores = held["scores"]
        parts = (
            np.array(scores["values"], dtype=np.float64),
            np.array(scores["unfavourable"], dtype=np.int64),
            np.array(scores["favourable"], dtype=np.int64),
        )
    except (ValueError, KeyError, TypeError) as odd:
        raise Refused(f"the counts kept with the approval cannot be read: {odd}") from odd
    return ReferenceCounts(columns, score_counts(*parts), list(held["left_out"]))


def check_features(counts: ReferenceCounts, features: Sequence[Mapping[str, str]]) -> None:
    """Raise Refused unless every number the model takes was counted."""
    for name in _names(features, "number"):
        if name not in counts.columns.numbers:
            held = ", ".join(sorted(counts.columns.numbers))
            raise Refused(f"expected counts of {name!r} with the approval, which has {held}")


def _names(features: Sequence[Mapping[str, str]], kind: str) -> list[str]:
    return [each["name"] for each in features if each["type"] == kind and each["name"] != "score"]
