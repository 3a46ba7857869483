"""Deployments: one live per model and environment, ended once, never overwritten."""

import pytest

from models_registry import events
from models_registry.errors import Immutable
from models_registry.models import Deployment, Environment, ModelVersion
from models_registry.services import deployments, environments
from models_registry.services.deployments import Permit
from people.errors import Conflict, Malformed, NotPermitted
from people.models import User
from tests.models_registry.conftest import permit, register_version
from tests.models_registry.told import told


def test_a_version_goes_live(live: Deployment, version: ModelVersion) -> None:
    assert (live.state, live.version) == ("live", version)
    said = told(events.DEPLOYMENT_STARTED)[0]["detail"]
    assert said["manifest_digest"] == version.manifest_digest


def test_the_next_version_replaces_it_in_the_same_moment(live: Deployment, owner: User) -> None:
    second = register_version(live.registered_model, by=owner)
    newer = deployments.go_live(second, live.environment, permit=permit(), by=owner)
    live.refresh_from_db()
    assert (live.state, live.end_reason) == ("replaced", "replaced by version 2")
    assert list(Deployment.objects.live()) == [newer]
    assert told(events.DEPLOYMENT_ENDED)[0]["detail"]["state"] == "replaced"


def test_going_back_to_a_version_is_a_new_row(live: Deployment, owner: User) -> None:
    deployments.end(live, "rolled_back", by=owner, reason="Worse than before")
    again = deployments.go_live(live.version, live.environment, permit=permit(), by=owner)
    assert again.pk != live.pk
    assert Deployment.objects.count() == 2


def test_what_is_live_does_not_go_live_again(live: Deployment, owner: User) -> None:
    with pytest.raises(Conflict, match="is live in production already"):
        deployments.go_live(live.version, live.environment, permit=permit(), by=owner)
    assert Deployment.objects.live().count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [(permit(-1), "has expired"), (Permit("", permit().expires_at), "expected a certificate")],
)
def test_without_a_permit_nothing_goes_live(
    given: Permit, said: str, version: ModelVersion, production: Environment, owner: User
) -> None:
    with pytest.raises(Conflict, match=said):
        deployments.go_live(version, production, permit=given, by=owner)
    assert not Deployment.objects.exists()


def test_who_may_not_deploy_deploys_nothing(
    version: ModelVersion, production: Environment, mallory: User, validator: User
) -> None:
    for person in (mallory, validator):
        with pytest.raises(NotPermitted, match="may not put versions live"):
            deployments.go_live(version, production, permit=permit(), by=person)
    assert told(events.DEPLOYMENT_STARTED) == []


def test_a_deployment_ends_once(live: Deployment, owner: User) -> None:
    ended = deployments.end(live, "retired", by=owner, reason="No longer needed")
    assert (ended.state, ended.ended_by) == ("retired", owner)
    assert told(events.DEPLOYMENT_ENDED)[0]["reason"] == "No longer needed"
    with pytest.raises(Conflict, match="has ended already"):
        deployments.end(live, "rolled_back", by=owner, reason="Again")


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [("live", "x", "got live"), ("gone", "x", "got gone"), ("retired", " ", "expected a reason")],
)
def test_an_end_has_a_kind_and_a_reason(
    state: str, reason: str, said: str, live: Deployment, owner: User
) -> None:
    with pytest.raises(Conflict, match=said):
        deployments.end(live, state, by=owner, reason=reason)
    live.refresh_from_db()
    assert live.state == "live"


def test_a_stranger_ends_nothing(live: Deployment, mallory: User) -> None:
    with pytest.raises(NotPermitted):
        deployments.end(live, "retired", by=mallory, reason="Mine")


def test_what_has_ended_is_not_changed_past_the_service(live: Deployment, owner: User) -> None:
    ended = deployments.end(live, "retired", by=owner, reason="Done")
    with pytest.raises(Immutable):
        Deployment.objects.filter(pk=ended.pk).update(end_reason="Another")
    with pytest.raises(Immutable):
        ended.save()
    with pytest.raises(Immutable):
        ended.delete()
    with pytest.raises(Immutable):
        Deployment.objects.all().delete()


def test_operators_set_up_environments(operator: User, owner: User, mallory: User) -> None:
    assert environments.create("staging", "Before production", by=operator).name == "staging"
    for person in (owner, mallory):
        with pytest.raises(NotPermitted, match="may not create environments"):
            environments.create("mine", by=person)
    with pytest.raises(Conflict, match="named staging already"):
        environments.create("staging", by=operator)
    with pytest.raises(Malformed, match="name"):
        environments.create("not a slug", by=operator)
    assert len(told(events.ENVIRONMENT_CREATED)) == 1
