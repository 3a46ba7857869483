"""Tiles of 256 hashes (C2SP tlog-tiles), grown leaf by leaf.

A tile of level 0 is given out when it is full; one of a higher level at every width it reaches,
since it grows by one hash only once in 256 of the level below.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from trail.log.merkle import root_of

WIDTH = 256


class TileHashes(NamedTuple):
    """One tile: where it stands, how wide it is, its hashes one after the other."""

    level: int
    number: int
    width: int
    hashes: bytes


class TileGrowth:
    """The tiles at the right edge of a tree, and what becomes of them.

    `unfinished` holds, for each level, the hashes of the tile that is not yet full.
    """

    def __init__(self, size: int = 0, unfinished: dict[int, bytes] | None = None) -> None:
        self._size = size
        self._open = {level: bytearray(held) for level, held in (unfinished or {}).items()}

    def grow(self, leaves: Iterable[bytes]) -> Iterator[TileHashes]:
        """Take in leaves; yield every tile that is to be kept."""
        for leaf in leaves:
            self._open.setdefault(0, bytearray()).extend(leaf)
            self._size += 1
            if self._size % WIDTH == 0:
                yield from self._close(0, self._size // WIDTH - 1)

    def _close(self, level: int, number: int) -> Iterator[TileHashes]:
        full = bytes(self._open.pop(level))
        if level == 0:
            yield TileHashes(level, number, WIDTH, full)
        above = self._open.setdefault(level + 1, bytearray())
        above.extend(root_of(full[at : at + 32] for at in range(0, len(full), 32)))
        width = len(above) // 32
        yield TileHashes(level + 1, number // WIDTH, width, bytes(above))
        if width == WIDTH:
            yield from self._close(level + 1, number // WIDTH)
