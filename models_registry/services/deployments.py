"""Deployments: what goes live, and how it ends. History is added to, never overwritten.

Whether a version may run is governance's to say; this asks only for the permit it gave.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from models_registry import events, permissions
from models_registry.models import Deployment, Environment, ModelVersion, RegisteredModel
from models_registry.states import DeploymentState
from people.errors import Conflict
from people.models import Team, User
from trail import services as trail


class Permit(NamedTuple):
    """The certificate a deployment rests on, and until when it holds."""

    certificate_digest: str
    expires_at: datetime


@transaction.atomic
def go_live(
    version: ModelVersion, environment: Environment, *, permit: Permit, by: User
) -> Deployment:
    """Put a version live; what was live of its model there is replaced in the same moment.

    Raises NotPermitted, or Conflict if the permit has run out or the version is live already.
    """
    model = _hold(version)
    permissions.check_may_deploy(by, _team(version), "put versions live")
    _check_permit(permit)
    _replace_live(version, model, environment, by=by)
    deployment = Deployment.objects.create(
        registered_model=model, version=version, environment=environment, started_by=by,
        certificate_digest=permit.certificate_digest,
    )  # fmt: skip
    detail = _about(deployment) | {"certificate": permit.certificate_digest}
    trail.record(events.DEPLOYMENT_STARTED, by=by, subject=deployment, detail=detail)
    return deployment


@transaction.atomic
def end(deployment: Deployment, state: str, *, by: User, reason: str) -> Deployment:
    """Retire, roll back or replace a live deployment, for good.

    Raises NotPermitted, or Conflict if it has ended already or no reason is given.
    """
    permissions.check_may_deploy(by, _team(deployment.version), "end deployments")
    if state not in DeploymentState.values or state == DeploymentState.LIVE:
        raise Conflict(f"expected replaced, rolled_back or retired, got {state}")
    if not reason.strip():
        raise Conflict("expected a reason for ending the deployment, got none")
    return _close(deployment, DeploymentState(state), by=by, reason=reason)


def _close(deployment: Deployment, state: DeploymentState, *, by: User, reason: str) -> Deployment:
    ended = Deployment.objects.filter(pk=deployment.pk).live()
    if not ended.update(state=state, ended_by=by, ended_at=timezone.now(), end_reason=reason):
        raise Conflict(f"{deployment} has ended already")
    closed = Deployment.objects.select_related(*_SHOWN).get(pk=deployment.pk)
    detail = _about(closed) | {"state": state}
    trail.record(events.DEPLOYMENT_ENDED, by=by, subject=closed, detail=detail, reason=reason)
    return closed


_SHOWN = ("registered_model__use_case__team", "version__registered_model", "environment")


def _hold(version: ModelVersion) -> RegisteredModel:
    """The model's row, locked: of two that go live at once the second replaces the first."""
    return RegisteredModel.objects.select_for_update().get(pk=version.registered_model_id)


def _replace_live(
    version: ModelVersion, model: RegisteredModel, environment: Environment, *, by: User
) -> None:
    rows = Deployment.objects.live().select_related(*_SHOWN)
    live = rows.filter(registered_model=model, environment=environment).first()
    if live is None:
        return
    if live.version_id == version.pk:
        raise Conflict(f"{version} is live in {environment} already")
    reason = f"replaced by version {version.number}"
    _close(live, DeploymentState.REPLACED, by=by, reason=reason)


def _check_permit(permit: Permit) -> None:
    if not permit.certificate_digest:
        raise Conflict("expected a certificate for the version, got none")
    if permit.expires_at <= timezone.now():
        raise Conflict(f"the certificate {permit.certificate_digest} has expired")


def _team(version: ModelVersion) -> Team:
    return version.registered_model.use_case.team


def _about(deployment: Deployment) -> dict[str, Any]:
    return {
        "model": deployment.registered_model.slug,
        "version": deployment.version.number,
        "manifest_digest": deployment.version.manifest_digest,
        "environment": deployment.environment.name,
    }
