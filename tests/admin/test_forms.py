"""Forms of the desk: each makes what it says through its service, or says what is wrong."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from audits.models import Run
from models_registry.models import Dataset, Recipe, RegisteredModel, Snapshot, UseCase
from models_registry.rules.risk import QUESTIONS
from people.models import ApiToken, Grant, Team, User
from trail import services as trail
from trail.models import Entry


def _answers(**yes: bool) -> dict[str, str]:
    return {f"answer_{q.key}": "yes" if yes.get(q.key) else "no" for q in QUESTIONS}


def test_a_use_case_gets_its_tier_from_the_answers(
    team: Team, owner: User, desk: Callable[[User], Client]
) -> None:
    asked = {"team": team.pk, "name": "Mortgages", "purpose": "Decide.", "domain": "credit"}
    url = reverse("admin:models_registry_usecase_add")
    answer = desk(owner).post(url, asked | _answers(decides_about_people=True))
    assert answer.status_code == 302
    assert UseCase.objects.get().risk_tier == "high"


def test_what_the_service_refuses_is_said_on_the_form(
    world: Any, steward: User, desk: Callable[[User], Client]
) -> None:
    made = world.add()
    url = reverse("admin:models_registry_registeredmodel_add")
    answer = desk(steward).get(url)
    assert answer.status_code == 403  # no button, no page
    assert RegisteredModel.objects.count() == 1
    assert made["models_registry_registeredmodel"]


def test_a_dataset_and_a_recipe_are_registered(
    team: Team, owner: User, desk: Callable[[User], Client]
) -> None:
    client = desk(owner)
    dataset = {"team": team.pk, "name": "Loans", "purpose": "Train.", "classification": "internal",
               "sensitive_features": "race, sex"}  # fmt: skip
    assert client.post(reverse("admin:models_registry_dataset_add"), dataset).status_code == 302
    assert Dataset.objects.get().sensitive_features == ["race", "sex"]
    steps = '[{"step": "impute", "columns": {"income": "median"}}]'
    recipe = {"team": team.pk, "name": "Clean", "steps": steps}
    assert client.post(reverse("admin:models_registry_recipe_add"), recipe).status_code == 302
    assert Recipe.objects.get().number == 1


def test_a_recipe_that_is_not_json_is_pointed_at(
    team: Team, owner: User, desk: Callable[[User], Client]
) -> None:
    url = reverse("admin:models_registry_recipe_add")
    answer = desk(owner).post(url, {"team": team.pk, "name": "Clean", "steps": "[{"})
    assert answer.status_code == 422
    assert "This is not JSON" in answer.content.decode()


def test_an_unknown_step_is_refused_by_the_service_in_words(
    team: Team, owner: User, desk: Callable[[User], Client]
) -> None:
    url = reverse("admin:models_registry_recipe_add")
    answer = desk(owner).post(
        url, {"team": team.pk, "name": "Clean", "steps": '[{"step": "guess"}]'}
    )
    assert answer.status_code == 422
    assert not Recipe.objects.exists()


def test_a_run_is_requested_from_a_snapshots_page(
    world: Any, steward: User, desk: Callable[[User], Client]
) -> None:
    snapshot = world.add()["models_registry_snapshot"]
    url = reverse("admin:models_registry_snapshot_run_profile", args=[snapshot.pk])
    before = Run.objects.count()
    assert desk(steward).get(url).status_code == 200
    answer = desk(steward).post(url)
    assert answer.status_code == 302
    assert Run.objects.count() == before + 1
    assert Run.objects.first().kind == "profile"  # type: ignore[union-attr]


def test_training_rows_cannot_be_chosen_to_measure_on(
    world: Any, validator: User, desk: Callable[[User], Client]
) -> None:
    made = world.add()
    version, trained = made["models_registry_modelversion"], made["models_registry_snapshot"]
    url = reverse("admin:models_registry_modelversion_run_validate", args=[version.pk])
    said = {"snapshot": trained.pk, "threshold": "0.5", "resamples": 1000, "confidence": "0.95",
            "seed": 1}  # fmt: skip
    answer = desk(validator).post(url, said)
    assert answer.status_code == 422
    assert "has not seen" in answer.content.decode()


def test_the_progress_of_a_run_is_told_to_its_page(
    world: Any, owner: User, mallory: User, desk: Callable[[User], Client]
) -> None:
    run = world.add()["audits_run"]
    url = reverse("admin:audits_run_progress", args=[run.pk])
    told = desk(owner).get(url).json()
    assert told == {"state": "queued", "ended": False, "progress": 0.0, "note": "Queued"}
    assert desk(mallory).get(url).status_code == 404


def test_a_token_is_shown_once(owner: User, desk: Callable[[User], Client]) -> None:
    client = desk(owner)
    url = reverse("admin:people_apitoken_add")
    said = {"holder": owner.pk, "label": "CI", "scopes": ["read"], "days": 7}
    shown = client.post(url, said)
    token = ApiToken.objects.get()
    assert token.prefix in shown.content.decode()
    again = client.get(reverse("admin:people_apitoken_change", args=[token.pk]))
    assert "ds-code" not in again.content.decode()


def test_a_role_is_given_by_an_operator_and_by_nobody_else(
    team: Team, operator: User, owner: User, mallory: User, desk: Callable[[User], Client]
) -> None:
    url = reverse("admin:people_team_give_role", args=[team.pk])
    said = {"person": mallory.pk, "role": "steward"}
    refused = desk(owner).post(url, said)
    assert refused.status_code == 422
    assert not Grant.objects.filter(user=mallory).exists()
    assert desk(operator).post(url, said).status_code == 302
    assert Grant.objects.filter(user=mallory, role="steward").exists()


def test_somebody_who_belongs_to_no_team_is_told_so(
    mallory: User, desk: Callable[[User], Client]
) -> None:
    page = desk(mallory).get(reverse("admin:index")).content.decode()
    assert "no role in any team yet" in page


def test_one_changes_ones_own_password_and_the_service_records_it(
    owner: User, desk: Callable[[User], Client]
) -> None:
    said = {"old_password": "a long Passphrase 1!", "new_password1": "Another long one 2!",
            "new_password2": "Another long one 2!"}  # fmt: skip
    assert desk(owner).post(reverse("admin:password_change"), said).status_code == 302
    owner.refresh_from_db()
    assert owner.check_password("Another long one 2!")


def test_a_run_points_at_what_it_made_and_that_points_back(
    world: Any, owner: User, desk: Callable[[User], Client]
) -> None:
    made = world.add()
    run, raw = made["audits_run"], made["models_registry_snapshot"]
    snapshot = Snapshot.objects.create(
        dataset=raw.dataset, number=2, digest="0f" * 32, size=9, rows=100, columns=[],
        made_by=run.ref, created_by=owner,
    )  # fmt: skip
    of_run = reverse("admin:audits_run_change", args=[run.pk])
    of_snapshot = reverse("admin:models_registry_snapshot_change", args=[snapshot.pk])
    client = desk(owner)
    assert of_snapshot in client.get(of_run).content.decode()
    assert of_run in client.get(of_snapshot).content.decode()


def test_the_only_thing_there_is_to_choose_is_chosen(
    world: Any, owner: User, desk: Callable[[User], Client]
) -> None:
    case = world.add()["models_registry_usecase"]
    page = desk(owner).get(reverse("admin:models_registry_registeredmodel_add"))
    assert f'<option value="{case.pk}" selected>' in page.content.decode()
    world.add()
    page = desk(owner).get(reverse("admin:models_registry_registeredmodel_add"))
    assert '<option value="" selected>' in page.content.decode()


def test_what_may_not_be_done_from_a_page_is_on_record(
    world: Any, auditor: User, desk: Callable[[User], Client]
) -> None:
    snapshot = world.add()["models_registry_snapshot"]
    url = reverse("admin:models_registry_snapshot_run_profile", args=[snapshot.pk])
    answer = desk(auditor).post(url)
    assert answer.status_code == 422
    trail.sequence()
    refused = Entry.objects.get(event="people.permission.refused")
    assert refused.actor == f"user:{auditor.ref}"
    assert refused.outcome == "refused"


def test_an_empty_list_says_so_and_a_search_without_finds_too(
    owner: User, team: Team, desk: Callable[[User], Client]
) -> None:
    url = reverse("admin:models_registry_dataset_changelist")
    assert "No datasets yet" in desk(owner).get(url).content.decode()
    assert "Nothing fits" in desk(owner).get(url, {"q": "loans"}).content.decode()
