"""What a model rests on, from Parquet: permutation importance and Shapley values, errors stated."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import skops.io

from measures.explain.adaptive import Effort, Importances, adaptive_importance
from measures.explain.attribution import MeanAbsolute, mean_absolute
from measures.explain.sampling import canonical_order
from measures.explain.shapley import tree_shapley

#: The standard error asked for: of the drop of the area, for every feature.
EFFORT = Effort(tolerance=0.003)
#: Rows whose Shapley values are computed.
EXPLAINED = 1_000
SEED = 20261123


class Explained(NamedTuple):
    """How much the area drops without each feature, and each feature's mean absolute value."""

    importances: Importances
    attributions: list[MeanAbsolute]


def explain(path: str | Path, model: str | Path) -> Explained:
    """Both, each with its standard error and interval."""
    rows, estimator = pq.read_table(path), loaded(model)
    features, labels = rows.drop_columns("label"), rows["label"].to_numpy()
    found = adaptive_importance(
        features,
        labels,
        lambda table: estimator.predict_proba(_matrix(table))[:, 1],
        effort=EFFORT,
        seed=SEED,
    )
    order = canonical_order(features, seed=SEED, strata=labels)[:EXPLAINED]
    shapley = tree_shapley(
        estimator, _matrix(features.take(pa.array(order))), features.column_names
    )
    return Explained(found, mean_absolute(shapley))


def loaded(model: str | Path) -> Any:
    """The model that was made for this."""
    return skops.io.load(model, trusted=skops.io.get_untrusted_types(file=model))


def _matrix(table: pa.Table) -> np.ndarray:
    return np.column_stack([column.to_numpy() for column in table.columns])
