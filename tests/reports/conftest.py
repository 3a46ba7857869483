"""Evidence of every kind, as runs file it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from governance.models import Evidence

Measure = dict[str, Any]


def measure(
    name: str, value: float, low: float | None = None, high: float | None = None, n: int = 100,
    **about: str,
) -> Measure:  # fmt: skip
    """A measure as it is stored: numbers as text."""
    text = [None if one is None else repr(one) for one in (value, low, high)]
    return {"name": name, "value": text[0], "low": text[1], "high": text[2], "n": n,
            "unit": "", "slice": about}  # fmt: skip


def _fairness() -> tuple[list[Measure], dict[str, Any]]:
    rates = {"white": (0.908, 420), "black": (0.6754321, 98), "(missing)": (0.5, 6)}
    found = [
        measure(name, value, value - 0.05, value + 0.05, n, feature="race", group=group)
        for group, (value, n) in rates.items()
        for name in ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")
    ]
    found.append(measure("selection_rate_ratio", 0.7438, 0.61, 0.88, 6, feature="race"))
    found.append(measure("selection_rate_ratio", 0.5, 0.3, 0.9, 2, feature="race x male"))
    details = {
        "min_group_size": 30,
        "small_groups": [{"feature": "race", "group": "(missing)", "n": 6}],
        "groups": {"race": [{"group": "white", "n": 420, "positives": 390}]},
        "certificate": {"authority": "fairlearn 0.15.0", "largest_difference": "0.0",
                        "tolerance": "1e-12", "compared": 304},
        "interval_method": {"rates": "Wilson"}, "confidence": 0.95, "resamples": 1000,
        "seed": 20261123,
    }  # fmt: skip
    return found, details


def _validation() -> tuple[list[Measure], dict[str, Any]]:
    found = [
        measure("roc_auc", 0.8123456, 0.77, 0.85, 590),
        measure("accuracy", 0.881, 0.85, 0.9, 590),
        measure("log_loss", 0.31, n=590),
    ]
    details = {
        "confusion": {"true_positives": 480, "false_positives": 40, "false_negatives": 30,
                      "true_negatives": 40},
        "roc": [[0, 0], [0.1, 0.6], [1, 1]],
        "reliability": [{"mean_score": 0.1, "observed": 0.12, "n": 30}],
        "score_histogram": {"edges": [0, 0.5, 1], "counts": [10, 580]},
        "interval_methods": {"roc_auc": "DeLong"},
    }  # fmt: skip
    return found, details


def _explanation() -> tuple[list[Measure], dict[str, Any]]:
    found = [
        measure("permutation_importance", 0.28, 0.08, 0.49, 500, feature="gdlin"),
        measure("permutation_importance", -0.002, -0.01, 0.006, 500, feature="dep"),
    ]
    curves = {"gdlin": {"values": [0.0, 1.0], "scores": [0.22, 0.93]},
              "region": {"values": ["north", "south"], "scores": [0.4, 0.6]}}  # fmt: skip
    return found, {"partial_dependence": curves, "repeats": 10}


def _drift() -> tuple[list[Measure], dict[str, Any]]:
    found = [
        measure("population_stability_index", 0.31, 0.2, 0.5, 299, feature="score"),
        measure("population_stability_index", 0.02, 0.01, 0.04, 299, feature="income"),
        measure("selection_rate", 0.9, 0.85, 0.93, 299),
        measure("selection_rate_ratio", 0.8, 0.6, 0.95, 30, feature="race"),
    ]
    bins = {"edges": [0, 1, 2], "reference": [10, 20], "window": [5, 25]}
    return found, {"histograms": {"income": bins}}


def _profile() -> tuple[list[Measure], dict[str, Any]]:
    found = [
        measure("rows", 1989.0, n=1989), measure("columns", 2.0, n=1989),
        measure("duplicate_rows", 0.0, n=1989),
        measure("positive_rate", 0.877, 0.862, 0.891, 1989),
        measure("missing_rate", 0.25, 0.2, 0.3, 1989, feature="income"),
        measure("group_share", 0.19, 0.17, 0.2, 1989, feature="male", group="0"),
    ]  # fmt: skip
    columns = [
        {"name": "income", "type": "number", "nulls": 497, "distinct": 300, "mean": 84.678,
         "median": 64.0, "min": 0.0, "max": 972.0,
         "histogram": {"edges": [0, 500, 1000], "counts": [1000, 492]}},
        {"name": "region", "type": "text", "nulls": 0, "distinct": 2},
    ]  # fmt: skip
    return found, {"columns": columns, "not_measured": ["the snapshot has no column 'race'"]}


def _lineage() -> tuple[list[Measure], dict[str, Any]]:
    steps = [{"step": "impute", "rows_before": 1989, "rows_after": 1989, "changed": 9,
              "note": "income: 9"}]  # fmt: skip
    parts = {"train": {"rows": 994, "columns": [{"name": "income"}]}}
    return [measure("rows", 994.0, n=994)], {"steps": steps, "parts": parts}


def _training() -> tuple[list[Measure], dict[str, Any]]:
    details = {
        "signature": {"features": [{"name": "income", "type": "number"}], "target": "approve",
                      "favourable": 1, "output": "probability of the favourable outcome"},
        "estimator": "logistic_regression", "parameters": {"C": 1.0},
        "mitigation": {"method": "grid_search", "constraint": "demographic_parity",
                       "sensitive": "race"},
        "mitigation_grid": [{"lambda": 0.5, "accuracy": 0.88, "taken": True}],
        "training_rows": 994, "libraries": {"scikit-learn": "1.9.1"},
    }  # fmt: skip
    return [measure("training_accuracy", 0.92, 0.9, 0.94, 994)], details


KINDS: dict[str, Callable[[], tuple[list[Measure], dict[str, Any]]]] = {
    "dataset_profile": _profile,
    "data_lineage": _lineage,
    "training_run": _training,
    "validation_run": _validation,
    "fairness_audit": _fairness,
    "explainability_report": _explanation,
    "drift_monitoring": _drift,
}


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """A piece of evidence of some kind; it is not kept anywhere."""

    def make(kind: str, **other: Any) -> Evidence:
        measures, details = KINDS[kind]() if kind in KINDS else ([], {})
        said = {
            "kind": kind, "subject_type": "model_version", "subject_id": "1",
            "subject_label": "Mortgage approval v1", "subject_digest": "ab" * 32,
            "producer": "run", "produced_by": "run:7", "measures": measures, "details": details,
            "digest": "cd" * 32, "effective_from": datetime(2026, 11, 23, 12, tzinfo=UTC),
        }  # fmt: skip
        return Evidence(**(said | other))

    return make
