"""How much is measured: quickly, as `make bench` does, or in full."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bench.rows import Row

#: Measures ours beside one peer.
Comparison = Callable[[], Iterator[Row]]


class Scope(NamedTuple):
    """`rows` is the common number of rows; `full` adds what takes longer."""

    rows: int = 1_000_000
    full: bool = False

    @property
    def quick(self) -> bool:
        """Whether this only tries out that everything runs."""
        return self.rows < 1_000_000
