"""NannyML on rows in memory: Kolmogorov-Smirnov, Jensen-Shannon and Wasserstein of all columns."""

from typing import Any

import pandas as pd
from nannyml import UnivariateDriftCalculator  # type: ignore[import-not-found]

from bench.peers import conversation
from bench.peers.conversation import Telling

METHODS = ["kolmogorov_smirnov", "jensen_shannon", "wasserstein"]
#: Its own `computation_params` are read from one level above where its guide puts them.
EXACT = {"kolmogorov_smirnov": {}, "wasserstein": {}, "calculation_method": "exact"}


class NannyMl:
    """Fitted on the reference, asked about the current rows."""

    def load(self, current: str, reference: str) -> Telling:
        """Take the rows into memory."""
        self.current, self.reference = pd.read_parquet(current), pd.read_parquet(reference)
        return conversation.nothing

    def drift_in_chunks(self) -> Telling:
        """As it comes: ten chunks, two of the statistics estimated from 10,000 bins."""
        self._drift()
        return conversation.nothing

    def drift(self) -> Telling:
        """Ours exactly: one chunk, exact statistics."""
        found = self._drift(chunk_number=1, computation_params=EXACT)
        return lambda: _told(found)

    def _drift(self, **how: Any) -> Any:
        calculator = UnivariateDriftCalculator(
            column_names=list(self.current.columns),
            continuous_methods=METHODS,
            categorical_methods=["jensen_shannon"],
            **how,
        )
        return calculator.fit(self.reference).calculate(self.current)


def _told(found: Any) -> dict[str, float]:
    table = found.filter(period="analysis").to_df()
    return {
        f"{method} {column}": float(table[(column, method, "value")].iloc[0])
        for column, method, what in table.columns
        if what == "value"
    }


if __name__ == "__main__":
    conversation.serve(NannyMl())
