"""Verifying the trail: everything it holds, and everything it says of the governed tables."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from trail import capture_sql, events
from trail.errors import KeyMissing
from trail.log import merkle
from trail.models import Head, VerificationRecord
from trail.services import checks, sequencing, subject_keys
from trail.services.checks import Fault
from trail.services.recording import record
from trail.services.verifying import stored
from trail.services.verifying.contents import examine
from trail.services.verifying.listed import Listed, of_verification
from trail.services.verifying.replay import Replay
from trail.services.verifying.tree import TreeCheck

MOST_FAULTS = 100


@dataclass(frozen=True)
class Verification:
    """What a verification found; `checkpoint` is the newest signed note it rests on."""

    ok: bool
    faults: list[Fault]
    size: int
    root: str
    checkpoint: str
    seconds: float


def verify() -> Verification:
    """Number what waits, then read everything again. The first hundred faults are told."""
    began = time.monotonic()
    early = list(_sequenced())
    with stored.snapshot():
        head = Head.objects.filter(pk=1).first() or Head()
        faults = [*early, *islice(_faults(head), MOST_FAULTS)]
        newest = sequencing.newest_checkpoint()
    root = merkle.root(merkle.split(bytes(head.edge))).hex()
    seconds = time.monotonic() - began
    note = newest.note if newest else ""
    return Verification(not faults, faults, head.size, root, note, seconds)


def verify_and_record(*, by: object = "system:verify") -> Verification:
    """Verify, and keep the result as a record and as an entry."""
    result = verify()
    told = [asdict(fault) for fault in result.faults]
    with transaction.atomic():
        kept = VerificationRecord.objects.create(
            at=timezone.now(), size=result.size, root=result.root, ok=result.ok,
            faults=told, seconds=Decimal(f"{result.seconds:.3f}"),
        )  # fmt: skip
        outcome = "success" if result.ok else "failure"
        detail = of_verification(kept)
        record(events.VERIFIED, by=by, subject=kept, detail=detail, outcome=outcome)
    return result


def latest() -> VerificationRecord | None:
    """The last verification that was recorded."""
    return VerificationRecord.objects.order_by("-id").first()


def _sequenced() -> Iterator[Fault]:
    try:
        sequencing.sequence()
    except (KeyMissing, OSError) as error:
        yield Fault("sequencer", f"cannot number what waits in the inbox: {error}")


def _faults(head: Head) -> Iterator[Fault]:
    yield from _triggers()
    yield from _log(head)
    for name, check in checks.registered().items():
        yield from _carried_out(name, check)


def _triggers() -> Iterator[Fault]:
    for name, how in sorted(capture_sql.differences(connection).items()):
        yield Fault(f"trigger {name}", f"is {how}")


def _log(head: Head) -> Iterator[Fault]:
    try:
        wrapping = subject_keys.opener()
    except KeyMissing as error:
        yield Fault("payload key", str(error))
        return
    tree, replay, listed = TreeCheck(head), Replay(), Listed()
    for one in stored.entries(head.size):
        if isinstance(one, Fault):
            yield one
            continue
        found = examine(one, wrapping)
        yield from found.faults
        yield from tree.take(one.number, found.leaf, one.occurred_at)
        listed.take(found.envelope, found.payload)
        yield from replay.take(one.number, found.envelope, found.payload)
    yield from stored.strays(head.size)
    yield from tree.finish()
    yield from replay.finish()
    yield from listed.finish()


def _carried_out(name: str, check: checks.Check) -> Iterator[Fault]:
    """A check that breaks is itself a fault: verification ends with an answer, always."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001
        yield Fault(name, f"the check could not be carried out: {error}")
