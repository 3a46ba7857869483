"""Numbers without gaps, roots that grow from one another, keys that are never replaced."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from people.models import Team
from trail import services as trail
from trail.errors import KeyMissing
from trail.log import merkle, note, proofs
from trail.models import Checkpoint, Entry, Head, InboxRow, SigningKey, Tile
from trail.services import key_files, sequencing, subject_keys
from trail.services.happenings import InboxLine, from_line
from trail.services.reading import payload_of

pytestmark = pytest.mark.django_db


def teams(first, count):
    Team.objects.bulk_create(
        [Team(name=f"t{n}", slug=f"t{n}") for n in range(first, first + count)]
    )


def leaves():
    found = Entry.objects.order_by("index").values_list("leaf_hash", flat=True)
    return [bytes(leaf) for leaf in found]


def test_numbers_follow_one_another_from_nought():
    for round_ in range(4):
        teams(round_ * 100, 90)
        trail.sequence()
    assert list(Entry.objects.order_by("index").values_list("index", flat=True)) == list(
        range(Head.objects.get().size)
    )
    assert trail.verify().ok


def test_every_checkpoint_is_consistent_with_every_later_one():
    for round_ in range(6):
        teams(round_ * 100, 7 + round_)
        trail.sequence()
    hashes = leaves()
    signed = list(Checkpoint.objects.order_by("size"))

    def node_at(level, number):
        return merkle.root_of(hashes[number << level : (number + 1) << level])

    for at, old in enumerate(signed):
        for new in signed[at:]:
            proof = proofs.consistency_proof(old.size, new.size, node_at)
            proofs.check_consistency(old.size, new.size, bytes(old.root), bytes(new.root), proof)


def test_a_checkpoint_is_a_note_signed_by_the_listed_key():
    teams(0, 3)
    trail.sequence()
    newest, key = trail.newest_checkpoint(), SigningKey.objects.get(purpose="checkpoint")
    assert note.is_signed_by(newest.note, name=key.name, public_key=bytes(key.public_key))
    said = note.read_checkpoint(newest.note)
    assert (said.size, said.root) == (newest.size, merkle.root_of(leaves()[: newest.size]))


def test_nothing_to_number_signs_nothing():
    trail.sequence()
    before = Checkpoint.objects.count()
    assert trail.sequence() == 0
    assert Checkpoint.objects.count() == before


def test_tiles_are_kept_in_whatever_batches_they_grow(monkeypatch):
    monkeypatch.setattr(sequencing, "BATCH", 97)
    for round_ in range(3):
        teams(round_ * 1000, 311)
        trail.sequence()
    assert Tile.objects.filter(level=0).count() == Head.objects.get().size // 256
    assert trail.verify().faults == []


def test_the_first_use_of_a_key_is_recorded(entries):
    entries()
    trail.sign("certificate", b"x")
    [entry] = [e for e in entries(event="trail.key.added") if _purpose(e) == "certificate"]
    assert entry.actor == "system:trail"


def test_a_signature_holds_for_its_message_purpose_and_key_alone():
    signed = trail.sign("certificate", b"message")
    check = trail.check_signature
    assert check("certificate", b"message", signed.signature_hex, signed.key_id)
    assert not check("certificate", b"other", signed.signature_hex, signed.key_id)
    assert not check("checkpoint", b"message", signed.signature_hex, signed.key_id)
    assert not check("certificate", b"message", signed.signature_hex, "00000000")
    assert not check("certificate", b"message", "no signature", signed.key_id)


def test_a_key_file_is_for_its_owner_alone():
    trail.sign("certificate", b"x")
    path = key_files.folder() / "certificate.key"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_key_is_refused_never_replaced(settings, tmp_path):
    trail.sign("certificate", b"x")
    settings.ASSAY_KEYS, settings.ASSAY_KEYS_DIR = {}, tmp_path
    with pytest.raises(KeyMissing, match="used before"):
        trail.sign("certificate", b"x")
    assert not list(tmp_path.iterdir())


def test_another_key_than_the_listed_one_is_refused(settings):
    trail.sign("certificate", b"x")
    settings.ASSAY_KEYS = {"certificate": "11" * 32}
    with pytest.raises(KeyMissing, match="not the listed one"):
        trail.sign("certificate", b"x")


def test_the_payload_key_cannot_be_exchanged(settings):
    teams(0, 1)
    trail.sequence()
    subject_keys.unwrap.cache_clear()
    settings.ASSAY_KEYS = {"payload": "22" * 32}
    assert trail.verify().faults


@pytest.mark.django_db(transaction=True)
def test_two_sequencers_number_everything_once():
    written = 1500
    before = Entry.objects.filter(subject_type="people.team").count()
    teams(0, written)
    with _left_to_sequencers():
        for n in range(20):
            teams(10_000 + 10 * n, 10)
        results = _in_threads(trail.sequence, trail.sequence, _more_teams)
    assert results == []
    trail.sequence()
    numbered = Entry.objects.filter(subject_type="people.team").count() - before
    assert numbered == written + 200 + 200
    assert trail.verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_old_values_are_true_though_eight_writers_change_one_row(entries):
    """Verification follows each row from change to change; a false old value would break it."""
    with _left_to_sequencers():
        team = Team.objects.create(name="start", slug="one")
        assert _in_threads(*[partial(_rename_often, team.pk, who) for who in range(8)]) == []
    renamed = {"event": "trail.row.updated", "subject_type": "people.team"}
    changed = [payload_of(e)["changed"]["name"] for e in entries(**renamed)]
    assert len(changed) == 8 * 15
    assert [old for old, _ in changed] == ["start", *(new for _, new in changed[:-1])]
    assert trail.verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_in_the_embedded_default_a_commit_is_numbered_at_once(settings):
    settings.ASSAY_SEQUENCE_AFTER_COMMIT = True
    with transaction.atomic():
        Team.objects.create(name="One", slug="one")
    assert not InboxRow.objects.exists()
    assert Entry.objects.filter(subject_type="people.team").count() == 1


@pytest.mark.django_db(transaction=True)
def test_sequencing_that_fails_after_commit_does_not_fail_the_caller(settings, monkeypatch):
    settings.ASSAY_SEQUENCE_AFTER_COMMIT = True

    def missing(purpose):
        raise KeyMissing(purpose)

    with monkeypatch.context() as patch:
        patch.setattr(sequencing.keys, "signing_key", missing)
        Team.objects.create(name="One", slug="one")
    assert Team.objects.filter(slug="one").exists()
    assert InboxRow.objects.exists()
    trail.sequence()
    assert trail.verify().ok


class WhateverStandsInTheInbox(TestCase):
    """Rows written past us may hold anything; they are numbered all the same."""

    @settings(deadline=None, max_examples=60)
    @given(st.text(), st.text(), st.text(max_size=20), st.sampled_from(["row", "service"]))
    def test_it_becomes_an_entry(self, context, body, at, source):
        line = InboxLine(1, source, "x.y.z", "people.team", "1", "", "success", at, context, body)
        assert from_line(line, sequencing.timezone.now()).envelope["event"] == "x.y.z"

    @settings(deadline=None, max_examples=30)
    @given(
        st.sampled_from(
            ['{"old":3,"new":[]}', '{"new":{"a":1e999}}', "[]", '{"a":"\\ud800"}', "[" * 9999]
        )
    )
    def test_broken_images_become_entries(self, body):
        line = InboxLine(1, "row", "trail.row.updated", "x", "1", "", "success", "", "3", body)
        assert from_line(line, sequencing.timezone.now()).payload


def _purpose(entry):
    return payload_of(entry)["detail"]["purpose"]


def _rename_often(pk, who):
    for turn in range(15):
        team = Team.objects.get(pk=pk)
        team.name = f"{who}-{turn}"
        team.save()


def _more_teams():
    for n in range(20):
        teams(50_000 + 10 * n, 10)


def _left_to_sequencers():
    return override_settings(ASSAY_SEQUENCE_AFTER_COMMIT=False)


def _in_threads(*works):
    wrong = []

    def carry_out(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=carry_out, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong
