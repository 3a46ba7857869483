"""Payloads: what an envelope commits to, sealed under the key of whom it is about."""

from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_LENGTH = 16
NONCE_LENGTH = 12


class Unopenable(ValueError):
    """The sealed payload does not open with this key."""


def commitment(salt: bytes, payload: bytes) -> bytes:
    """What the envelope says of the payload; without the salt nobody can guess back from it."""
    return sha256(b"\x02" + salt + payload).digest()


def seal(key: bytes, nonce: bytes, payload: bytes) -> bytes:
    """Encrypt with AES-256-GCM."""
    return AESGCM(key).encrypt(nonce, payload, None)


def unseal(key: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    """Decrypt what `seal` made. Raises Unopenable."""
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, None)
    except (InvalidTag, ValueError) as error:
        raise Unopenable("key, nonce or ciphertext are not those of the sealing") from error
