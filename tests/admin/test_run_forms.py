"""Forms that ask for a run: short for most people, and whole for whoever needs more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.admin import forms
from audits.models import Run
from models_registry.models import ModelVersion, Snapshot
from people.models import User

SAMPLED = {"resamples": 1000, "confidence": "0.95", "seed": 1}
ASKED_BY = [
    forms.ProfileAsked,
    forms.ValidateAsked,
    forms.FairnessAsked,
    forms.ExplainAsked,
    forms.MonitorAsked,
]


@pytest.fixture
def version(world: Any) -> ModelVersion:
    return world.add()["models_registry_modelversion"]


@pytest.fixture
def held_out(version: ModelVersion, owner: User) -> Snapshot:
    names = ("income", "race", "sex", "department", "hours", "town", "approve")
    return Snapshot.objects.create(
        dataset=version.training_snapshot.dataset,  # type: ignore[union-attr]
        number=9,
        part="test",
        digest="9" * 64,
        size=9,
        rows=100,
        columns=[
            {"name": name, "type": "text" if name == "town" else "number", "nulls": 0}
            for name in names
        ],
        created_by=owner,
    )


def _url(version: ModelVersion, kind: str) -> str:
    return reverse(f"admin:models_registry_modelversion_run_{kind}", args=[version.pk])


def test_what_is_written_into_a_fairness_form_is_what_the_run_is_asked(
    version: ModelVersion, held_out: Snapshot, validator: User, desk: Callable[[User], Client]
) -> None:
    said = {
        "snapshot": held_out.pk,
        "sensitive": "race, sex",
        "intersections": "race x sex",
        "control": "department",
        "weight": "hours",
        "interval": "bca",
        "threshold": "0.4",
        "min_group_size": 25,
    }
    answer = desk(validator).post(_url(version, "fairness"), said | SAMPLED)
    assert answer.status_code == 302, answer.content.decode()
    spec = Run.objects.latest("pk").spec
    assert spec["sensitive"] == ["race", "sex"]
    assert spec["intersections"] == [["race", "sex"]]
    assert spec["control"] == ["department"]
    assert spec["weight"] == "hours"
    assert spec["interval"] == "bca"
    assert spec["threshold"] == 0.4
    assert spec["min_group_size"] == 25


def test_slices_of_a_validation_are_asked_for_by_name(
    version: ModelVersion, held_out: Snapshot, validator: User, desk: Callable[[User], Client]
) -> None:
    said = {"snapshot": held_out.pk, "threshold": "0.5", "slices": "department, sex"}
    answer = desk(validator).post(_url(version, "validate"), said | SAMPLED)
    assert answer.status_code == 302, answer.content.decode()
    assert Run.objects.latest("pk").spec["slices"] == ["department", "sex"]


def test_a_profile_is_asked_who_could_be_singled_out(
    held_out: Snapshot, steward: User, desk: Callable[[User], Client]
) -> None:
    url = reverse("admin:models_registry_snapshot_run_profile", args=[held_out.pk])
    said = {"quasi_identifiers": "race, sex", "sensitive_attribute": "approve"}
    answer = desk(steward).post(url, said)
    assert answer.status_code == 302, answer.content.decode()
    spec = Run.objects.latest("pk").spec
    assert spec["quasi_identifiers"] == ["race", "sex"]
    assert spec["sensitive_attribute"] == "approve"
    assert spec["target"] is None


def test_what_few_change_is_folded_and_unfolds_where_it_is_wrong(
    version: ModelVersion, held_out: Snapshot, validator: User, desk: Callable[[User], Client]
) -> None:
    client, url = desk(validator), _url(version, "fairness")
    page = client.get(url).content.decode()
    assert '<details class="ds-fold">' in page
    assert "weight column" in page
    said = {"snapshot": held_out.pk, "sensitive": "race", "threshold": "0.5", "interval": "bca"}
    wrong = client.post(url, said | SAMPLED | {"min_group_size": 0})
    assert wrong.status_code == 422
    assert '<details class="ds-fold" open>' in wrong.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"threshold": "1"}, "threshold", "expected less than 1, got 1.0"),
        ({"control": "race"}, "control", "control must not name a feature that is compared"),
        ({"weight": "people"}, "weight", "no column &#x27;people&#x27; in"),
        ({"weight": "town"}, "weight", "expected a column of numbers, &#x27;town&#x27; holds text"),
    ],
)
def test_what_the_service_refuses_is_said_once_and_at_its_field(
    version: ModelVersion, held_out: Snapshot, validator: User, desk: Callable[[User], Client],
    changes: dict[str, str], field: str, said: str,
) -> None:  # fmt: skip
    asked = {"snapshot": held_out.pk, "sensitive": "race", "threshold": "0.5", "interval": "bca"}
    asked |= {"min_group_size": 30, **SAMPLED}
    html = desk(validator).post(_url(version, "fairness"), asked | changes).content.decode()
    assert html.count(said) == 1
    after = html.partition(f'name="{field}"')[2]
    assert said in after.partition('class="ds-field')[0]
    assert ('<details class="ds-fold" open>' in html) == (field == "weight")


def test_only_inputs_of_the_model_can_be_changed_alone(
    version: ModelVersion, held_out: Snapshot, validator: User, desk: Callable[[User], Client]
) -> None:
    asked = {"snapshot": held_out.pk, "sensitive": "race", "threshold": "0.5", "rows": 100}
    asked |= {"repeats": 2, "standard_error": "0.01", "seed": 1}
    html = desk(validator).post(_url(version, "explain"), asked).content.decode()
    assert "expected inputs of" in html
    assert not Run.objects.filter(kind="explain").exists()


@pytest.mark.parametrize("form", ASKED_BY)
def test_only_fields_that_there_are_are_folded(form: type[forms.RunForm]) -> None:
    assert form.folded <= set(form.base_fields)
