"""AIF360 on rows in memory: seven metrics of each group, and disparities to a first group.

It compares two groups at a time, with one object per pair, and gives no intervals.
"""

from itertools import product

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from aif360.datasets import BinaryLabelDataset  # type: ignore[import-not-found]
from aif360.metrics import ClassificationMetric  # type: ignore[import-not-found]

from bench.peers import conversation
from bench.peers.conversation import Telling

METRICS = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "true_negative_rate",
    "accuracy",
    "precision",
)


class Aif360:
    """A pair for each level of a feature and its first; the same for the intersection."""

    def load(self, path: str, features: list[str]) -> Telling:
        """Make its datasets, which hold numbers only; their making is not timed."""
        table = pq.read_table(path, columns=[*features, "label", "prediction"])
        columns = {name: table[name].combine_chunks() for name in features}
        self.levels = {name: held.dictionary.to_pylist() for name, held in columns.items()}
        codes = {name: held.indices.to_numpy() for name, held in columns.items()}
        self.known, self.predicted = (
            _dataset(codes | {"label": table[answer].to_numpy()}, features)
            for answer in ("label", "prediction")
        )
        return conversation.nothing

    def audit(self) -> Telling:
        """Every feature by itself, and all together."""
        found: dict[str, float] = {}
        for features in [*([feature] for feature in self.levels), list(self.levels)]:
            first, *others = self._groups(features)
            for group in others:
                pair = ClassificationMetric(self.known, self.predicted, [group], [first])
                found |= _rates(pair, self._named(group), privileged=False)
                _disparities(pair)
            found |= _rates(pair, self._named(first), privileged=True)
        return lambda: found

    def _groups(self, features: list[str]) -> list[dict[str, int]]:
        codes = (range(len(self.levels[feature])) for feature in features)
        return [dict(zip(features, group, strict=True)) for group in product(*codes)]

    def _named(self, group: dict[str, int]) -> str:
        return " x ".join(self.levels[feature][code] for feature, code in group.items())


def _dataset(columns: dict[str, np.ndarray], features: list[str]) -> BinaryLabelDataset:
    return BinaryLabelDataset(
        df=pd.DataFrame(columns), label_names=["label"], protected_attribute_names=features
    )


def _rates(pair: ClassificationMetric, group: str, *, privileged: bool) -> dict[str, float]:
    found = {metric: getattr(pair, metric)(privileged=privileged) for metric in METRICS}
    return {f"{group}: {metric}": float(value) for metric, value in found.items()}


def _disparities(pair: ClassificationMetric) -> None:
    pair.statistical_parity_difference()
    pair.disparate_impact()
    pair.average_odds_difference()
    pair.equal_opportunity_difference()


if __name__ == "__main__":
    conversation.serve(Aif360())
