"""An explanation: which features a version's scores rest on, and how they move with them."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.special import ndtri

from audits.jobs import scored_rows, scoring
from audits.jobs.contract import Job, Outcome, Refused, Tell
from measures.explain import importance
from measures.explain.importance import Importance
from measures.intervals.bootstrap import stream
from measures.measured import Measured

CONFIDENCE = 0.95

#: So many features are drawn, each at so many of its values.
_CURVES, _PLACES = 5, 12


def work(job: Job, tell: Tell) -> Outcome:
    """Explain a version on a sample of a snapshot. Raises Refused on unusable input."""
    tell(0.05, "Drawing a sample of the snapshot")
    rows, labels = _sample(job)
    features = [feature["name"] for feature in job.facts["signature"]["features"]]
    tell(0.1, f"Shuffling each of {len(features)} features")
    found = _importances(job, rows, labels, features)
    tell(0.8, "Drawing how the score moves")
    ranked = sorted(found, key=lambda each: (-each.value, each.feature))
    curves = {each.feature: _curve(job, rows, each.feature) for each in ranked[:_CURVES]}
    return Outcome(
        tuple(_measure(each, rows.num_rows) for each in found), _details(job, rows, curves)
    )


def _sample(job: Job) -> tuple[pa.Table, np.ndarray]:
    """At most the asked number of rows, drawn without replacement in the file's order."""
    signature = job.facts["signature"]
    source, target = pq.ParquetFile(job.inputs["snapshot"]), scored_rows.target_of(signature)
    features = [feature["name"] for feature in signature["features"]]
    scored_rows.check_present(source, [target.column], "the target")
    scored_rows.check_present(source, features, "the feature")
    table = source.read(columns=[*features, target.column])
    wanted = min(job.spec["rows"], table.num_rows)
    chosen = np.sort(stream(job.spec["seed"]).permutation(table.num_rows)[:wanted])
    rows = table.take(pa.array(chosen))
    labels = scored_rows.labels(rows.column(target.column), target)
    if len(set(labels.tolist())) < 2:
        raise Refused(
            f"expected both classes in the target {target.column!r},"
            f" but the {len(labels)} rows drawn have one class only"
        )
    return rows.select(features), labels


def _importances(
    job: Job, rows: pa.Table, labels: np.ndarray, features: list[str]
) -> list[Importance]:
    scorer, signature = scoring.load(job.inputs["model"]), job.facts["signature"]

    def score(feature: str | None, order: np.ndarray) -> np.ndarray:
        shuffled = (
            rows
            if feature is None
            else _replaced(rows, feature, rows.column(feature).take(pa.array(order)))
        )
        return scoring.score(scorer, shuffled, signature)

    return importance.permutation_importance(
        features,
        labels,
        score,
        repeats=job.spec["repeats"],
        confidence=CONFIDENCE,
        seed=job.spec["seed"],
    )


def _replaced(rows: pa.Table, feature: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index(feature), feature, column)


def _measure(each: Importance, n: int) -> Measured:
    low, high = each.interval
    name, about = "permutation_importance", {"feature": each.feature}
    return Measured(name, each.value, low, high, n, "drop of the ROC AUC", about)


def _curve(job: Job, rows: pa.Table, feature: str) -> dict[str, Any]:
    """Mean score of the sample when everybody has the same value of one feature."""
    scorer, signature = scoring.load(job.inputs["model"]), job.facts["signature"]
    reach = float(ndtri((1 + CONFIDENCE) / 2)) / np.sqrt(rows.num_rows)
    curve: dict[str, Any] = {"values": _places(rows, feature), "scores": [], "low": [], "high": []}
    for value in curve["values"]:
        same = pa.repeat(pa.scalar(value, rows.schema.field(feature).type), rows.num_rows)
        scores = scoring.score(scorer, _replaced(rows, feature, same), signature)
        mean, spread = float(scores.mean()), float(scores.std(ddof=1) * reach)
        curve["scores"].append(mean)
        curve["low"].append(max(0.0, mean - spread))
        curve["high"].append(min(1.0, mean + spread))
    curve["values"] = [_plain(value) for value in curve["values"]]
    return curve


def _places(rows: pa.Table, feature: str) -> list[Any]:
    """Values to look at: the most frequent of a category, quantiles that occur of a number."""
    known = rows.column(feature).drop_null()
    distinct = pc.unique(known)
    if len(distinct) <= _PLACES:
        return sorted(distinct.to_pylist())
    if scoring.is_text(known.type):
        counted = pc.value_counts(known).to_pylist()
        counted.sort(key=lambda each: (-each["counts"], each["values"]))
        return [each["values"] for each in counted[:_PLACES]]
    at = np.linspace(0, len(known) - 1, _PLACES).round().astype(int)
    ordered = known.take(pc.sort_indices(known)).take(pa.array(at))
    return sorted(set(ordered.to_pylist()))


def _plain(value: Any) -> str | float:
    return value if isinstance(value, str) else float(value)


def _details(job: Job, rows: pa.Table, curves: dict[str, Any]) -> dict[str, Any]:
    return {
        "partial_dependence": curves,
        "interval_method": importance.METHOD,
        "confidence": CONFIDENCE,
        "repeats": job.spec["repeats"],
        "rows": rows.num_rows,
        "seed": job.spec["seed"],
    }
