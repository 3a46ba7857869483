"""Numbers, tiles, roots and checkpoints: the tree grown again and compared as it grows."""

from collections.abc import Iterator

from trail.log import merkle, note
from trail.log.tiles import WIDTH, TileGrowth, TileHashes
from trail.models import Checkpoint, Head, SigningKey, Tile
from trail.services.checks import Fault
from trail.services.happenings import written


class TreeCheck:
    """Takes leaf hashes in order; says where what is stored departs from them.

    After a gap in the numbers everything later is wrong as well, after a first wrong root
    every later root; neither is told again.
    """

    def __init__(self, head: Head) -> None:
        self.head = head
        self.size = 0
        self.edge: list[bytes] = []
        self._growth = TileGrowth()
        self._tiles = 0
        self._gap = False
        self._other_root = False
        self._keys = list(SigningKey.objects.filter(purpose="checkpoint"))
        self._signed = Checkpoint.objects.order_by("size").iterator(chunk_size=2000)
        self._next = next(self._signed, None)
        self._last_good = 0
        self._latest = ""

    def take(self, index: int, leaf: bytes, occurred_at: str) -> Iterator[Fault]:
        """The next entry's leaf hash, and its time."""
        if index != self.size and not self._gap:
            self._gap = True
            yield Fault(f"entry {self.size}", f"is missing: after {self.size - 1} comes {index}")
        if self._gap:
            return
        merkle.append(self.edge, self.size, leaf)
        self.size += 1
        self._latest = max(self._latest, occurred_at)
        for tile in self._growth.grow([leaf]):
            yield from self._compare(tile)
        while self._next and self._next.size <= self.size:
            yield from self._check(self._next)
            self._next = next(self._signed, None)

    def finish(self) -> Iterator[Fault]:
        """What can only be said at the end."""
        if self._gap:
            return
        if self.size != self.head.size:
            yield Fault(f"entry {self.size}", f"is missing: the head counts {self.head.size}")
        elif merkle.split(bytes(self.head.edge)) != self.edge:
            yield Fault("head", "the edge kept there is not that of the entries")
        if self.size and self._last_good != self.size and not self._other_root:
            yield Fault(f"checkpoint {self.size}", "no valid checkpoint covers the last entries")
        if self._next:
            yield Fault(f"checkpoint {self._next.size}", f"signs more than the {self.size} entries")
        if (kept := Tile.objects.count()) != self._tiles:
            yield Fault("tiles", f"{kept} are kept where the tree has {self._tiles}")

    def _compare(self, tile: TileHashes) -> Iterator[Fault]:
        self._tiles += 1
        place = f"tile {tile.level}/{tile.number}.{tile.width}"
        held = Tile.objects.filter(level=tile.level, number=tile.number, width=tile.width).first()
        if held is None:
            yield Fault(place, "is missing")
        elif bytes(held.hashes) != tile.hashes:
            at = _first_difference(bytes(held.hashes), tile.hashes)
            below = f"entry {tile.number * WIDTH + at}" if tile.level == 0 else f"hash {at}"
            yield Fault(place, f"differs from the entries, first at {below}")

    def _check(self, signed: Checkpoint) -> Iterator[Fault]:
        """One checkpoint: signature, note, columns, and the root grown so far."""
        wrong = self._wrong_with(signed)
        if not wrong:
            self._last_good = signed.size
            return
        if wrong == _OTHER_ROOT:
            if self._other_root:
                return
            self._other_root = True
            wrong = f"{wrong}: an entry from {self._last_good} to {signed.size - 1} was changed"
        yield Fault(f"checkpoint {signed.size}", wrong)

    def _untimely(self, signed: Checkpoint) -> bool:
        """Its time is not signed; it lies between what it covers and the next checkpoint's."""
        at = written(signed.signed_at) if signed.signed_at else ""
        before, self._latest = self._latest, max(self._latest, at)
        return at < before

    def _wrong_with(self, signed: Checkpoint) -> str:
        try:
            said = note.read_checkpoint(signed.note)
        except note.MalformedNote as error:
            return f"is not a signed note: {error}"
        if (said.size, said.root) != (signed.size, bytes(signed.root)):
            return "its columns differ from the signed note"
        if said.origin != self.head.origin:
            return f"is of another log: {said.origin!r} instead of {self.head.origin!r}"
        if not any(_signed_by(signed, key) for key in self._keys):
            return "bears no signature of a listed key"
        if self._untimely(signed):
            return "its time lies before what it covers, or before that of the last checkpoint"
        return "" if merkle.root(self.edge) == said.root else _OTHER_ROOT


_OTHER_ROOT = "signs another root than the entries have"


def _signed_by(signed: Checkpoint, key: SigningKey) -> bool:
    return note.is_signed_by(signed.note, name=key.name, public_key=bytes(key.public_key))


def _first_difference(held: bytes, grown: bytes) -> int:
    pairs = (held[at : at + 32] != grown[at : at + 32] for at in range(0, len(grown), 32))
    return next((number for number, differs in enumerate(pairs) if differs), len(grown) // 32)
