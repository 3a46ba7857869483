"""Fairlearn's MetricFrame on rows in memory: eight metrics, 18 groups, no resamples."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from fairlearn import metrics
from fairlearn.metrics import _annotated_metric_function as slow
from sklearn.metrics import accuracy_score, f1_score, precision_score

from bench.peers import conversation
from bench.peers.conversation import Telling

METRICS = {
    "selection_rate": metrics.selection_rate,
    "true_positive_rate": metrics.true_positive_rate,
    "false_positive_rate": metrics.false_positive_rate,
    "false_negative_rate": metrics.false_negative_rate,
    "true_negative_rate": metrics.true_negative_rate,
    "accuracy": accuracy_score,
    "precision": partial(precision_score, zero_division=0.0),
    "f1": partial(f1_score, zero_division=0.0),
}


class Fairlearn:
    """One call per feature and one for the intersection, with differences and ratios."""

    def load(self, path: str, features: list[str]) -> Telling:
        """Take the rows into memory."""
        self.people = pd.read_parquet(path, columns=[*features, "label", "prediction"])
        self.features = features
        self.sensitive = self.people[features].astype(str)
        return conversation.nothing

    def audit(self) -> Telling:
        """Each feature by itself, and all together."""
        asked = [[feature] for feature in self.features] + [self.features]
        frames = [self._compared(features) for features in asked]
        return lambda: {name: value for frame in frames for name, value in _told(frame).items()}

    def intersection(self) -> Telling:
        """All together alone: a single call."""
        frame = self._compared(self.features)
        return lambda: _told(frame)

    def _compared(self, features: list[str]) -> metrics.MetricFrame:
        frame = metrics.MetricFrame(
            metrics=METRICS,
            y_true=self.people["label"],
            y_pred=self.people["prediction"],
            sensitive_features=self.sensitive[features],
        )
        for method in ("between_groups", "to_overall"):
            frame.difference(method=method)
            frame.ratio(method=method)
        return frame

    def patch(self) -> Telling:
        """Take out its slowest part, stacking a column one row at a time: not as released."""
        slow.np = SimpleNamespace(stack=np.asarray)
        return conversation.nothing


def _told(frame: Any) -> dict[str, float]:
    groups = [group if isinstance(group, tuple) else (group,) for group in frame.by_group.index]
    return {
        f"{' x '.join(group)}: {metric}": float(value)
        for group, of_group in zip(groups, frame.by_group.to_numpy(), strict=True)
        for metric, value in zip(frame.by_group.columns, of_group, strict=True)
    }


if __name__ == "__main__":
    conversation.serve(Fairlearn())
