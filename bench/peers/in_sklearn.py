"""scikit-learn on rows in memory: the area under the curve by group, and a full permutation."""

import pandas as pd
import skops.io
from sklearn.inspection import permutation_importance
from sklearn.metrics import roc_auc_score

from bench.peers import conversation
from bench.peers.conversation import Telling


class Sklearn:
    """What people write themselves."""

    def load(self, path: str, model: str | None = None) -> Telling:
        """Take the rows into memory, and the model that is to be explained."""
        self.rows = pd.read_parquet(path)
        if model:
            self.model = skops.io.load(model, trusted=skops.io.get_untrusted_types(file=model))
        return conversation.nothing

    def areas(self) -> Telling:
        """One area per group."""
        by_group = self.rows.groupby("group", observed=True)[["label", "score"]]
        found = {
            str(group): float(roc_auc_score(held["label"], held["score"]))
            for group, held in by_group
        }
        return lambda: found

    def importance(self) -> Telling:
        """Every row, five shuffles of every feature."""
        features = self.rows.drop(columns="label").to_numpy()
        found = permutation_importance(
            self.model,
            features,
            self.rows["label"].to_numpy(),
            scoring="roc_auc",
            n_repeats=5,
            random_state=0,
        )
        names = [name for name in self.rows.columns if name != "label"]
        return lambda: dict(zip(names, map(float, found.importances_mean), strict=True))


if __name__ == "__main__":
    conversation.serve(Sklearn())
