"""Canonical bytes, notes and sealed payloads."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trail.log import note
from trail.log.canonical import as_text, canonical, canonical_plain, read
from trail.log.payload import Unopenable, commitment, seal, unseal

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_the_fast_way_writes_the_bytes_rfc8785_writes(value):
    assert canonical_plain(value) == canonical(value)


@given(ANY)
def test_any_value_becomes_text_that_reads_back_unchanged(value):
    plain = as_text(value)
    assert read(canonical_plain(plain)) == plain


@pytest.mark.parametrize(
    ("value", "text"),
    # RFC 8785, section 3.2.2 and appendix B.
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"\u20ac": "\u000f\n\"\\", "\r": 1}, '{"\\r":1,"€":"\\u000f\\n\\"\\\\"}'),
        (333333333.33333329, "333333333.3333333"),
        (1e30, "1e+30"),
    ],
)  # fmt: skip
def test_canonical_bytes_are_those_of_the_rfc(value, text):
    assert canonical(value).decode() == text


def test_numbers_that_are_not_whole_are_read_as_the_text_they_were():
    assert read('{"a": 0.10, "b": 12345678901234567890, "c": 3}') == {
        "a": "0.10",
        "b": "12345678901234567890",
        "c": 3,
    }


def test_a_note_says_what_was_signed_and_by_whom():
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    body = note.CheckpointBody("example.org/log", 42, bytes(range(32)))
    signed = note.sign_note(note.body_text(body), name="example.org/log", key=key)
    assert note.read_checkpoint(signed) == body
    assert note.is_signed_by(signed, name="example.org/log", public_key=public)
    assert not note.is_signed_by(signed, name="example.org/other", public_key=public)
    assert not note.is_signed_by(
        signed.replace("\n42\n", "\n43\n"), name=body.origin, public_key=public
    )


def test_the_key_id_is_the_one_c2sp_gives():
    """The example key of golang.org/x/mod/sumdb/note, whose id is in its verifier key."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, identity, material = vkey.split("+")
    raw = base64.b64decode(material)
    assert note.key_id(name, raw[1:]).hex() == identity
    assert note.verifier_key(name, raw[1:]) == vkey


def test_a_note_of_another_implementation_is_accepted():
    """From the documentation of golang.org/x/mod/sumdb/note."""
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
        "otpRZb6KE6RyyBwJnAM=\n"
    )
    key = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    assert note.is_signed_by(text, name="PeterNeumann", public_key=key)


@pytest.mark.parametrize("text", ["", "a\n1\n", "a\n01\nAAAA\n\n", "a\nx\nAAAA\n\n", "a\n1\n!\n\n"])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(note.MalformedNote):
        note.read_checkpoint(text)


def test_a_payload_opens_with_its_own_key_only():
    sealed = seal(b"k" * 32, b"n" * 12, b"secret")
    assert unseal(b"k" * 32, b"n" * 12, sealed) == b"secret"
    with pytest.raises(Unopenable):
        unseal(b"l" * 32, b"n" * 12, sealed)
    with pytest.raises(Unopenable):
        unseal(b"k" * 32, b"n" * 12, sealed[:-1] + b"x")


def test_the_salt_hides_a_payload_that_could_be_guessed():
    assert commitment(b"a" * 16, b"yes") != commitment(b"b" * 16, b"yes")


def test_json_in_envelopes_is_plain_json():
    assert json.loads(canonical_plain({"é": ["ü"]})) == {"é": ["ü"]}
