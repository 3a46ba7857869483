"""PyArrow's reading of columns: what any tool must at least take."""

import pyarrow.dataset as ds
import pyarrow.parquet as pq

from bench.peers import conversation
from bench.peers.conversation import Telling


class PyArrow:
    """Decodes columns and does nothing with them."""

    def load(self, path: str, columns: list[str]) -> Telling:
        """Remember what to read."""
        self.path, self.columns = path, columns
        return conversation.nothing

    def stream(self) -> Telling:
        """In batches, each let go before the next is needed."""
        for _ in ds.dataset(self.path).to_batches(columns=self.columns):
            pass
        return conversation.nothing

    def read(self) -> Telling:
        """All of it into memory."""
        pq.read_table(self.path, columns=self.columns)
        return conversation.nothing


if __name__ == "__main__":
    conversation.serve(PyArrow())
