"""Reading an inbox row as what happened: an envelope to be hashed, a payload to be sealed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from os import urandom
from typing import Any, NamedTuple

from trail.context import UNATTRIBUTED
from trail.declarations import person_column
from trail.log.canonical import canonical_plain, read

VERSION = 1
_OUT_OF_THE_HASH = ("reason", "address")


class InboxLine(NamedTuple):
    """One inbox row as it is read."""

    id: int
    source: str
    event: str
    subject_type: str
    subject_id: str
    actor: str
    outcome: str
    occurred_at: str
    context: str
    body: str


class Happening(NamedTuple):
    """One thing that happened, ready to be numbered."""

    envelope: dict[str, Any]
    payload: bytes
    about: str
    occurred_at: datetime


def from_line(line: InboxLine, now: datetime) -> Happening:
    """Envelope and payload of one inbox row, whatever stands in it."""
    try:
        return _read(line, _time(line.occurred_at, now))
    except (ValueError, RecursionError):
        return _read(_as_plain_text(line), now)


def _read(line: InboxLine, occurred_at: datetime) -> Happening:
    said, body = _mapping(line.context), _mapping(line.body)
    return Happening(
        envelope=_envelope(line, said, occurred_at),
        payload=canonical_plain(_payload(line, said, body)),
        about=_about(line, body),
        occurred_at=occurred_at,
    )


def _as_plain_text(line: InboxLine) -> InboxLine:
    """What cannot be read as JSON was written past us; it is kept all the same, as text."""
    kept = {"context": _escaped(line.context), "body": _escaped(line.body)}
    clean = (_escaped(said)[:64] for said in line[1:])
    plain = InboxLine(line.id, *clean)
    return plain._replace(source="text", context="", body=json.dumps(kept))


def _escaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


def image_digest(image: Mapping[str, Any]) -> str:
    """Digest of a row's image: by it a replay compares without holding the row."""
    return sha256(canonical_plain(image)).hexdigest()


def written(moment: datetime) -> str:
    """A time as envelopes write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _envelope(line: InboxLine, said: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    actor = line.actor or str(said.get("actor") or UNATTRIBUTED)
    envelope = {
        "v": VERSION,
        "id": _uuid7(at),
        "ts": written(at),
        "event": line.event,
        "actor": actor[:64],
        "subject": {"type": line.subject_type, "id": line.subject_id},
        "outcome": line.outcome,
        "source": str(said.get("source") or ("sql" if line.source == "row" else "service")),
    }
    for name in ("request_id", "run_id", "txn"):
        if value := said.get(name):
            envelope[name] = str(value)[:64]
    return envelope | ({"auth": said["auth"]} if said.get("auth") else {})


def _payload(line: InboxLine, said: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    payload = _change(body) if line.source == "row" else body
    spoken = {name: said[name] for name in _OUT_OF_THE_HASH if said.get(name)}
    return spoken | payload


def _change(body: Mapping[str, Any]) -> dict[str, Any]:
    """What changed, and the digests of the row before and after."""
    old, new = body.get("old"), body.get("new")
    if not isinstance(old, dict) or not isinstance(new, dict):
        change: dict[str, Any] = {name: image for name, image in body.items() if image}
    else:
        changed = {c: [old.get(c), new[c]] for c in new if old.get(c) != new[c]}
        change = {"changed": changed}
    digests = {"was": old, "is": new}
    return change | {n: image_digest(i) for n, i in digests.items() if isinstance(i, dict)}


def _about(line: InboxLine, body: Mapping[str, Any]) -> str:
    """Whose key seals the payload: the person's it tells of, else the subject's own."""
    image = body.get("new") or body.get("old")
    column = person_column(line.subject_type)
    if line.source == "row" and column and isinstance(image, dict) and image.get(column):
        return f"people.user:{image[column]}"
    return f"{line.subject_type}:{line.subject_id}"


def _mapping(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises ValueError if there is none."""
    value = read(text or "{}")
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {type(value).__name__}")
    return value


def _time(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _uuid7(at: datetime) -> str:
    """A UUID of version 7 (RFC 9562): its time first, then chance."""
    chance = int.from_bytes(urandom(10))
    value = (int(at.timestamp() * 1000) << 80) | chance
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
