"""The kinds of subject there are from the start, and what their approval causes."""

from functools import partial
from typing import Any

from django.db.models import Model, QuerySet

from governance.models import ApprovalRequest, PolicyVersion, Waiver
from governance.services import certificates, policies, subjects, waivers
from governance.services.subjects import Kind, Standing, SubjectRef
from governance.states import PolicyState, WaiverState
from models_registry.models import Deployment, ModelVersion, Snapshot, UseCase
from people.models import User


def register_all() -> None:
    """Called once, when Django is ready."""
    subjects.register("model_version", _MODEL_VERSION)
    subjects.register("policy_version", _POLICY_VERSION)
    subjects.register("waiver", _WAIVER)
    subjects.register("snapshot", _SNAPSHOT)
    subjects.register("deployment", _DEPLOYMENT)


def _certify(request: ApprovalRequest, *, by: User) -> None:
    certificates.issue(request, by=by)


def _rows(model: type[Model], *related: str) -> QuerySet[Any]:
    return model._default_manager.select_related(*related)


def _version(version: ModelVersion) -> SubjectRef:
    return SubjectRef(
        type="model_version",
        id=str(version.pk),
        label=str(version),
        digest=version.manifest_digest,
        team=version.registered_model.use_case.team,
        author=version.created_by,
    )


def _policy(version: PolicyVersion) -> SubjectRef:
    return SubjectRef(
        type="policy_version",
        id=str(version.pk),
        label=str(version),
        digest=version.digest,
        team=version.policy.team,
        author=version.created_by,
    )


def _waiver(waiver: Waiver) -> SubjectRef:
    """Its author is who made what the rule is set aside for; who proposed it opens its request."""
    about = subjects.find(waiver.subject_type, waiver.subject_id)
    return SubjectRef(
        type="waiver",
        id=str(waiver.pk),
        label=str(waiver)[:255],
        digest=waivers.content_digest(waiver),
        team=waiver.team,
        author=about.author,
    )


def _snapshot(snapshot: Snapshot) -> SubjectRef:
    return SubjectRef(
        type="snapshot",
        id=str(snapshot.pk),
        label=str(snapshot),
        digest=snapshot.digest,
        team=snapshot.dataset.team,
        author=snapshot.created_by,
    )


def _deployment(deployment: Deployment) -> SubjectRef:
    return SubjectRef(
        type="deployment",
        id=str(deployment.pk),
        label=str(deployment),
        digest=deployment.version.manifest_digest,
        team=deployment.registered_model.use_case.team,
        author=deployment.started_by,
    )


def _only_reviewed(subject: Model) -> str:
    return f"a {subject._meta.verbose_name} is not approved; evidence about it is reviewed"


def _not_a_draft(version: PolicyVersion) -> str:
    is_draft = version.state == PolicyState.DRAFT
    return "" if is_draft else f"{version} is {version.state}; only a draft is put forward"


def _not_proposed(waiver: Waiver) -> str:
    is_proposed = waiver.state == WaiverState.PROPOSED
    return "" if is_proposed else f"{waiver} is {waiver.state}; propose another"


def _standing_of(use_case: UseCase) -> Standing:
    return Standing(use_case.risk_tier, use_case.domain)


_MODEL_VERSION = Kind(
    rows=partial(_rows, ModelVersion, "registered_model__use_case__team", "created_by"),
    model=ModelVersion,
    describe=_version,
    standing=lambda version: _standing_of(version.registered_model.use_case),
    on_approved=_certify,
    by_environment=True,
)
_POLICY_VERSION = Kind(
    rows=partial(_rows, PolicyVersion, "policy__team", "created_by"),
    model=PolicyVersion,
    describe=_policy,
    refuses=_not_a_draft,
    on_approved=policies.enact,
)
_WAIVER = Kind(
    rows=partial(_rows, Waiver, "team", "proposed_by"),
    model=Waiver,
    describe=_waiver,
    refuses=_not_proposed,
    on_approved=waivers.hold,
    on_rejected=waivers.drop,
    on_withdrawn=waivers.take_back,
)
_SNAPSHOT = Kind(
    rows=partial(_rows, Snapshot, "dataset__team", "created_by"),
    model=Snapshot,
    describe=_snapshot,
    refuses=_only_reviewed,
)
_DEPLOYMENT = Kind(
    rows=partial(
        _rows,
        Deployment,
        "registered_model__use_case__team",
        "version__registered_model",
        "environment",
        "started_by",
    ),
    model=Deployment,
    describe=_deployment,
    standing=lambda deployment: _standing_of(deployment.registered_model.use_case),
    refuses=_only_reviewed,
)
