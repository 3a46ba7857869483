"""Use cases and datasets: entered, changed by those who saw the newest, and on record."""

from typing import Any

import pytest

from models_registry import events
from models_registry.models import Dataset, UseCase
from models_registry.services import datasets, use_cases
from models_registry.states import RiskTier
from people.errors import LostUpdate, Malformed, NotPermitted
from people.models import Team, User
from tests.models_registry.conftest import ANSWERS
from tests.models_registry.told import told


def enter(team: Team, by: User, **changes: Any) -> UseCase:
    given: dict[str, Any] = {
        "name": "Mortgages", "purpose": "Recommend", "domain": "credit",
        "jurisdictions": ["US"], "answers": ANSWERS,
    }  # fmt: skip
    return use_cases.create(team=team, by=by, **given | changes)


def test_the_tier_follows_from_the_answers(use_case: UseCase) -> None:
    assert use_case.risk_tier == RiskTier.HIGH
    assert use_cases.risk_reason(use_case).startswith("High: it bears on a person's access")
    assert told(events.USE_CASE_CREATED)[0]["detail"]["risk_tier"] == "high"


def test_two_use_cases_of_one_name_get_their_own_slugs(team: Team, owner: User) -> None:
    slugs = [enter(team, owner).slug for _ in range(3)]
    assert slugs == ["mortgages", "mortgages-2", "mortgages-3"]
    assert enter(team, owner, name="住宅").slug == "usecase"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answers": {**ANSWERS, "colour": True}}, "got colour"),
        ({"answers": {}}, "social_scoring to be answered with true or false, got no answer"),
        ({"answers": {**ANSWERS, "manipulates": "yes"}}, "got 'yes'"),
        ({"answers": 7}, "expected answers to be a mapping"),
        ({"domain": "astrology"}, "domain: .*astrology"),
        ({"name": ""}, "name: "),
        ({"jurisdictions": "US"}, "jurisdictions to be a list"),
        ({"jurisdictions": ["US", "US"]}, "each of jurisdictions once"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field(
    changes: dict[str, Any], said: str, team: Team, owner: User
) -> None:
    with pytest.raises(Malformed, match=said) as refused:
        enter(team, owner, **changes)
    assert refused.value.errors[0]["field"] in changes
    assert not UseCase.objects.exists()


def test_only_owners_enter_use_cases(team: Team, steward: User, mallory: User) -> None:
    for person in (steward, mallory):
        with pytest.raises(NotPermitted, match="may not enter use cases"):
            enter(team, person)
    assert told(events.USE_CASE_CREATED) == []


def test_new_answers_give_a_new_tier(use_case: UseCase, owner: User) -> None:
    changed = use_cases.update(use_case, revision=1, by=owner, answers=ANSWERS)
    assert (changed.risk_tier, changed.revision) == (RiskTier.MINIMAL, 2)
    assert told(events.USE_CASE_UPDATED)[0]["detail"]["changed"] == ["answers"]


def test_a_lost_update_is_refused_and_changes_nothing(use_case: UseCase, owner: User) -> None:
    use_cases.update(use_case, revision=1, by=owner, purpose="Newer")
    with pytest.raises(LostUpdate, match="expected revision 1, it is at 2"):
        use_cases.update(use_case, revision=1, by=owner, purpose="Older")
    use_case.refresh_from_db()
    assert use_case.purpose == "Newer"


def test_a_field_that_is_not_to_be_changed_is_refused(use_case: UseCase, owner: User) -> None:
    with pytest.raises(Malformed, match="got risk_tier"):
        use_cases.update(use_case, revision=1, by=owner, risk_tier="minimal")


def test_a_stranger_changes_no_use_case(use_case: UseCase, mallory: User) -> None:
    with pytest.raises(NotPermitted):
        use_cases.update(use_case, revision=1, by=mallory, purpose="Mine")


def test_stewards_and_owners_enter_datasets(team: Team, steward: User, owner: User) -> None:
    for person in (steward, owner):
        datasets.create(team=team, name="Rows", purpose="Test", by=person)
    assert [row["detail"]["name"] for row in told(events.DATASET_CREATED)] == ["Rows", "Rows"]


def test_a_stranger_enters_no_dataset(team: Team, mallory: User, validator: User) -> None:
    for person in (mallory, validator):
        with pytest.raises(NotPermitted, match="may not enter datasets"):
            datasets.create(team=team, name="Rows", purpose="Test", by=person)
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sensitive_features": ["race", "approve"]}, "the target approve cannot be a sensitive"),
        ({"sensitive_features": ["race", ""]}, "list of texts"),
        ({"classification": "secret"}, "classification"),
        ({"purpose": ""}, "purpose"),
        ({"slug": "mine"}, "got slug"),
    ],
)
def test_a_dataset_refuses_what_it_cannot_hold(
    changes: dict[str, Any], said: str, dataset: Dataset, steward: User
) -> None:
    with pytest.raises(Malformed, match=said):
        datasets.update(dataset, revision=1, by=steward, **changes)
    dataset.refresh_from_db()
    assert dataset.revision == 1


def test_a_dataset_is_changed_by_who_saw_the_newest(dataset: Dataset, steward: User) -> None:
    changed = datasets.update(dataset, revision=1, by=steward, licence="CC0")
    assert (changed.licence, changed.revision) == ("CC0", 2)
    with pytest.raises(LostUpdate):
        datasets.update(dataset, revision=1, by=steward, licence="MIT")
    assert len(told(events.DATASET_UPDATED)) == 1
