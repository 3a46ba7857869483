"""Releases: a version goes live where the gate lets it, goes back, or is retired."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from governance import events, permissions
from governance.errors import GateClosed
from governance.services import gate
from models_registry.models import Deployment, Environment, ModelVersion
from models_registry.services import deployments
from models_registry.services.deployments import Permit
from models_registry.states import DeploymentState
from people.errors import Conflict
from people.models import Team, User
from trail import services as trail


def go_live(version: ModelVersion, environment: Environment, *, by: User) -> Deployment:
    """Put a version live in place of the one before. GateClosed says why it may not run."""
    permissions.check_may_release(by, _team(version), f"put {version} live")
    with _closings_kept(version, by), transaction.atomic():
        permit = _permit(version, environment)
        return deployments.go_live(version, environment, permit=permit, by=by)


@transaction.atomic
def end(deployment: Deployment, state: DeploymentState, *, by: User, reason: str) -> Deployment:
    """Take a deployment down."""
    what = f"take {deployment} down"
    permissions.check_may_release(by, _team(deployment.version), what)
    return deployments.end(deployment, state, by=by, reason=reason)


def roll_back(deployment: Deployment, *, by: User, reason: str) -> Deployment:
    """Go back to the version that was live before, if the gate still lets it run."""
    version, environment = deployment.version, deployment.environment
    permissions.check_may_release(by, _team(version), f"roll {deployment} back")
    before = _before(deployment)
    with _closings_kept(before, by), transaction.atomic():
        permit = _permit(before, environment)
        deployments.end(deployment, DeploymentState.ROLLED_BACK, by=by, reason=reason)
        return deployments.go_live(before, environment, permit=permit, by=by)


def _permit(version: ModelVersion, environment: Environment) -> Permit:
    answer = gate.ask(version.manifest_digest, environment.name)
    if not answer.allowed or answer.certificate is None:
        raise GateClosed(f"{version} may not run in {environment}: {answer.why}")
    held = answer.certificate
    return Permit(certificate_digest=held.digest, expires_at=held.expires_at)


def _before(deployment: Deployment) -> ModelVersion:
    """The version that was live there before this one."""
    earlier = (
        Deployment.objects.filter(
            registered_model=deployment.registered_model_id,
            environment=deployment.environment_id,
            pk__lt=deployment.pk,
        )
        .exclude(version=deployment.version_id)
        .select_related("version__registered_model__use_case__team")
        .order_by("-id")
        .first()
    )
    if earlier is None:
        raise Conflict(f"nothing was live in {deployment.environment} before {deployment.version}")
    return earlier.version


def _team(version: ModelVersion) -> Team:
    return version.registered_model.use_case.team


@contextmanager
def _closings_kept(version: ModelVersion, by: User) -> Iterator[None]:
    """Record that the gate was closed, after everything has been rolled back."""
    try:
        yield
    except GateClosed as closed:
        with transaction.atomic():
            trail.record(
                events.GATE_REFUSED,
                by=by,
                subject=version,
                detail={"digest": version.manifest_digest},
                reason=closed.message,
                outcome="refused",
            )
        raise
