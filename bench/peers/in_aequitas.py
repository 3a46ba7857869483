"""Aequitas on rows in memory: twelve metrics of three features, disparities, parities.

It counts first, as we do; it looks at one feature at a time and gives no intervals.
"""

import pandas as pd
from aequitas.bias import Bias  # type: ignore[import-not-found]
from aequitas.fairness import Fairness  # type: ignore[import-not-found]
from aequitas.group import Group  # type: ignore[import-not-found]

from bench.peers import conversation
from bench.peers.conversation import Telling

#: Its names for our metrics.
METRICS = {
    "pprev": "selection_rate",
    "tpr": "true_positive_rate",
    "fpr": "false_positive_rate",
    "fnr": "false_negative_rate",
    "tnr": "true_negative_rate",
    "accuracy": "accuracy",
    "precision": "precision",
}


class Aequitas:
    """Group, Bias and Fairness, as its guide goes."""

    def load(self, path: str, features: list[str]) -> Telling:
        """Take the rows into memory; it takes text as objects only."""
        people = pd.read_parquet(path, columns=[*features, "label", "prediction"])
        names = {"label": "label_value", "prediction": "score"}
        self.features = features
        self.people = people.astype(dict.fromkeys(features, object)).rename(columns=names)
        return conversation.nothing

    def audit(self) -> Telling:
        """Absolute metrics, disparities to the largest group, parities."""
        table, _ = Group().get_crosstabs(self.people, attr_cols=self.features)
        disparities = Bias().get_disparity_major_group(table, original_df=self.people)
        Fairness().get_group_value_fairness(disparities)
        return lambda: _told(table)


def _told(table: pd.DataFrame) -> dict[str, float]:
    return {
        f"{row['attribute_value']}: {ours}": float(row[theirs])
        for _, row in table.iterrows()
        for theirs, ours in METRICS.items()
    }


if __name__ == "__main__":
    conversation.serve(Aequitas())
