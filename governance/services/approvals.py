"""Requests for approval: opened, decided by people other than the author, closed for good.

A request is bound to the digest its subject had. Checks come in this order: the password, the
state of the request, the person, the subject, the policy, and only then the rules. An approval
that is refused changes nothing, and is itself kept in the trail with the reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from governance import events, permissions
from governance.errors import AlreadyDecided, NoPolicy, SubjectChanged
from governance.models import ApprovalRequest, Decision
from governance.rules.policy import Approval
from governance.services import judgement, policies, subjects
from governance.services.roles_needed import role_of
from governance.services.subjects import SubjectRef
from governance.services.wording import refuse_unmet, statement
from governance.states import DecisionKind, PolicyState, RequestState
from people.errors import AssayError, Conflict, Malformed
from people.models import User
from people.services import signatures
from trail import services as trail

_MEANING = {DecisionKind.APPROVE: "approved", DecisionKind.REJECT: "rejected"}


class _Said(NamedTuple):
    """What a person says to a request."""

    kind: DecisionKind
    by: User
    password: str
    reason: str
    conditions: str = ""


@transaction.atomic
def open(  # noqa: A001
    *, subject: object, environment: str, by: User, note: str = ""
) -> ApprovalRequest:
    """Put a subject before the deciders, bound to its digest and to the policy that applies."""
    ref = subjects.of(subject)
    permissions.check_may_open(by, ref.team, ref.label)
    if why := subjects.kind_of(ref.type).refuses(subjects.row(ref.type, ref.id)):
        raise Conflict(why)
    policy = policies.applicable(ref, environment)
    if policy is None:
        raise NoPolicy(judgement.no_policy(ref, environment))
    _refuse_second(ref, environment)
    opened = ApprovalRequest.objects.create(
        team=ref.team,
        subject_type=ref.type,
        subject_id=ref.id,
        subject_label=ref.label,
        subject_digest=ref.digest,
        subject_author=ref.author or by,
        environment=environment,
        policy_version=policy,
        note=note,
        requested_by=by,
    )
    detail: dict[str, Any] = {"of": {"type": ref.type, "id": ref.id, "digest": ref.digest}}
    detail |= {"environment": environment, "policy": policy.digest}
    trail.record(events.REQUEST_OPENED, by=by, subject=opened, detail=detail, reason=note)
    return opened


def approve(
    request: ApprovalRequest, *, by: User, password: str, reason: str, conditions: str = ""
) -> ApprovalRequest:
    """Agree to a request, signing; with the last approval asked for, its effect happens.

    Raises WrongPassword, AlreadyDecided, NotPermitted, SubjectChanged, Conflict or
    RequirementsNotMet; nothing has changed then but the trail, which keeps the refusal.
    """
    said = _Said(DecisionKind.APPROVE, by, password, reason, conditions)
    signatures.check_password(by, password)
    with _refusals_kept(request, said), transaction.atomic():
        return _approve(_hold(request), said)


def reject(request: ApprovalRequest, *, by: User, password: str, reason: str) -> ApprovalRequest:
    """Refuse a request for good, signing. One rejection closes it; no rule needs to be met."""
    said = _Said(DecisionKind.REJECT, by, password, reason)
    signatures.check_password(by, password)
    with _refusals_kept(request, said), transaction.atomic():
        held = _hold(request)
        _decide(held, said, _role(held, by))
        _close(held, RequestState.REJECTED)
        trail.record(events.REQUEST_REJECTED, by=by, subject=held, reason=reason)
        subjects.kind_of(held.subject_type).on_rejected(held, by=by)
        return held


@transaction.atomic
def withdraw(request: ApprovalRequest, *, by: User, reason: str) -> ApprovalRequest:
    """Take a request back; the decisions on it stay readable."""
    held = _hold(request)
    permissions.check_may_withdraw(by, held)
    _close(held, RequestState.WITHDRAWN)
    trail.record(events.REQUEST_WITHDRAWN, by=by, subject=held, reason=reason)
    subjects.kind_of(held.subject_type).on_withdrawn(held, by=by)
    return held


def _approve(held: ApprovalRequest, said: _Said) -> ApprovalRequest:
    role = _role(held, said.by)
    _check_unchanged(held)
    refuse_unmet(judgement.of_request(held))
    _decide(held, said, role)
    if all(need.is_filled for need in judgement.of_request(held).approvals):
        _close(held, RequestState.APPROVED)
        detail = {"digest": held.subject_digest, "environment": held.environment}
        trail.record(events.REQUEST_APPROVED, by=said.by, subject=held, detail=detail)
        subjects.kind_of(held.subject_type).on_approved(held, by=said.by)
    return held


def _hold(request: ApprovalRequest) -> ApprovalRequest:
    """The request again, locked, and open."""
    held = ApprovalRequest.objects.select_for_update().get(pk=request.pk)
    if held.state != RequestState.OPEN:
        raise AlreadyDecided(f"the request for {held} is {held.state}, not open")
    return held


def _role(held: ApprovalRequest, by: User) -> Approval:
    """In which role this person decides; each person decides once, and not on their own."""
    permissions.check_not_their_own(by, held)
    decisions = list(held.decisions.all())
    if any(decision.decided_by_id == by.pk for decision in decisions):
        raise AlreadyDecided(f"{by} has already decided on the request for {held}")
    return role_of(by, held, decisions)


def _check_unchanged(held: ApprovalRequest) -> None:
    """The subject is what was put before the deciders, under the policy that binds now."""
    now = subjects.find(held.subject_type, held.subject_id)
    if now.digest != held.subject_digest:
        raise SubjectChanged(
            f"{held.subject_label} has changed: it was put forward as sha256:"
            f"{held.subject_digest[:12]} and is now sha256:{now.digest[:12]}; withdraw this "
            "request and open another"
        )
    if held.policy_version.state != PolicyState.IN_FORCE:
        raise Conflict(
            f"{held.policy_version} is no longer in force; withdraw this request and open another"
        )
    _check_still_covered(now, held)


def _check_still_covered(subject: SubjectRef, held: ApprovalRequest) -> None:
    """A use case entered anew, or a policy enacted since, may bind it to more than was asked."""
    binding = policies.applicable(subject, held.environment)
    if binding != held.policy_version:
        raise Conflict(
            f"{held.policy_version} no longer decides on {subject.label}, {binding or 'none'}"
            " does; withdraw this request and open another"
        )


def _decide(held: ApprovalRequest, said: _Said, asked: Approval) -> None:
    """Write the signed decision down."""
    if not said.reason.strip():
        raise Malformed("a decision says why; got no reason")
    signature = signatures.sign(
        by=said.by,
        password=said.password,
        meaning=_MEANING[said.kind],
        statement=statement(held, said.kind, asked.role, said.reason, said.conditions),
    )
    Decision.objects.create(
        request=held,
        kind=said.kind,
        decided_by=said.by,
        requested_by_id=held.requested_by_id,
        subject_author_id=held.subject_author_id,
        role=asked.role,
        reason=said.reason,
        conditions=said.conditions,
        subject_digest=held.subject_digest,
        signature=signature,
    )
    detail = {"kind": said.kind, "role": asked.role, "conditions": said.conditions}
    trail.record(
        events.REQUEST_DECIDED, by=said.by, subject=held, detail=detail, reason=said.reason
    )


def _close(held: ApprovalRequest, state: RequestState) -> None:
    held.state, held.closed_at = state, timezone.now()
    held.save(update_fields=["state", "closed_at"])


def _refuse_second(ref: SubjectRef, environment: str) -> None:
    open_ones = ApprovalRequest.objects.filter(
        subject_type=ref.type, subject_id=ref.id, state=RequestState.OPEN
    )
    if subjects.kind_of(ref.type).by_environment:
        open_ones = open_ones.filter(environment=environment)
    if pending := open_ones.first():
        raise Conflict(f"the request {pending.pk} for {pending} is open already")


@contextmanager
def _refusals_kept(request: ApprovalRequest, said: _Said) -> Iterator[None]:
    """Record a refusal after everything it was part of has been rolled back."""
    try:
        yield
    except AssayError as refusal:
        with transaction.atomic():
            trail.record(
                events.REQUEST_REFUSED,
                by=said.by,
                subject=request,
                detail={"asked": said.kind, "why": type(refusal).__name__, "rules": refusal.errors},
                reason=refusal.message,
                outcome="refused",
            )
        refusal.recorded = True
        raise
