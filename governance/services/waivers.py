"""Waivers: one rule set aside for one subject, with a reason, approved, and with an end.

Only a rule on a measure can be waived: evidence that is missing is brought, and who must
approve is never set aside. A waiver is bound to the subject's digest and the policy's.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance import events, permissions
from governance.errors import NoPolicy, NotWaivable
from governance.models import ApprovalRequest, PolicyVersion, Waiver
from governance.rules.canonical import digest_of, instant
from governance.services import approvals, judgement, policies, subjects
from governance.services.subjects import SubjectRef
from governance.states import WaiverState
from people.errors import Conflict, Malformed
from people.models import User
from trail import services as trail

LONGEST = timedelta(days=366)


@transaction.atomic
def propose(
    *,
    subject: object,
    environment: str,
    rule: str,
    reason: str,
    compensating_measures: str,
    ends_at: datetime,
    by: User,
) -> Waiver:
    """Propose to set a rule aside until a date, and open the request for its approval."""
    ref = subjects.of(subject)
    permissions.check_may_propose_waiver(by, ref.team, rule)
    policy = policies.applicable(ref, environment)
    if policy is None or ref.team is None:
        raise NoPolicy(judgement.no_policy(ref, environment))
    _check_rule(policy, rule)
    _check_end(ends_at)
    if not reason.strip():
        raise Malformed("a waiver says why; got no reason")
    _refuse_second(ref, environment, policy.digest, rule)
    waiver = Waiver.objects.create(
        team=ref.team,
        subject_type=ref.type,
        subject_id=ref.id,
        subject_label=ref.label,
        subject_digest=ref.digest,
        environment=environment,
        policy_digest=policy.digest,
        rule=rule,
        reason=reason,
        compensating_measures=compensating_measures,
        ends_at=ends_at,
        proposed_by=by,
    )
    detail = {"rule": rule, "ends_at": ends_at, "digest": content_digest(waiver)}
    trail.record(events.WAIVER_PROPOSED, by=by, subject=waiver, detail=detail, reason=reason)
    approvals.open(subject=waiver, environment=environment, by=by, note=reason)
    return waiver


@transaction.atomic
def withdraw(waiver: Waiver, *, by: User, reason: str) -> Waiver:
    """End a waiver before its date; what rests on it stops counting at once."""
    held = Waiver.objects.select_for_update().get(pk=waiver.pk)
    permissions.check_may_withdraw_waiver(by, held.team)
    if held.state != WaiverState.IN_FORCE:
        raise Conflict(f"{held} is {held.state}; only one in force is withdrawn")
    _set(held, WaiverState.WITHDRAWN, events.WAIVER_WITHDRAWN, by=by, reason=reason)
    return held


def hold(request: ApprovalRequest, *, by: User) -> None:
    """Put an approved waiver in force; one whose date has passed makes room for it."""
    waiver = Waiver.objects.select_for_update().get(pk=request.subject_id)
    if waiver.state != WaiverState.PROPOSED:
        raise Conflict(f"{waiver} is {waiver.state}, not proposed")
    _check_end(waiver.ends_at)
    for before in _alike(waiver).filter(state=WaiverState.IN_FORCE):
        if before.ends_at > timezone.now():
            raise Conflict(f"{before} is in force until {before.ends_at:%Y-%m-%d} already")
        _set(before, WaiverState.ENDED, events.WAIVER_ENDED, by=by)
    _set(waiver, WaiverState.IN_FORCE, events.WAIVER_ENTERED_FORCE, by=by)


def drop(request: ApprovalRequest, *, by: User) -> None:
    """A rejected waiver never holds."""
    waiver = Waiver.objects.get(pk=request.subject_id)
    _set(waiver, WaiverState.REJECTED, events.WAIVER_REJECTED, by=by)


def take_back(request: ApprovalRequest, *, by: User) -> None:
    """A waiver whose request is withdrawn never holds."""
    waiver = Waiver.objects.get(pk=request.subject_id)
    _set(waiver, WaiverState.WITHDRAWN, events.WAIVER_WITHDRAWN, by=by)


def content_digest(waiver: Waiver) -> str:
    """The digest deciders are bound to: everything a waiver says, but not its state."""
    return digest_of(_content(waiver))


def _content(waiver: Waiver) -> dict[str, Any]:
    return {
        "subject": [waiver.subject_type, waiver.subject_id, waiver.subject_digest],
        "environment": waiver.environment,
        "policy": waiver.policy_digest,
        "rule": waiver.rule,
        "reason": waiver.reason,
        "compensating_measures": waiver.compensating_measures,
        "ends_at": instant(waiver.ends_at),
        "proposed_by": str(waiver.proposed_by.ref),
    }


def _check_rule(policy: PolicyVersion, rule: str) -> None:
    known = policies.document_of(policy).keys
    if rule not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise NotWaivable(f"{policy} lets a waiver set aside: {listed}; got {rule!r}")


def _check_end(ends_at: datetime) -> None:
    """An end date in the future, and not so far off that it is none."""
    now = timezone.now()
    if not now < ends_at <= now + LONGEST:
        raise Malformed(
            f"a waiver ends within {LONGEST.days} days from now, got {ends_at:%Y-%m-%d}"
        )


def _refuse_second(ref: SubjectRef, environment: str, policy: str, rule: str) -> None:
    """One at a time: the one proposed or in force is decided or ended first."""
    alike = Waiver.objects.filter(
        subject_type=ref.type,
        subject_id=ref.id,
        environment=environment,
        policy_digest=policy,
        rule=rule,
        ends_at__gt=timezone.now(),
        state__in=[WaiverState.PROPOSED, WaiverState.IN_FORCE],
    )
    if held := alike.first():
        raise Conflict(f"{held} is {held.get_state_display().lower()} already")


def _alike(waiver: Waiver) -> Any:
    """Other waivers of the same rule for the same subject."""
    same = ("subject_type", "subject_id", "environment", "policy_digest", "rule")
    alike = {name: getattr(waiver, name) for name in same}
    return Waiver.objects.filter(**alike).exclude(pk=waiver.pk)


def _set(waiver: Waiver, state: WaiverState, event: str, *, by: User, reason: str = "") -> None:
    waiver.state = state
    waiver.save(update_fields=["state"])
    detail = {"rule": waiver.rule, "ends_at": waiver.ends_at}
    trail.record(event, by=by, subject=waiver, detail=detail, reason=reason)
