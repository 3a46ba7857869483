"""Recipes and snapshots: numbered, known by digest, and where they came from."""

from typing import Any

import pytest

from models_registry import events
from models_registry.models import Dataset, Lineage, Recipe, Snapshot
from models_registry.services import blobs, downloads, recipes, snapshots
from people.errors import Malformed, NotPermitted
from people.models import Team, User
from tests.models_registry.conftest import STEPS, parquet_bytes, stored_file
from tests.models_registry.told import told

OTHER = [{"step": "drop_columns", "columns": ["a"]}]


def test_a_recipe_keeps_its_steps_with_every_default(recipe: Recipe) -> None:
    assert recipe.steps == [{"step": "drop_duplicates", "columns": []}]
    assert told(events.RECIPE_CREATED)[0]["detail"]["digest"] == recipe.digest


def test_the_same_steps_again_are_the_same_recipe(team: Team, recipe: Recipe, owner: User) -> None:
    assert recipes.create(team=team, name="Clean", steps=STEPS, by=owner) == recipe
    changed = recipes.create(team=team, name="Clean", steps=OTHER, by=owner)
    assert (changed.number, changed.digest == recipe.digest) == (2, False)


def test_steps_that_cannot_be_read_are_refused(team: Team, owner: User) -> None:
    with pytest.raises(Malformed, match="step 1"):
        recipes.create(team=team, name="Clean", steps=[{"step": "guess"}], by=owner)
    assert not Recipe.objects.exists()


def test_only_owners_declare_recipes(team: Team, mallory: User, steward: User) -> None:
    for person in (mallory, steward):
        with pytest.raises(NotPermitted, match="may not declare recipes"):
            recipes.create(team=team, name="Clean", steps=STEPS, by=person)


def register(dataset: Dataset, by: User, **more: Any) -> Snapshot:
    blob = blobs.put(parquet_bytes(a=[1]))
    return snapshots.register(dataset=dataset, blob=blob, rows=1, columns=[{}], by=by, **more)


def test_snapshots_are_numbered_and_name_their_parents(
    snapshot: Snapshot, dataset: Dataset, recipe: Recipe, owner: User
) -> None:
    child = register(dataset, owner, part="train", parents=[(snapshot, recipe)])
    assert (snapshot.number, child.number) == (1, 2)
    assert list(child.came_from.values_list("parent", "recipe")) == [(snapshot.pk, recipe.pk)]
    said = told(events.SNAPSHOT_REGISTERED)[1]["detail"]
    assert said["parents"] == [{"snapshot": snapshot.digest, "recipe": recipe.digest}]


def test_a_stranger_registers_no_snapshot(dataset: Dataset, mallory: User) -> None:
    with pytest.raises(NotPermitted):
        register(dataset, mallory)
    assert not Snapshot.objects.exists()


def test_a_part_nobody_knows_is_refused(dataset: Dataset, steward: User) -> None:
    with pytest.raises(Malformed, match="part"):
        register(dataset, steward, part="holdout")
    assert not Lineage.objects.exists()


def test_a_download_is_verified_and_on_record(snapshot: Snapshot, auditor: User) -> None:
    with downloads.content(snapshot, by=auditor) as content:
        assert content.read(4) == b"PAR1"
    assert told(events.ROWS_DOWNLOADED)[0]["detail"]["digest"] == snapshot.digest


def test_a_stranger_downloads_nothing(snapshot: Snapshot, mallory: User) -> None:
    with pytest.raises(NotPermitted, match="may not download a snapshot"):
        downloads.content(snapshot, by=mallory)
    assert told(events.ROWS_DOWNLOADED) == []


def test_damaged_rows_are_not_handed_out(snapshot: Snapshot, steward: User) -> None:
    stored_file(snapshot.digest).write_bytes(b"other")
    with pytest.raises(Exception, match="expected bytes with digest"):
        downloads.content(snapshot, by=steward)
    assert told(events.ROWS_DOWNLOADED) == []
