"""The area under the ROC curve of every group, exactly, with DeLong's interval, from Parquet."""

from pathlib import Path

from measures.engines.duckdb import Limits, opened
from measures.intervals.delong import RocAuc, roc_auc
from measures.reduce.grouped_scores import reduce_grouped_scores


def by_group(path: str | Path) -> dict[str, RocAuc]:
    """Area, standard error and interval by the group's name."""
    file = Path(path)
    with opened({"log": file}, Limits(file.parent / "spill")) as tables:
        counted = reduce_grouped_scores(
            tables["log"], ["group"], score="score", label="label", files=[file]
        )
    return {
        group[0]: roc_auc(scores)
        for group, scores in zip(counted.groups, counted.scores, strict=True)
    }
