"""One entry: its bytes, its columns, its payload."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from trail.declarations import person_column
from trail.errors import KeyMissing
from trail.log.canonical import read
from trail.log.merkle import leaf_hash
from trail.log.payload import Unopenable, commitment, unseal
from trail.services import subject_keys
from trail.services.checks import Fault
from trail.services.verifying.stored import Stored


class Read(NamedTuple):
    """What an entry turned out to hold; `payload` is None if it cannot be read."""

    leaf: bytes
    envelope: dict[str, Any]
    payload: dict[str, Any] | None
    faults: list[Fault]


def examine(stored: Stored, wrapping: bytes) -> Read:
    """Read one entry and list what does not fit together in it."""
    leaf = leaf_hash(bytes(stored.envelope))
    faults = []
    if leaf != bytes(stored.leaf_hash):
        faults.append(_entry(stored, "its bytes do not hash to the leaf hash kept with them"))
    envelope = _object(bytes(stored.envelope))
    if envelope is None:
        return Read(leaf, {}, None, [*faults, _entry(stored, "its bytes are not a JSON object")])
    faults.extend(_columns(stored, envelope))
    payload, wrong = _payload(stored, envelope, wrapping)
    faults.extend([Fault(f"payload {stored.number}", wrong)] if wrong else [])
    return Read(leaf, envelope, payload, faults)


def _columns(stored: Stored, envelope: dict[str, Any]) -> Iterator[Fault]:
    """Columns only index the hashed bytes; they must say the same."""
    subject = envelope.get("subject")
    subject = subject if isinstance(subject, dict) else {}
    hashed = (
        ("event", stored.event, envelope.get("event")),
        ("actor", stored.actor, envelope.get("actor")),
        ("subject_type", stored.subject_type, subject.get("type")),
        ("subject_id", stored.subject_id, subject.get("id")),
        ("request_id", stored.request_id, envelope.get("request_id", "")),
        ("run_id", stored.run_id, envelope.get("run_id", "")),
        ("outcome", stored.outcome, envelope.get("outcome")),
        ("occurred_at", stored.occurred_at, envelope.get("ts")),
    )
    for name, column, said in hashed:
        if column != said:
            yield _entry(stored, f"column {name} is {column!r}, its hashed bytes say {said!r}")


def _payload(
    stored: Stored, envelope: dict[str, Any], wrapping: bytes
) -> tuple[dict[str, Any] | None, str]:
    """The payload, and what is wrong with it."""
    if stored.ciphertext is None or stored.salt is None or stored.nonce is None:
        return None, "is missing, and no erasure was recorded"
    if stored.key is None:
        return None, "its subject's key is missing, and no erasure was recorded"
    try:
        secret = subject_keys.unwrap(wrapping, bytes(stored.key))
        opened = unseal(secret, bytes(stored.nonce), bytes(stored.ciphertext))
    except (Unopenable, KeyMissing) as error:
        return None, f"does not open: {error}"
    if commitment(bytes(stored.salt), opened).hex() != envelope.get("payload"):
        return None, f"is not what entry {stored.number} commits to"
    found, key_of = _object(opened), stored.key_of or ""
    return found, "" if _may_seal(key_of, envelope, found or {}) else f"has the key of {key_of}"


def _may_seal(key_of: str, envelope: dict[str, Any], payload: dict[str, Any]) -> bool:
    """A payload is sealed for its subject, or for the person its row tells of."""
    subject = envelope.get("subject") or {}
    if key_of == f"{subject.get('type')}:{subject.get('id')}":
        return True
    image, column = (
        payload.get("new") or payload.get("old"),
        person_column(str(subject.get("type"))),
    )
    if isinstance(image, dict) and column:
        return key_of == f"people.user:{image.get(column)}"
    return key_of.startswith("people.user:")


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = read(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _entry(stored: Stored, message: str) -> Fault:
    return Fault(f"entry {stored.number}", message)
