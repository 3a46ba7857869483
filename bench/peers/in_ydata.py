"""ydata-profiling on rows in memory, in its minimal form."""

from numbers import Real
from typing import Any

import pandas as pd
from ydata_profiling import ProfileReport  # type: ignore[import-not-found]

from bench.peers import conversation
from bench.peers.conversation import Telling


class Ydata:
    """The description behind its page, which is not drawn."""

    def load(self, current: str) -> Telling:
        """Take the rows into memory."""
        self.rows = pd.read_parquet(current)
        return conversation.nothing

    def minimal(self) -> Telling:
        """No correlations, no interactions, no sample."""
        report = ProfileReport(self.rows, minimal=True, progress_bar=False)
        described = report.get_description()
        return lambda: _told(described.variables)


def _told(variables: dict[str, Any]) -> dict[str, float]:
    wanted = {"n_missing": "missing", "n_distinct": "distinct", "mean": "mean", "std": "deviation"}
    wanted |= {"min": "low", "max": "high"}
    return {
        f"{ours} {column}": float(found[theirs])
        for column, found in variables.items()
        for theirs, ours in wanted.items()
        if isinstance(found.get(theirs), Real)
    }


if __name__ == "__main__":
    conversation.serve(Ydata())
