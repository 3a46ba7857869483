"""whylogs on rows in memory: a profile of sketches."""

import pandas as pd
import whylogs  # type: ignore[import-not-found]

from bench.peers import conversation
from bench.peers.conversation import Telling


class Whylogs:
    """Distinct values and quantiles are sketched, counts and means exact."""

    def load(self, current: str) -> Telling:
        """Take the rows into memory."""
        self.rows = pd.read_parquet(current)
        return conversation.nothing

    def profile(self) -> Telling:
        """Everything it looks at unless told otherwise."""
        view = whylogs.log(pandas=self.rows).view()
        return lambda: _told(view.to_pandas())


def _told(table: pd.DataFrame) -> dict[str, float]:
    missing = {f"missing {column}": count for column, count in table["counts/null"].items()}
    numbers = table[table.index.str.startswith("number")]
    means = {f"mean {column}": mean for column, mean in numbers["distribution/mean"].items()}
    return {name: float(value) for name, value in (missing | means).items()}


if __name__ == "__main__":
    conversation.serve(Whylogs())
