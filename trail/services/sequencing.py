"""The sequencer: gives committed happenings their number, hashes them, signs the new root.

One transaction takes a batch from the inbox and writes entries, payloads, tiles, head and
checkpoint. Sequencers take turns by holding the head row; a second one waits and goes on where
the first stopped. It cannot lose what was committed, nor number it twice.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from os import urandom
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from trail.backends.hooks import after_commit
from trail.errors import TrailError
from trail.log import merkle, note
from trail.log.canonical import canonical_plain
from trail.log.payload import NONCE_LENGTH, SALT_LENGTH, commitment, seal
from trail.log.tiles import WIDTH, TileGrowth
from trail.models import Checkpoint, Entry, Head, InboxRow, Payload, Tile
from trail.services import bulk, keys, subject_keys
from trail.services.happenings import Happening, InboxLine, from_line

BATCH = 2000
SMALL_BATCH = 500
PATIENCE_MS = 50
_TAKE = (
    "DELETE FROM trail_inbox WHERE id IN (SELECT id FROM trail_inbox ORDER BY id LIMIT %s) "
    "RETURNING id, source, event, subject_type, subject_id, actor, outcome, occurred_at, "
    "context, body"
)
_ENTRY = (
    *("index", "event", "actor", "subject_type", "subject_id", "occurred_at"),
    *("request_id", "run_id", "outcome", "envelope", "leaf_hash"),
)
_PAYLOAD = ("entry_id", "subject_key_id", "salt", "nonce", "ciphertext")
log = logging.getLogger("assay.trail")


class Numbered(NamedTuple):
    """A happening with its number, its bytes and their hash."""

    number: int
    happening: Happening
    envelope: bytes
    leaf: bytes
    salt: bytes


def sequence() -> int:
    """Number and hash everything that is committed; how many entries that made."""
    total = 0
    while InboxRow.objects.exists():
        total += sequence_batch(BATCH)
    return total


def newest_checkpoint() -> Checkpoint | None:
    """The last statement of size and root, if there is any."""
    return Checkpoint.objects.order_by("-size").first()


@transaction.atomic
def sequence_batch(at_most: int) -> int:
    """Number and hash so many; how many entries that made. Others wait their turn."""
    with _at_work():
        head = _held_head()
        key, listed = keys.signing_key("checkpoint")
        lines = _take(at_most)
        if not lines:
            return 0
        now = timezone.now()
        numbered = _number(head.size, [from_line(line, now) for line in lines])
        _write_entries(numbered)
        _write_tiles(head, numbered)
        edge = _grown(head, numbered)
        signed_at = _signed_at(now, numbered)
        body = note.CheckpointBody(head.origin, head.size + len(numbered), merkle.root(edge))
        signed = note.sign_note(note.body_text(body), name=listed.name, key=key)
        _write_checkpoint(body, signed, signed_at)
        _move(head, body.size, edge, _longest_wait(numbered, signed_at))
    return len(numbered)


@contextmanager
def _at_work() -> Iterator[None]:
    """Let the guards know the sequencer; its own writes need no context and ring no bell."""
    connection.trail_muted = True  # type: ignore[attr-defined]
    try:
        connection.mark_sequencing(on=True)  # type: ignore[attr-defined]
        yield
        connection.mark_sequencing(on=False)  # type: ignore[attr-defined]
    finally:
        connection.trail_muted = False  # type: ignore[attr-defined]


def _held_head() -> Head:
    held = Head.objects.select_for_update()
    if head := held.filter(pk=1).first():
        return head
    Head.objects.get_or_create(pk=1, defaults={"origin": keys.origin()})
    return held.get(pk=1)


def _take(at_most: int) -> list[InboxLine]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [at_most])
        return sorted(InboxLine(*row) for row in cursor.fetchall())


def _number(size: int, happenings: Sequence[Happening]) -> list[Numbered]:
    salts = urandom(SALT_LENGTH * len(happenings))
    numbered = []
    for at, happening in enumerate(happenings):
        salt = salts[SALT_LENGTH * at : SALT_LENGTH * (at + 1)]
        committed = commitment(salt, happening.payload).hex()
        envelope = canonical_plain(happening.envelope | {"payload": committed})
        leaf = merkle.leaf_hash(envelope)
        numbered.append(Numbered(size + at, happening, envelope, leaf, salt))
    return numbered


def _write_entries(numbered: Sequence[Numbered]) -> None:
    found = subject_keys.for_subjects(one.happening.about for one in numbered)
    bulk.insert(Entry, _ENTRY, map(_entry, numbered))
    bulk.insert(Payload, _PAYLOAD, (_payload(one, *found[one.happening.about]) for one in numbered))


def _entry(one: Numbered) -> tuple[Any, ...]:
    said = one.happening.envelope
    return (
        one.number,
        said["event"],
        said["actor"],
        said["subject"]["type"],
        said["subject"]["id"],
        connection.ops.adapt_datetimefield_value(one.happening.occurred_at),
        said.get("request_id", ""),
        said.get("run_id", ""),
        said["outcome"],
        one.envelope,
        one.leaf,
    )


def _payload(one: Numbered, key_pk: int, secret: bytes) -> tuple[Any, ...]:
    nonce = urandom(NONCE_LENGTH)
    sealed = seal(secret, nonce, one.happening.payload)
    return (one.number, key_pk, one.salt, nonce, sealed)


def _write_tiles(head: Head, numbered: Sequence[Numbered]) -> None:
    """Tiles change only when one of level 0 is filled."""
    if head.size % WIDTH + len(numbered) < WIDTH:
        return
    growth = TileGrowth(head.size, _unfinished(head.size))
    grown = growth.grow(one.leaf for one in numbered)
    Tile.objects.bulk_create(Tile(**tile._asdict()) for tile in grown)


def _unfinished(size: int) -> dict[int, bytes]:
    """The hashes of the tiles at the right edge that are not full."""
    first = size - size % WIDTH
    leaves = Entry.objects.filter(index__gte=first, index__lt=size).order_by("index")
    held = {0: b"".join(bytes(leaf) for leaf in leaves.values_list("leaf_hash", flat=True))}
    level, count = 1, size // WIDTH
    while count:
        if width := count % WIDTH:
            tile = Tile.objects.get(level=level, number=count // WIDTH, width=width)
            held[level] = bytes(tile.hashes)
        level, count = level + 1, count // WIDTH
    return held


def _grown(head: Head, numbered: Sequence[Numbered]) -> list[bytes]:
    edge = merkle.split(bytes(head.edge))
    for one in numbered:
        merkle.append(edge, one.number, one.leaf)
    return edge


def _signed_at(now: datetime, numbered: Sequence[Numbered]) -> datetime:
    """Never before what it covers, never before the last one."""
    last = newest_checkpoint()
    times = [now, *(one.happening.occurred_at for one in numbered)]
    return max([*times, last.signed_at] if last else times)


def _write_checkpoint(body: note.CheckpointBody, signed: str, at: datetime) -> None:
    Checkpoint.objects.bulk_create(
        [Checkpoint(size=body.size, root=body.root, note=signed, signed_at=at)]
    )


def _longest_wait(numbered: Sequence[Numbered], signed_at: datetime) -> int:
    earliest = min(one.happening.occurred_at for one in numbered)
    return -(-(signed_at - earliest) // timedelta(microseconds=1))


def _move(head: Head, size: int, edge: Sequence[bytes], wait: int) -> None:
    Head.objects.filter(pk=head.pk).update(
        size=size, edge=b"".join(edge), longest_wait=max(head.longest_wait, wait)
    )


def _sequence_after_commit(alias: str) -> None:
    """In the embedded default the writer's process sequences; what fails is taken up later.

    It waits only briefly for SQLite's lock: whoever holds it will sequence after their commit.
    """
    if alias != "default" or not _is_embedded():
        return
    try:
        with _little_patience():
            if InboxRow.objects.exists():
                sequence_batch(SMALL_BATCH)
    except DatabaseError as error:  # a lock held, or tables that `migrate` is still making
        log.debug("sequencing is left to the next writer: %s", error)
    except (TrailError, OSError):
        log.exception("committed happenings wait in the inbox: sequencing failed")


def _is_embedded() -> bool:
    chosen = getattr(settings, "ASSAY_SEQUENCE_AFTER_COMMIT", None)
    return connection.vendor == "sqlite" if chosen is None else bool(chosen)


@contextmanager
def _little_patience() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    usual = int(1000 * float(_options().get("timeout", 5)))
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


def _options() -> dict[str, Any]:
    return dict(connection.settings_dict.get("OPTIONS", {}))


after_commit.append(_sequence_after_commit)
