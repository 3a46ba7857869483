"""Whatever way a row is changed, the trail holds what it was and what it became."""

import sqlite3

import psycopg
import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from audits.models import Run
from governance.models import Control, Framework, Requirement
from models_registry.models import Environment
from people.models import Grant, Team, User
from trail import capture_sql, declarations
from trail import services as trail
from trail.models import Entry, InboxRow

TEAM = "people.team"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db):
    return User.objects.create(username="ada", email="ada@example.org", first_name="Ada")


@pytest.fixture
def team(db):
    return Team.objects.create(name="One", slug="one")


@pytest.fixture
def requirement(db):
    law = Framework.objects.create(slug="law", title="Law")
    return Requirement.objects.create(
        framework=law, slug="r", title="R", text="t", citation="c", basis="law"
    )


def test_create(changes, db):
    changes(TEAM)
    made = Team.objects.create(name="One", slug="one")
    [(event, payload)] = changes(TEAM)
    assert event == "inserted"
    assert payload["new"] == {"id": made.pk, "name": "One", "slug": "one"}


def test_save(changes, team):
    changes(TEAM)
    team.name = "Two"
    team.save()
    [(event, payload)] = changes(TEAM)
    assert (event, payload["changed"]) == ("updated", {"name": ["One", "Two"]})


def test_save_with_update_fields(changes, team):
    changes(TEAM)
    team.name, team.slug = "Two", "two"
    team.save(update_fields=["slug"])
    assert [p["changed"] for _, p in changes(TEAM)] == [{"slug": ["one", "two"]}]


def test_save_with_an_expression(changes, team):
    changes(TEAM)
    team.name = Concat(F("name"), Value("!"))
    team.save()
    assert [p["changed"] for _, p in changes(TEAM)] == [{"name": ["One", "One!"]}]


def test_update_or_create(changes, team):
    changes(TEAM)
    Team.objects.update_or_create(slug="one", defaults={"name": "Two"})
    Team.objects.update_or_create(slug="three", defaults={"name": "Three"})
    assert [event for event, _ in changes(TEAM)] == ["updated", "inserted"]


def test_queryset_update(changes, team):
    Team.objects.create(name="Three", slug="three")
    changes(TEAM)
    Team.objects.update(name=Concat("slug", Value("-x")))
    assert sorted(p["changed"]["name"] for _, p in changes(TEAM)) == [
        ["One", "one-x"],
        ["Three", "three-x"],
    ]


def test_bulk_create(changes, db):
    changes(TEAM)
    Team.objects.bulk_create([Team(name=str(n), slug=str(n)) for n in range(5)])
    assert [event for event, _ in changes(TEAM)] == ["inserted"] * 5


def test_bulk_update(changes, team):
    changes(TEAM)
    team.name = "Two"
    Team.objects.bulk_update([team], ["name"])
    assert [p["changed"] for _, p in changes(TEAM)] == [{"name": ["One", "Two"]}]


def test_raw_sql_within_django(changes, team):
    changes(TEAM)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_team SET name = %s", ["Two"])
    assert [p["changed"] for _, p in changes(TEAM)] == [{"name": ["One", "Two"]}]


@pytest.mark.django_db(transaction=True)
def test_sql_from_outside_is_captured_and_attributed_to_nobody(entries):
    team = Team.objects.create(name="One", slug="one")
    with trail.acting(by="system:somebody"):
        Team.objects.filter(pk=team.pk).update(name="Two")
    _from_outside("UPDATE people_team SET name = 'Three'")
    mine, theirs = entries(subject_type=TEAM, event="trail.row.updated")
    assert mine.actor == "system:somebody"
    assert theirs.actor.partition(":")[0] == "unattributed"
    assert trail.verify().ok


def test_many_to_many_add_set_and_clear(changes, requirement):
    first, second = (Control.objects.create(slug=s, title=s) for s in "ab")
    through = "governance.requirement_controls"
    changes(through)
    requirement.controls.add(first)
    requirement.controls.set([second])
    requirement.controls.clear()
    assert [event for event, _ in changes(through)] == [
        "inserted",
        "deleted",
        "inserted",
        "deleted",
    ]


def test_delete(changes, team):
    changes(TEAM)
    team.delete()
    [(event, payload)] = changes(TEAM)
    assert (event, payload["old"]["name"]) == ("deleted", "One")


def test_queryset_delete_and_raw_delete(changes, team):
    Team.objects.create(name="Two", slug="two")
    changes(TEAM)
    Team.objects.filter(slug="one").delete()
    Team.objects.filter(slug="two")._raw_delete("default")
    assert [p["old"]["slug"] for _, p in changes(TEAM)] == ["one", "two"]


