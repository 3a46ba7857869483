"""One byte changed anywhere is found, and the place is named."""

import json
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from models_registry.models import Environment
from people.models import Team
from trail import capture_sql
from trail import services as trail
from trail.models import Checkpoint, Entry, Head, SigningKey, VerificationRecord
from trail.services import checks
from trail.services.checks import Fault

pytestmark = pytest.mark.django_db
BYTES = {"sqlite": f"x'{'00' * 32}'", "postgresql": f"decode('{'00' * 32}', 'hex')"}
FALSE = {"sqlite": "0", "postgresql": "false"}
BYTE = {"sqlite": "CAST('x' AS BLOB)", "postgresql": "'x'::bytea"}


@pytest.fixture(autouse=True)
def history(db):
    Team.objects.bulk_create([Team(name=str(n), slug=str(n)) for n in range(300)])
    trail.sequence()
    Team.objects.filter(slug="7").update(name="seven")
    Environment.objects.create(name="staging")
    trail.sequence()
    assert trail.verify().faults == []


def first(**wanted):
    return Entry.objects.filter(**wanted).order_by("index").first().index


def flip(tamper, table, column, where):
    """Change the last byte of a binary column."""
    if connection.vendor == "sqlite":
        changed = f"CAST(substr({column}, 1, length({column}) - 1) || CAST('~' AS BLOB) AS BLOB)"
    else:
        changed = f"set_byte({column}, length({column}) - 1, 126)"
    tamper(f"UPDATE {table} SET {column} = {changed} WHERE {where}")


@pytest.mark.parametrize("column", ["envelope", "leaf_hash"])
def test_a_byte_of_an_entry(tamper, places, column):
    flip(tamper, "trail_entry", column, '"index" = 17')
    assert "entry 17" in places()[0]


def test_an_entry_rewritten_with_its_leaf_hash_is_placed_by_the_tile(tamper):
    envelope = bytes(Entry.objects.get(index=17).envelope).replace(b"success", b"refused")
    leaf = sha256(b"\x00" + envelope).digest()
    tamper(
        "UPDATE trail_entry SET envelope = %s, leaf_hash = %s, outcome = 'refused' "
        'WHERE "index" = 17',
        envelope, leaf,
    )  # fmt: skip
    faults = trail.verify().faults
    assert any("entry 17" in str(fault) and "tile 0/0" in fault.place for fault in faults)
    assert any(fault.place.startswith("checkpoint") for fault in faults)


@pytest.mark.parametrize(
    "column",
    ["event", "actor", "subject_type", "subject_id", "request_id", "run_id", "outcome"],
)
def test_an_indexed_column(tamper, column):
    tamper(f"UPDATE trail_entry SET {column} = 'x' WHERE \"index\" = 21")
    [fault] = trail.verify().faults
    assert fault.place == "entry 21"
    assert f"column {column} is 'x'" in fault.message


def test_the_time_of_an_entry(tamper, places):
    tamper("UPDATE trail_entry SET occurred_at = '2001-01-01 00:00:00' WHERE \"index\" = 21")
    assert places() == ["entry 21"]


@pytest.mark.parametrize("column", ["ciphertext", "salt", "nonce"])
def test_a_byte_of_a_payload(tamper, places, column):
    flip(tamper, "trail_payload", column, "entry_id = 33")
    assert places()[0] == "payload 33"


def test_a_payload_that_is_gone(tamper):
    tamper("DELETE FROM trail_payload WHERE entry_id = 33")
    assert "payload 33: is missing, and no erasure was recorded" in map(str, trail.verify().faults)


def test_a_key_of_a_subject(tamper, places):
    flip(tamper, "trail_subject_key", "key", "subject_ref = 'people.team:999999999'")
    assert places() == []
    pk = Entry.objects.get(index=33).payload.subject_key_id
    flip(tamper, "trail_subject_key", "key", f"id = {pk}")
    assert "payload 33" in places()


def test_a_tile(tamper, places):
    flip(tamper, "trail_tile", "hashes", "level = 0 AND number = 0")
    assert places() == ["tile 0/0.256"]
    tamper("DELETE FROM trail_tile WHERE level = 0")
    assert "tile 0/0.256" in places()


