"""Evidently on rows in memory: drift of all columns, and its summary of a dataset."""

from typing import Any

import pandas as pd
from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
from evidently.presets import (  # type: ignore[import-not-found]
    DataDriftPreset,
    DataSummaryPreset,
)

from bench.peers import conversation
from bench.peers.conversation import Telling

#: Its names for our figures of a column.
FIGURES = {
    "MissingValueCount": "missing",
    "MinValue": "low",
    "MaxValue": "high",
    "MeanValue": "mean",
    "StdValue": "deviation",
    "QuantileValue": "quantile",
}


class Evidently:
    """Reports on two tables; its pages are not drawn."""

    def load(self, current: str, reference: str | None = None, encoded: bool = False) -> Telling:
        """Take the rows into memory; texts, if asked for, as pandas categories."""
        self.current = _dataset(current, encoded)
        self.reference = _dataset(reference, encoded) if reference else None
        return conversation.nothing

    def drift(self) -> Telling:
        """Its choice: normed Wasserstein of numbers, Jensen-Shannon of categories."""
        return self._drift(DataDriftPreset())

    def drift_by_psi(self) -> Telling:
        """The population stability index of every column."""
        return self._drift(DataDriftPreset(method="psi"))

    def summary(self) -> Telling:
        """Counts, moments, quantiles, top values of every column."""
        found = Report([DataSummaryPreset()]).run(self.current)
        return lambda: _summarised(found.dict())

    def _drift(self, preset: DataDriftPreset) -> Telling:
        found = Report([preset]).run(self.current, self.reference)
        return lambda: _drifted(found.dict())


def _dataset(path: str, encoded: bool) -> Dataset:
    rows = pd.read_parquet(path)
    numbers = list(rows.select_dtypes("number").columns)
    texts = [name for name in rows.columns if name not in numbers]
    declared = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    held = rows.astype(dict.fromkeys(texts, "category")) if encoded else rows
    return Dataset.from_pandas(held, declared)


def _drifted(told: dict[str, Any]) -> dict[str, float]:
    return {
        metric["config"]["column"]: float(metric["value"])
        for metric in told["metrics"]
        if "column" in metric["config"]
    }


def _summarised(told: dict[str, Any]) -> dict[str, float]:
    """Single numbers per column and the duplicates, by our names."""
    found: dict[str, float] = {}
    for metric in told["metrics"]:
        asked, value = metric["config"], metric["value"]
        kind, column = asked["type"].split(":")[-1], asked.get("column")
        if kind == "DuplicatedRowCount":
            found["duplicates"] = float(value)
        if kind in FIGURES:
            level = f" {asked['quantile']}" if "quantile" in asked else ""
            number = value["count"] if isinstance(value, dict) else value
            found[f"{FIGURES[kind]}{level} {column}"] = float(number)
    return found


if __name__ == "__main__":
    conversation.serve(Evidently())
