"""The pipelines that can be trained: impute and scale numbers, encode categories, estimate."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from audits.jobs.contract import Refused

#: The estimators by the names a spec uses, with the parameters they start from.
ESTIMATORS: Mapping[str, tuple[type[ClassifierMixin], Mapping[str, Any]]] = {
    "logistic_regression": (LogisticRegression, {"max_iter": 2000}),
    "hist_gradient_boosting": (HistGradientBoostingClassifier, {}),
}


def build(
    name: str,
    parameters: Mapping[str, Any],
    features: Sequence[Mapping[str, str]],
    *,
    seed: int,
) -> Pipeline:
    """An unfitted pipeline. Raises Refused for an unknown estimator or parameter."""
    estimator = _estimator(name, parameters, seed)
    # trees do not need scaling, and scaled float32 values can fall across their thresholds
    inputs = _inputs(features, scale=isinstance(estimator, LogisticRegression))
    return Pipeline([("inputs", inputs), ("estimator", estimator)])


def _inputs(features: Sequence[Mapping[str, str]], *, scale: bool) -> ColumnTransformer:
    numbers = [feature["name"] for feature in features if feature["type"] == "number"]
    categories = [feature["name"] for feature in features if feature["type"] == "category"]
    # keep_empty_features: a column that is missing in every training row must not shift the rest
    steps = [("impute", SimpleImputer(strategy="median", keep_empty_features=True))]
    numeric = Pipeline([*steps, ("scale", StandardScaler())] if scale else steps)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [("numbers", numeric, numbers), ("categories", encoder, categories)]
    return ColumnTransformer([part for part in parts if part[2]])


def _estimator(name: str, parameters: Mapping[str, Any], seed: int) -> ClassifierMixin:
    if name not in ESTIMATORS:
        raise Refused(f"expected an estimator among {', '.join(ESTIMATORS)}, got {name!r}")
    kind, defaults = ESTIMATORS[name]
    known = set(kind().get_params())
    if unknown := sorted(set(parameters) - known):
        raise Refused(
            f"expected parameters of {name} ({', '.join(sorted(known))}), got {', '.join(unknown)}"
        )
    return kind(**{**defaults, **parameters, "random_state": seed})
