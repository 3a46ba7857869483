"""Signing for a named purpose with Ed25519, and checking such signatures.

A key signs for one purpose only. The first one is made on first use; its listing is recorded.
"""

from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from trail import events
from trail.errors import KeyMissing
from trail.log import note
from trail.models import SigningKey
from trail.services import key_files
from trail.services.recording import record


class Signed(NamedTuple):
    """A signature and the key that made it, both in hexadecimal."""

    signature_hex: str
    key_id: str


def origin() -> str:
    """The name of this installation's log."""
    return getattr(settings, "ASSAY_TRAIL_ORIGIN", "") or "assay.localhost/trail"


def sign(purpose: str, message: bytes) -> Signed:
    """Sign for a purpose. Raises KeyMissing if the key that signed before is not here."""
    key, listed = signing_key(purpose)
    return Signed(key.sign(_tagged(purpose, message)).hex(), listed.key_id)


def check_signature(purpose: str, message: bytes, signature_hex: str, key_id: str) -> bool:
    """Whether a key listed for this purpose made this signature over this message."""
    for listed in SigningKey.objects.filter(purpose=purpose, key_id=key_id):
        public = Ed25519PublicKey.from_public_bytes(bytes(listed.public_key))
        try:
            public.verify(bytes.fromhex(signature_hex), _tagged(purpose, message))
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


@transaction.atomic(savepoint=False)
def signing_key(purpose: str) -> tuple[Ed25519PrivateKey, SigningKey]:
    """The key in use for a purpose and its listing; both made on first use."""
    listed = list(SigningKey.objects.filter(purpose=purpose, until=None).order_by("-id"))
    secret = key_files.find_or_make(purpose, used_before=bool(listed))
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public = key.public_key().public_bytes_raw()
    for known in listed:
        if bytes(known.public_key) == public:
            return key, known
    if listed:
        raise KeyMissing(f"the {purpose} key found is not the listed one ({listed[0].key_id})")
    return key, _list(purpose, public)


def _list(purpose: str, public: bytes) -> SigningKey:
    name = origin() if purpose == "checkpoint" else f"{origin()}/{purpose}"
    added, new = SigningKey.objects.get_or_create(
        purpose=purpose,
        public_key=public,
        defaults={
            "name": name,
            "key_id": note.key_id(name, public).hex(),
            "since": timezone.now(),
        },
    )
    if new:
        record(events.KEY_ADDED, by="system:trail", subject=added, detail=described(added))
    return added


def described(key: SigningKey) -> dict[str, Any]:
    """What is recorded of a key when it is listed."""
    vkey = note.verifier_key(key.name, bytes(key.public_key))
    return {"purpose": key.purpose, "vkey": vkey, "key_id": key.key_id, "since": key.since}


def _tagged(purpose: str, message: bytes) -> bytes:
    """A checkpoint is signed as C2SP says; every other message says what it is signed for."""
    return message if purpose == "checkpoint" else f"assay/{purpose}\n".encode() + message
