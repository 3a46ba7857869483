"""Versions: registered once, with all they rest on under one digest."""

from typing import Any

import pytest

from models_registry import events
from models_registry.models import ModelVersion, Recipe, RegisteredModel, Snapshot, UseCase
from models_registry.rules import digests
from models_registry.services import blobs, changes, registered_models, use_cases
from people.errors import Conflict, Malformed, NotPermitted
from people.models import User
from tests.models_registry.conftest import ANSWERS, SIGNATURE, register_version
from tests.models_registry.told import told


def test_the_manifest_names_everything_by_digest(
    version: ModelVersion, snapshot: Snapshot, recipe: Recipe
) -> None:
    manifest = version.manifest
    assert manifest["training_snapshot"] == snapshot.digest
    assert manifest["recipe"] == recipe.digest
    assert manifest["artifacts"] == {a.format: a.digest for a in version.artifacts.all()}
    assert version.manifest_digest == digests.of_json(manifest)
    assert (
        told(events.VERSION_REGISTERED)[0]["detail"]["manifest_digest"] == version.manifest_digest
    )


def test_no_two_versions_share_a_digest(version: ModelVersion, owner: User) -> None:
    again = register_version(
        version.registered_model,
        by=owner,
        training_snapshot=version.training_snapshot,
        recipe=version.recipe,
    )
    assert again.number == 2
    assert again.manifest_digest != version.manifest_digest


def test_what_a_run_made_is_registered_once(model: RegisteredModel, owner: User) -> None:
    first = register_version(model, by=owner, made_by="run:7")
    assert register_version(model, by=owner, made_by="run:7") == first
    assert len(told(events.VERSION_REGISTERED)) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"manifest": {}}, "signature"),
        ({"manifest": {"signature": {"features": [{"name": "a"}]}}}, "name and type"),
        ({"manifest": {"signature": SIGNATURE, "seed": 2**60}}, "plain JSON"),
        ({"manifest": {"signature": SIGNATURE, "auc": float("nan")}}, "plain JSON"),
        ({"artifacts": {}}, "got none"),
        ({"artifacts": {"pickle": blobs.Blob("0" * 64, 1)}}, "got pickle"),
    ],
)
def test_an_incomplete_version_is_refused(
    given: dict[str, Any], said: str, model: RegisteredModel, owner: User
) -> None:
    with pytest.raises(Malformed, match=said):
        register_version(model, by=owner, **given)
    assert not ModelVersion.objects.exists()


def test_only_owners_register_versions(
    model: RegisteredModel, mallory: User, steward: User
) -> None:
    for person in (mallory, steward):
        with pytest.raises(NotPermitted, match="may not register model versions"):
            register_version(model, by=person)
    assert told(events.VERSION_REGISTERED) == []


def test_a_stranger_enters_no_model(use_case: UseCase, mallory: User) -> None:
    with pytest.raises(NotPermitted):
        registered_models.create(use_case=use_case, name="Mine", by=mallory)


def test_a_prohibited_use_case_gets_no_model(use_case: UseCase, owner: User) -> None:
    answers = ANSWERS | {"social_scoring": True}
    prohibited = use_cases.update(use_case, revision=1, by=owner, answers=answers)
    with pytest.raises(Conflict, match="prohibited"):
        registered_models.create(use_case=prohibited, name="Score", by=owner)
    assert told(events.MODEL_CREATED) == []


def test_changes_between_versions_are_listed_by_heading(version: ModelVersion, owner: User) -> None:
    features = [{"name": "income", "type": "number"}, {"name": "town", "type": "category"}]
    manifest = {"signature": {"features": features}, "parameters": {"C": 0.5}}
    new = register_version(version.registered_model, by=owner, manifest=manifest)
    found = changes.between(version, new)
    assert found["parameters"] == [{"what": "parameters.C", "old": 1.0, "new": 0.5}]
    assert found["features"] == [{"what": "town", "old": None, "new": "category"}]
    assert [change["what"] for change in found["data"]] == ["training_snapshot"]
    assert found["libraries"] == []


def test_versions_of_two_models_are_not_compared(
    version: ModelVersion, use_case: UseCase, owner: User
) -> None:
    other = registered_models.create(use_case=use_case, name="Other", by=owner)
    with pytest.raises(Conflict, match="two versions of one model"):
        changes.between(version, register_version(other, by=owner))
