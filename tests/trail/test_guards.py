"""What is written cannot be changed: by a model, a queryset, SQL, or REPLACE."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from people.models import Team
from trail import services as trail
from trail.errors import TrailIsAppendOnly
from trail.models import Checkpoint, Entry, InboxRow, Payload, SigningKey, Tile

pytestmark = pytest.mark.django_db
KEPT = (
    "trail_entry", "trail_payload", "trail_checkpoint", "trail_tile", "trail_subject_key",
    "trail_head", "trail_inbox", "trail_signing_key",
)  # fmt: skip
A_COLUMN = {
    "trail_entry": "actor = 'x'",
    "trail_payload": "salt = NULL",
    "trail_checkpoint": "note = 'x'",
    "trail_tile": "width = 1",
    "trail_subject_key": "subject_ref = 'x'",
    "trail_head": "size = 0",
    "trail_inbox": "actor = 'x'",
    "trail_signing_key": "name = 'x'",
}


@pytest.fixture(autouse=True)
def written(db):
    Team.objects.bulk_create([Team(name=str(n), slug=str(n)) for n in range(300)])
    trail.sequence()
    Team.objects.create(name="waiting", slug="waiting")


def run(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("model", [Entry, Payload, Checkpoint, Tile])
def test_the_models_refuse(model):
    one = model.objects.first()
    for attempt in (one.save, one.delete, model.objects.all().delete, model.objects.update):
        with pytest.raises(TrailIsAppendOnly):
            attempt()
    with pytest.raises(TrailIsAppendOnly):
        model.objects.bulk_update([one], ["pk"])


@pytest.mark.parametrize("table", KEPT)
def test_the_database_refuses_update_and_delete(table):
    with pytest.raises(DatabaseError, match=table):
        run(f"UPDATE {table} SET {A_COLUMN[table]}")
    with pytest.raises(DatabaseError, match=table):
        run(f"DELETE FROM {table}")


@pytest.mark.postgresql
@pytest.mark.parametrize("table", KEPT)
def test_postgresql_refuses_truncate(table):
    with pytest.raises(DatabaseError, match="trail_"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "table",
    ["trail_entry", "trail_payload", "trail_checkpoint", "trail_tile", "trail_head"],
)
def test_sqlite_refuses_replace(table):
    with pytest.raises(DatabaseError, match=table):
        run(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize("table", ["trail_entry", "trail_payload", "trail_checkpoint"])
def test_only_the_sequencer_inserts(table):
    with pytest.raises(DatabaseError, match="only the sequencer"):
        run(f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1")


def test_only_the_end_of_a_key_is_set_and_only_once():
    keys = SigningKey.objects.filter(purpose="checkpoint")
    keys.update(until=timezone.now())
    with pytest.raises(DatabaseError, match="once"), transaction.atomic():
        keys.update(until=None)


def test_the_inbox_takes_rows_and_gives_none_back():
    with pytest.raises(DatabaseError, match="sequencer"), transaction.atomic():
        InboxRow.objects.all().delete()
    assert InboxRow.objects.count() == 1
