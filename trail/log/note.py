"""Checkpoints as signed notes (C2SP tlog-checkpoint, signed-note), with Ed25519."""

import base64
import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

ED25519 = b"\x01"


class MalformedNote(ValueError):
    """These bytes are not a signed checkpoint."""


class CheckpointBody(NamedTuple):
    """What a checkpoint says: which log, how many entries, which root."""

    origin: str
    size: int
    root: bytes


def key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes that name a key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def body_text(body: CheckpointBody) -> str:
    """The three lines that are signed."""
    return f"{body.origin}\n{body.size}\n{base64.b64encode(body.root).decode()}\n"


def sign_note(text: str, *, name: str, key: Ed25519PrivateKey) -> str:
    """The text with a signature line below it."""
    identity = key_id(name, key.public_key().public_bytes_raw())
    signature = base64.b64encode(identity + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {signature}\n"


def read_checkpoint(note: str) -> CheckpointBody:
    """What the note says, signed or not."""
    lines = note.split("\n")
    try:
        origin, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
        if not origin or lines[3] != "" or str(int(size)) != size or len(root) != 32:
            raise ValueError(note)
    except (ValueError, IndexError) as error:
        raise MalformedNote("expected origin, size, root and an empty line") from error
    return CheckpointBody(origin, int(size), root)


def is_signed_by(note: str, *, name: str, public_key: bytes) -> bool:
    """Whether one of the note's signature lines is this key's and holds."""
    text, _, signatures = note.partition("\n\n")
    identity = key_id(name, public_key)
    lines = [line.split(" ") for line in signatures.split("\n") if line]
    return any(
        _holds(blob, identity, public_key, f"{text}\n")
        for blob in (line[2] for line in lines if line[:2] == ["—", name] and len(line) == 3)
    )


def _holds(blob: str, identity: bytes, public_key: bytes, text: str) -> bool:
    try:
        raw = base64.b64decode(blob, validate=True)
        if raw[:4] != identity or base64.b64encode(raw).decode() != blob:
            return False
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def verifier_key(name: str, public_key: bytes) -> str:
    """The key as C2SP writes it: name, id and key in one line."""
    material = base64.b64encode(ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{material}"