def test_a_checkpoint(tamper, places):
    size = Checkpoint.objects.order_by("size").first().size
    flip(tamper, "trail_checkpoint", "root", f"size = {size}")
    assert places() == [f"checkpoint {size}"]
    tamper("UPDATE trail_checkpoint SET note = replace(note, 'assay', 'ASSAY')")
    assert f"checkpoint {size}" in places()


def test_an_entry_deleted(tamper, places):
    tamper("DELETE FROM trail_payload WHERE entry_id = 40")
    tamper('DELETE FROM trail_entry WHERE "index" = 40')
    assert "entry 40" in places()


def test_two_entries_swapped(tamper, places):
    held = {entry.index: entry for entry in Entry.objects.filter(index__in=(40, 41))}
    for to, other in ((40, held[41]), (41, held[40])):
        tamper(
            "UPDATE trail_entry SET envelope = %s, leaf_hash = %s, subject_id = %s, "
            'occurred_at = %s WHERE "index" = %s',
            *(other.envelope, other.leaf_hash, other.subject_id),
            *(connection.ops.adapt_datetimefield_value(other.occurred_at), to),
        )
    assert {"payload 40", "payload 41", "tile 0/0.256"} <= set(places())


def test_the_tail_cut(tamper, places):
    last = Head.objects.get().size - 1
    tamper(f"DELETE FROM trail_payload WHERE entry_id = {last}")
    tamper(f'DELETE FROM trail_entry WHERE "index" = {last}')
    assert f"entry {last}" in places()
    tamper(f"UPDATE trail_head SET size = {last}")
    assert places()


def test_a_governed_row_changed_with_the_triggers_off(tamper):
    pk = Team.objects.get(slug="9").pk
    tamper(f"UPDATE people_team SET name = 'Nine' WHERE id = {pk}")
    [fault] = trail.verify().faults
    made = first(subject_type="people.team", subject_id=str(pk))
    assert str(fault) == f"people_team {pk}: is not what the trail says since entry {made}"


def test_a_governed_row_changed_back_later_is_found_by_its_history(tamper):
    pk = Team.objects.get(slug="9").pk
    tamper(f"UPDATE people_team SET name = 'Nine' WHERE id = {pk}")
    Team.objects.filter(pk=pk).update(name="9")
    assert any("was changed without an entry" in fault.message for fault in trail.verify().faults)


def test_governed_rows_that_came_or_went_with_the_triggers_off(tamper, places):
    tamper("INSERT INTO people_team (id, name, slug) VALUES (900000, 'X', 'x')")
    tamper("DELETE FROM models_registry_environment")
    assert sorted(place.partition(" ")[0] for place in places()) == [
        "models_registry_environment",
        "people_team",
    ]


def test_a_trigger_that_is_gone_is_named(places):
    name = max(capture_sql.dialect(connection).wanted())
    with connection.cursor() as cursor:
        capture_sql.dialect(connection).drop(cursor, {name})
    assert places() == [f"trigger {name}"]


def test_the_checks_of_other_apps_are_carried_out_and_a_broken_one_is_a_fault(monkeypatch):
    def speaks():
        yield Fault("blob 12", "is not there")

    def breaks():
        raise OSError("no disk")
        yield

    monkeypatch.setattr(checks, "_checks", {"speaks": speaks, "breaks": breaks})
    faults = [str(fault) for fault in trail.verify().faults]
    assert faults[0] == "blob 12: is not there"
    assert faults[1].startswith("breaks: the check could not be carried out")


def test_the_command_says_so_and_leaves_with_0(history):
    out = StringIO()
    call_command("verify_trail", stdout=out)
    assert "The trail verifies" in out.getvalue()
    kept = VerificationRecord.objects.get()
    assert kept.ok
    trail.sequence()
    assert Entry.objects.filter(event="trail.log.verified", outcome="success").exists()


