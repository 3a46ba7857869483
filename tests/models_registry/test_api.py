"""The inventory over HTTP: who sees what, what is answered, how many queries it takes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from models_registry import events
from models_registry.models import Dataset, Deployment, RegisteredModel, Snapshot, UseCase
from models_registry.services import blobs, datasets, feedback, outcomes, predictions, snapshots
from people.models import Team, User
from tests.models_registry.conftest import ANSWERS, parquet_bytes, register_version, stored_file
from tests.models_registry.told import told

Client = Callable[[User], APIClient]
V1 = "/api/v1"


def use_case_body(team: Team) -> dict[str, Any]:
    return {
        "team": team.pk, "name": "Loans", "purpose": "Recommend", "domain": "credit",
        "jurisdictions": ["US"], "answers": ANSWERS,
    }  # fmt: skip


def test_the_questionnaire_is_shown(api: Client, owner: User) -> None:
    answer = api(owner).get(f"{V1}/use-cases/questionnaire/")
    assert answer.status_code == 200
    assert {question["key"] for question in answer.json()["questions"]} == set(ANSWERS)


def test_a_use_case_is_entered(api: Client, owner: User, team: Team) -> None:
    answer = api(owner).post(f"{V1}/use-cases/", use_case_body(team), format="json")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["risk_tier"], answer.json()["revision"]) == ("minimal", 1)


def test_an_unknown_key_is_refused(api: Client, owner: User, team: Team) -> None:
    body = use_case_body(team) | {"risk_tier": "minimal"}
    answer = api(owner).post(f"{V1}/use-cases/", body, format="json")
    assert answer.status_code == 400
    assert "risk_tier" in answer.content.decode()


def test_a_stranger_may_enter_and_sees_nothing(
    api: Client, mallory: User, team: Team, use_case: UseCase, snapshot: Snapshot
) -> None:
    client = api(mallory)
    refused = client.post(f"{V1}/use-cases/", use_case_body(team), format="json")
    assert refused.status_code == 403
    assert client.get(f"{V1}/use-cases/").json()["results"] == []
    assert client.get(f"{V1}/use-cases/{use_case.pk}/").status_code == 404
    assert client.get(f"{V1}/snapshots/{snapshot.pk}/content/").status_code == 404
    assert told(events.ROWS_DOWNLOADED) == []


def test_a_change_names_the_revision_it_saw(api: Client, owner: User, use_case: UseCase) -> None:
    client, url = api(owner), f"{V1}/use-cases/{use_case.pk}/"
    tag = client.get(url)["ETag"]
    changed = client.patch(url, {"purpose": "New"}, format="json", headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    lost = client.patch(url, {"purpose": "Old"}, format="json", headers={"If-Match": tag})
    assert lost.status_code == 412
    assert client.patch(url, {"purpose": "Blind"}, format="json").status_code == 428
    for tag in ("newest", f'"{"9" * 5000}"'):
        odd = client.patch(url, {"purpose": "x"}, format="json", headers={"If-Match": tag})
        assert odd.status_code == 400


def test_a_dataset_is_entered_and_changed(api: Client, steward: User, team: Team) -> None:
    body = {"team": team.pk, "name": "Rows", "purpose": "Test", "sensitive_features": ["race"]}
    made = api(steward).post(f"{V1}/datasets/", body, format="json")
    assert made.status_code == 201, made.content
    changed = api(steward).patch(
        f"{V1}/datasets/{made.json()['id']}/",
        {"licence": "CC0"},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert changed.json()["licence"] == "CC0"
    assert changed.json()["sensitive_features"] == ["race"]


def test_recipes_models_and_environments_are_entered(
    api: Client, owner: User, operator: User, team: Team, use_case: UseCase
) -> None:
    steps = [{"step": "drop_duplicates"}]
    recipe = {"team": team.pk, "name": "Clean", "steps": steps}
    model = {"use_case": use_case.pk, "name": "Approval"}
    for path, body in (("recipes", recipe), ("models", model)):
        assert api(owner).post(f"{V1}/{path}/", body, format="json").status_code == 201
    place = api(operator).post(f"{V1}/environments/", {"name": "staging"}, format="json")
    assert place.status_code == 201
    bad = api(owner).post(f"{V1}/recipes/", recipe | {"steps": [{"step": "guess"}]}, format="json")
    assert bad.status_code == 400
    assert "step 1" in bad.json()["detail"]


def test_a_snapshot_is_downloaded_and_that_is_on_record(
    api: Client, steward: User, snapshot: Snapshot
) -> None:
    answer = api(steward).get(f"{V1}/snapshots/{snapshot.pk}/content/")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:4] == b"PAR1"  # type: ignore[attr-defined]
    assert len(told(events.ROWS_DOWNLOADED)) == 1
    stored_file(snapshot.digest).write_bytes(b"PAR1 but other")
    assert api(steward).get(f"{V1}/snapshots/{snapshot.pk}/content/").status_code == 409


def test_feedback_is_filed(api: Client, validator: User, live: Deployment) -> None:
    body = {"deployment": live.pk, "prediction_id": "run1-1", "kind": "disputed"}
    answer = api(validator).post(f"{V1}/feedback/", body | {"comment": "Wrong"}, format="json")
    assert answer.status_code == 201
    assert api(validator).post(f"{V1}/feedback/", body, format="json").status_code == 400


def grow(live: Deployment, owner: User, dataset: Dataset, steward: User) -> None:
    """One more row of everything that is listed."""
    blob = blobs.put(parquet_bytes(a=[1]))
    columns = [{"name": "a", "type": "integer", "nulls": 0}]
    parent = dataset.snapshots.first()
    snapshots.register(
        dataset=dataset, blob=blob, rows=1, columns=columns, by=steward,
        parents=[(parent, None)] if parent else [],
    )  # fmt: skip
    register_version(live.registered_model, by=owner)
    predictions.file(deployment=live, blob=blob, rows=1, source="live", by=owner)
    outcomes.file(deployment=live, blob=blob, rows=1, by=owner)
    feedback.file(deployment=live, prediction_id="1", kind="confirmed", by=owner)
    datasets.create(team=dataset.team, name="More", purpose="Test", by=steward)


LISTS = (
    "use-cases", "datasets", "snapshots", "recipes", "models", "model-versions", "environments",
    "deployments", "predictions", "outcomes", "feedback",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    path: str, api: Client, live: Deployment, dataset: Dataset, owner: User, steward: User
) -> None:
    client = api(owner)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = client.get(f"{V1}/{path}/")
        assert answer.status_code == 200, answer.content
        return len(captured)

    grow(live, owner, dataset, steward)
    queries()  # the token's first use is noted
    few = queries()
    for _ in range(3):
        grow(live, owner, dataset, steward)
    assert queries() == few


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("snapshots", "part=raw"),
        ("model-versions", "made_by=run:1"),
        ("deployments", "state=live"),
        ("deployments", "environment__name=production"),
        ("use-cases", "search=Mortgages"),
        ("predictions", "source=live"),
    ],
)
def test_lists_are_filtered(path: str, query: str, api: Client, owner: User) -> None:
    assert api(owner).get(f"{V1}/{path}/?{query}").status_code == 200


def test_a_version_is_shown_with_its_manifest(
    api: Client, auditor: User, model: RegisteredModel, owner: User
) -> None:
    version = register_version(model, by=owner, made_by="run:3")
    found = api(auditor).get(f"{V1}/model-versions/?made_by=run:3").json()["results"]
    assert [row["id"] for row in found] == [version.pk]
    assert {artifact["format"] for artifact in found[0]["artifacts"]} == {"onnx", "skops"}
