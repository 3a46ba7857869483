"""What governance lends to the inventory's pages: evidence, approvals, releases."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from desk import related
from desk.acts import Act
from desk.badges import Tone, badge, state_badge
from desk.page import Panel, digest, link
from desk.shown import page_of, when
from governance.admin.forms import ApprovalAsked, Ended, Released, RolledBack, WaiverProposed
from governance.admin.shown import evidence_link
from governance.models import ApprovalRequest, Certificate, Evidence
from governance.services import approvals, releases, subjects, waivers
from models_registry.states import DeploymentState
from people.models import User
from people.states import Role


def _roles(request: HttpRequest) -> frozenset[str]:
    user = request.user
    held = user.grants.values_list("role", flat=True) if isinstance(user, User) else ()
    return frozenset(held)


def _owners(request: HttpRequest, obj: Any) -> bool:
    return Role.OWNER in _roles(request)


def _proposers(request: HttpRequest, obj: Any) -> bool:
    return bool(_roles(request) & {Role.OWNER, Role.VALIDATOR})


def _releasers(request: HttpRequest, obj: Any) -> bool:
    return bool(_roles(request) & {Role.OWNER, Role.OPERATOR})


def _certified(request: HttpRequest, version: Any) -> bool:
    issued = Certificate.objects.filter(subject_digest=version.manifest_digest, revoked_at=None)
    return _releasers(request, version) and issued.exists()


def _is_live(request: HttpRequest, deployment: Any) -> bool:
    return deployment.state == DeploymentState.LIVE and _releasers(request, deployment)


def _ask(version: Any, by: Any, said: dict[str, Any]) -> ApprovalRequest:
    place = said["environment"].name
    return approvals.open(subject=version, environment=place, by=by, note=said["note"])


def _waive(version: Any, by: Any, said: dict[str, Any]) -> Any:
    told = {**said, "environment": said["environment"].name}
    return waivers.propose(subject=version, by=by, **told)


def _end(deployment: Any, by: Any, said: dict[str, Any]) -> Any:
    state = DeploymentState(said["state"])
    return releases.end(deployment, state, by=by, reason=said["reason"])


related.offer_acts(
    "models_registry.ModelVersion",
    Act(
        "ask-approval",
        "Ask for approval",
        ApprovalAsked,
        _ask,
        _owners,
        "gavel",
        main=True,
        done="It is before the deciders.",
    ),
    Act(
        "propose-waiver",
        "Propose a waiver",
        WaiverProposed,
        _waive,
        _proposers,
        "rule",
        done="The waiver is proposed and waits for its approval.",
    ),
    Act(
        "deploy",
        "Deploy",
        Released,
        lambda version, by, said: releases.go_live(version, said["environment"], by=by),
        _certified,
        "rocket_launch",
        done="It is live.",
    ),
)
related.offer_acts(
    "models_registry.Deployment",
    Act(
        "roll-back",
        "Roll back",
        RolledBack,
        lambda deployment, by, said: releases.roll_back(deployment, by=by, reason=said["reason"]),
        _is_live,
        "history",
        done="The version before is live again.",
    ),
    Act("retire", "Retire", Ended, _end, _is_live, "stop_circle", done="It is taken down."),
)


def evidence_panel(request: HttpRequest, subject: Model) -> Panel:
    """The evidence held about a thing."""
    ref = subjects.of(subject)
    held = Evidence.objects.filter(subject_type=ref.type, subject_id=ref.id)
    rows = [
        (
            evidence_link(one),
            _review(one),
            _age(one, ref.digest),
            when(one.effective_from),
            digest(one.digest),
        )
        for one in held.prefetch_related("reviews").defer("measures", "details")[:50]
    ]
    heads = ("Evidence", "Review", "", "Measured", "Digest")
    return Panel("Evidence", heads, rows, total=len(rows), order=20)


def _review(evidence: Evidence) -> Any:
    reviews = sorted(evidence.reviews.all(), key=lambda one: -one.pk)
    if not reviews:
        return badge("Not reviewed")
    return state_badge(reviews[0].verdict, reviews[0].get_verdict_display())


def _age(evidence: Evidence, subject_digest: str) -> Any:
    current = evidence.subject_digest == subject_digest
    return "" if current else badge("The subject has changed since", Tone.CARE)


def requests_panel(request: HttpRequest, subject: Model) -> Panel:
    """The approvals asked for a thing."""
    ref = subjects.of(subject)
    asked = ApprovalRequest.objects.filter(subject_type=ref.type, subject_id=ref.id)
    rows = [
        (
            link(page_of(one), f"Request {one.pk}"),
            one.environment,
            state_badge(one.state, one.get_state_display()),
            one.requested_by,
            when(one.requested_at),
        )
        for one in asked.select_related("requested_by")
    ]
    heads = ("Request", "To", "State", "Asked by", "When")
    return Panel("Approvals", heads, rows, empty="Nobody has asked yet.", order=10)


def certificate_panel(request: HttpRequest, deployment: Any) -> Panel:
    """The certificate a deployment rests on."""
    held = Certificate.objects.filter(digest=deployment.certificate_digest)
    rows = [
        (
            link(page_of(one), one),
            when(one.issued_at),
            when(one.expires_at),
            state_badge("revoked", "Revoked") if one.revoked_at else "",
        )
        for one in held
    ]
    return Panel("Certificate", ("Certificate", "Issued", "Expires", ""), rows, order=5)


related.offer_panel("models_registry.ModelVersion", requests_panel)
related.offer_panel("models_registry.ModelVersion", evidence_panel)
related.offer_panel("models_registry.Snapshot", evidence_panel)
related.offer_panel("models_registry.Deployment", certificate_panel)
related.offer_panel("models_registry.Deployment", evidence_panel)