def test_the_command_names_the_place_and_leaves_with_1(tamper):
    flip(tamper, "trail_entry", "envelope", '"index" = 17')
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("verify_trail", "--json", stdout=out)
    assert left.value.code == 1
    assert json.loads(out.getvalue())["faults"][0]["place"] == "entry 17"


def test_misuse_of_the_command_is_said(history):
    with pytest.raises(CommandError):
        call_command("verify_trail", "--quickly")


@pytest.mark.sqlite
def test_bytes_that_are_no_text_are_a_fault_and_no_crash(tamper, places):
    tamper("UPDATE trail_entry SET event = CAST(x'ff' AS TEXT) WHERE \"index\" = 3")
    assert places()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "'x'"), ("public_key", BYTES), ("key_id", "'00000000'"),
        ("since", "'2001-01-01 00:00:00'"), ("until", "'2031-01-01 00:00:00'"),
    ],
)  # fmt: skip
def test_a_signing_key_that_is_not_the_one_listed(tamper, places, column, value):
    key = certificate_key()
    value = value[connection.vendor] if isinstance(value, dict) else value
    tamper(f"UPDATE trail_signing_key SET {column} = {value} WHERE id = {key}")
    assert places() == [f"signing key {key}"]


def test_a_signing_key_slipped_in_or_taken_away(tamper, places):
    key = certificate_key()
    tamper(
        "INSERT INTO trail_signing_key (id, name, purpose, public_key, key_id, since) SELECT "
        f"900000, name, 'x', public_key, key_id, since FROM trail_signing_key WHERE id = {key}"
    )
    tamper(f"DELETE FROM trail_signing_key WHERE id = {key}")
    assert sorted(places()) == [f"signing key {key}", "signing key 900000"]


def certificate_key():
    trail.sign("certificate", b"")
    assert trail.verify().faults == []
    return SigningKey.objects.get(purpose="certificate").pk


def test_a_verification_that_is_not_as_it_was_recorded(tamper, places):
    call_command("verify_trail", stdout=StringIO())
    kept = VerificationRecord.objects.get()
    assert places() == []
    tamper(f"UPDATE trail_verification SET ok = {FALSE[connection.vendor]}")
    assert places() == [f"verification {kept.pk}"]
    tamper("DELETE FROM trail_verification")
    assert places() == [f"verification {kept.pk}"]


def test_a_table_that_is_said_to_be_captured_otherwise(places):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM trail_captured_table WHERE table_name = 'people_team'")
    assert places() == ["captured table people_team"]


def test_the_time_of_a_checkpoint(tamper, places):
    size = Checkpoint.objects.order_by("size").first().size
    tamper(f"UPDATE trail_checkpoint SET signed_at = '2001-01-01 00:00:00' WHERE size = {size}")
    assert places() == [f"checkpoint {size}"]


def test_the_last_bits_of_a_signature(tamper, places):
    newest = trail.newest_checkpoint()
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = digits[digits.index(newest.note[-3]) ^ 1]
    note = f"{newest.note[:-3]}{last}{newest.note[-2:]}"
    tamper(f"UPDATE trail_checkpoint SET note = %s WHERE size = {newest.size}", note)
    assert f"checkpoint {newest.size}" in places()


def test_a_key_of_another_subject(tamper, places):
    pk = Entry.objects.get(index=33).payload.subject_key_id
    tamper(f"UPDATE trail_subject_key SET subject_ref = 'people.team:0' WHERE id = {pk}")
    assert places()[0] == "payload 33"


def test_the_tail_cut_and_the_head_put_back_after_a_verification(tamper, places):
    before = Head.objects.get()
    call_command("verify_trail", stdout=StringIO())
    trail.sequence()
    assert Head.objects.get().size > before.size
    tamper(f"DELETE FROM trail_payload WHERE entry_id >= {before.size}")
    tamper(f'DELETE FROM trail_entry WHERE "index" >= {before.size}')
    tamper(f"DELETE FROM trail_checkpoint WHERE size > {before.size}")
    tamper("UPDATE trail_head SET size = %s, edge = %s", before.size, bytes(before.edge))
    assert places() == [f"verification {VerificationRecord.objects.get().pk}"]