def test_cascade(changes, team, ada):
    Grant.objects.create(user=ada, team=team, role="owner")
    changes("people.grant")
    team.delete()
    assert [event for event, _ in changes("people.grant")] == ["deleted"]


@pytest.mark.sqlite
def test_insert_or_replace_is_captured_both_ways(changes, team):
    changes(TEAM)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO people_team (id, name, slug) VALUES (%s, 'Two', 'two')",
            [team.pk],
        )
    assert [event for event, _ in changes(TEAM)] == ["deleted", "inserted"]


def test_an_update_that_changes_nothing_is_no_happening(changes, team):
    changes(TEAM)
    team.save()
    Team.objects.update(name=F("name"))
    assert changes(TEAM) == []


def test_a_changed_primary_key_is_one_row_gone_and_one_come(changes, team):
    changes(TEAM)
    Team.objects.filter(pk=team.pk).update(id=team.pk + 1000)
    assert [event for event, _ in changes(TEAM)] == ["deleted", "inserted"]
    assert trail.verify().ok


def test_columns_left_out_are_never_captured(changes, ada):
    changes("people.user")
    ada.set_password("a long Passphrase 1!")
    ada.save()
    assert changes("people.user") == []
    assert not InboxRow.objects.filter(body__contains="argon2").exists()


def test_no_personal_data_stands_in_the_hashed_bytes(entries, ada):
    for entry in entries(subject_type="people.user"):
        assert b"ada@example.org" not in bytes(entry.envelope)
        assert b"ada@example.org" not in bytes(entry.payload.ciphertext)


def test_what_is_about_a_person_is_sealed_under_the_persons_key(entries, ada, team):
    Grant.objects.create(user=ada, team=team, role="owner")
    [entry] = entries(subject_type="people.grant", event="trail.row.inserted")
    assert entry.payload.subject_key.subject_ref == f"people.user:{ada.pk}"


def test_a_change_rolled_back_leaves_nothing(entries, team):
    before = len(entries())
    with transaction.atomic():
        team.delete()
        transaction.set_rollback(True)
    assert len(entries()) == before


def test_a_failed_save_leaves_no_entry(entries, team):
    before = len(entries())
    with pytest.raises(IntegrityError), transaction.atomic():
        Team.objects.create(name="Two", slug="one")
    assert len(entries()) == before


def test_every_model_of_ours_has_a_decision():
    ours = ("people", "models_registry", "governance", "audits", "trail")
    undecided = [
        model._meta.label
        for label in ours
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if declarations.decision_for(model) is None
    ]
    assert undecided == []


def test_the_triggers_are_in_step_and_a_missing_one_is_named(db, tamper):
    assert capture_sql.differences(connection) == {}
    name = min(capture_sql.dialect(connection).wanted())
    with connection.cursor() as cursor:
        capture_sql.dialect(connection).drop(cursor, {name})
    assert capture_sql.differences(connection) == {name: "missing"}
    capture_sql.install(connection)
    assert capture_sql.differences(connection) == {}


def test_installing_again_changes_nothing(entries, db):
    before = len(entries())
    capture_sql.install(connection)
    assert len(entries()) == before


def test_a_table_that_gains_a_column_is_adopted_anew(entries, team, tamper):
    tamper("DELETE FROM trail_captured_table WHERE table_name = 'people_team'")
    adopted = entries(subject_type=TEAM, event="trail.row.adopted")
    assert [entry.subject_id for entry in adopted] == [str(team.pk)]
    assert trail.verify().ok


def test_every_kind_of_column_replays(ada, team):
    """JSON with floats and large numbers, decimals, truth values, times, NULL, odd text."""
    odd = {"a": 0.1, "b": 10**20, "ü": [None, True, "\u2028😀"]}
    run = Run.objects.create(
        kind="train",
        team=team,
        spec=odd,
        spec_digest="0" * 64,
        subject_type="x",
        subject_id="1",
        subject_label="\"\\ '",
        requested_by=ada,
    )
    run.started_at, run.result, run.error = timezone.now(), {"c": 1e-300}, "line\nline"
    run.save()
    assert trail.verify().faults == []


def test_a_group_of_django_itself_is_not_governed(entries, db):
    before = len(entries())
    Group.objects.create(name="g")
    assert len(entries()) == before


def test_environments_are_governed(changes, db):
    changes("models_registry.environment")
    Environment.objects.create(name="staging")
    assert len(changes("models_registry.environment")) == 1
    assert Entry.objects.exists()


def _from_outside(sql: str) -> None:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        outside = sqlite3.connect(settings["NAME"])
    else:
        names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
        names["PASSWORD"] = "password"
        outside = psycopg.connect(**{to: settings[n] for n, to in names.items() if settings[n]})
    outside.execute(sql)
    outside.commit()
    outside.close()
