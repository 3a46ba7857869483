"""Waivers: proposed, approved by others, bound to digests, and over at their end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import NoPolicy, NotWaivable
from governance.models import ApprovalRequest, Waiver
from governance.services import approvals, gate, judgement, waivers
from governance.states import Verdict, WaiverState
from people.errors import Conflict, Malformed, NotPermitted, RequirementsNotMet
from people.models import Grant
from people.states import Role
from tests.governance.conftest import FAIR, PASSWORD, approve, behind, happened, ratio

pytestmark = pytest.mark.django_db


@pytest.fixture
def unfair(policy, version, measure):
    """A version whose interval is too wide to tell."""
    measure(version, ratio(0.85, 0.76, 0.95))
    return version


@pytest.fixture
def propose(unfair, owner):
    def propose(**more):
        said = {
            "subject": unfair,
            "environment": "production",
            "rule": FAIR,
            "reason": "The interval is wide; the estimate is above.",
            "compensating_measures": "Monthly monitoring.",
            "ends_at": timezone.now() + timedelta(days=60),
            "by": owner,
        }
        return waivers.propose(**said | more)

    return propose


def request_of(waiver):
    return ApprovalRequest.objects.get(subject_type="waiver", subject_id=str(waiver.pk))


def fair(version):
    return {r.key: r for r in judgement.preview(version, "production").rules}[FAIR]


@pytest.fixture
def in_force(propose, approver1):
    waiver = propose()
    approve(request_of(waiver), approver1)
    waiver.refresh_from_db()
    return waiver


def test_a_proposal_opens_its_own_request_and_sets_nothing_aside(propose, unfair):
    waiver = propose()
    assert (waiver.state, request_of(waiver).state) == (WaiverState.PROPOSED, "open")
    assert fair(unfair).verdict is Verdict.INSUFFICIENT
    assert happened("governance.waiver.proposed", subject_id=str(waiver.pk)).exists()


def test_once_approved_the_rule_is_waived_and_says_so(in_force, unfair):
    told = fair(unfair)
    assert (in_force.state, told.verdict) == (WaiverState.IN_FORCE, Verdict.WAIVED)
    assert "The interval is wide" in told.why
    assert happened("governance.waiver.entered_force", subject_id=str(in_force.pk)).exists()


def test_what_rests_on_a_waiver_ends_with_it(in_force, unfair, request_for, agree):
    certificate = agree(request_for(unfair)).certificate
    assert certificate.expires_at == in_force.ends_at
    assert gate.ask(unfair.manifest_digest, "production").allowed
    behind(Waiver).update(ends_at=timezone.now(), proposed_at=timezone.now() - timedelta(days=1))
    told = gate.ask(unfair.manifest_digest, "production")
    assert (told.allowed, "it rests on has ended" in told.why) == (False, True)
    assert fair(unfair).verdict is Verdict.INSUFFICIENT


def test_withdrawing_a_waiver_closes_the_gate_at_once(
    in_force, unfair, request_for, agree, validator
):
    agree(request_for(unfair))
    waivers.withdraw(in_force, by=validator, reason="It was misused.")
    assert not gate.ask(unfair.manifest_digest, "production").allowed
    assert fair(unfair).verdict is Verdict.INSUFFICIENT
    assert happened("governance.waiver.withdrawn").exists()


def test_withdrawing_is_refused_to_strangers_and_twice(in_force, mallory, auditor, owner):
    for somebody in (mallory, auditor):
        with pytest.raises(NotPermitted):
            waivers.withdraw(in_force, by=somebody, reason="Mine.")
    waivers.withdraw(in_force, by=owner, reason="Not needed.")
    with pytest.raises(Conflict, match="only one in force"):
        waivers.withdraw(in_force, by=owner, reason="Again.")


def test_who_proposed_does_not_approve(propose, owner, unfair):
    request = request_of(propose())
    with pytest.raises(NotPermitted):
        approve(request, owner)
    assert fair(unfair).verdict is Verdict.INSUFFICIENT


def test_whoever_made_the_version_does_not_set_a_rule_aside_for_it(
    propose, validator, owner, team, unfair
):
    Grant.objects.create(user=owner, team=team, role=Role.APPROVER)
    request = request_of(propose(by=validator))
    with pytest.raises(NotPermitted, match="owner made"):
        approve(request, owner)
    assert fair(unfair).verdict is Verdict.INSUFFICIENT


def test_a_waiver_is_not_put_forward_a_second_time_for_another_environment(propose, validator):
    with pytest.raises(Conflict, match="is open already"):
        approvals.open(subject=propose(), environment="staging", by=validator)


def test_a_rejected_waiver_never_holds(propose, approver1, unfair):
    waiver = propose()
    approvals.reject(request_of(waiver), by=approver1, password=PASSWORD, reason="No.")
    waiver.refresh_from_db()
    assert (waiver.state, fair(unfair).verdict) == (WaiverState.REJECTED, Verdict.INSUFFICIENT)


def test_a_waiver_that_is_over_is_not_put_forward_again(propose, approver1, owner, in_force):
    waivers.withdraw(in_force, by=owner, reason="Not needed.")
    in_force.refresh_from_db()
    with pytest.raises(Conflict, match="is withdrawn; propose another"):
        approvals.open(subject=in_force, environment="production", by=owner)


def test_taking_the_request_back_takes_the_waiver_back(propose, owner):
    waiver = propose()
    approvals.withdraw(request_of(waiver), by=owner, reason="Measured again.")
    waiver.refresh_from_db()
    assert waiver.state == WaiverState.WITHDRAWN


def test_a_waiver_changed_after_it_was_put_forward_is_not_approved(propose, approver1):
    waiver = propose()
    behind(Waiver).filter(pk=waiver.pk).update(ends_at=waiver.ends_at + timedelta(days=300))
    with pytest.raises(Conflict, match="has changed"):
        approve(request_of(waiver), approver1)


@pytest.mark.parametrize(
    ("more", "error", "told"),
    [
        ({"rule": "approvals/approver"}, NotWaivable, "lets a waiver set aside"),
        ({"rule": "fairness_audit"}, NotWaivable, "got 'fairness_audit'"),
        ({"rule": "nothing/of/that"}, NotWaivable, "got 'nothing/of/that'"),
        ({"reason": " "}, Malformed, "says why"),
        ({"ends_at": -1}, Malformed, "ends within 366 days"),
        ({"ends_at": 400}, Malformed, "ends within 366 days"),
        ({"environment": "staging"}, NoPolicy, "no policy in force"),
    ],
)
def test_a_proposal_is_refused_with_a_reason(propose, more, error, told):
    if "ends_at" in more:
        more = {"ends_at": timezone.now() + timedelta(days=more["ends_at"])}
    with pytest.raises(error, match=told):
        propose(**more)
    assert not Waiver.objects.exists()
    assert not happened("governance.waiver.proposed").exists()


def test_strangers_auditors_and_stewards_propose_nothing(propose, mallory, auditor, steward):
    for somebody in (mallory, auditor, steward):
        with pytest.raises(NotPermitted):
            propose(by=somebody)
    assert not Waiver.objects.exists()


def test_one_rule_has_one_waiver_at_a_time(in_force, propose):
    with pytest.raises(Conflict, match="is in force already"):
        propose()


def test_after_its_end_another_may_take_its_place(in_force, propose, approver2):
    behind(Waiver).update(ends_at=timezone.now(), proposed_at=timezone.now() - timedelta(days=1))
    approve(request_of(next_one := propose()), approver2)
    for waiver in (in_force, next_one):
        waiver.refresh_from_db()
    assert (in_force.state, next_one.state) == (WaiverState.ENDED, WaiverState.IN_FORCE)
    assert happened("governance.waiver.ended").exists()


def test_a_waiver_does_not_bring_missing_evidence(
    policy, version, file, owner, approver1, request_for
):
    waiver = waivers.propose(
        subject=version, environment="production", rule=FAIR, reason="We know.",
        compensating_measures="", ends_at=timezone.now() + timedelta(days=1), by=owner,
    )  # fmt: skip
    approve(request_of(waiver), approver1)
    assert fair(version).verdict is Verdict.MISSING
    with pytest.raises(RequirementsNotMet):
        approve(request_for(version), approver1)


def test_another_version_is_not_covered(in_force, make_version, measure):
    other = make_version(other=1)
    measure(other, ratio(0.85, 0.76, 0.95))
    assert fair(other).verdict is Verdict.INSUFFICIENT


def test_another_version_of_the_policy_is_not_bent(in_force, unfair, enact):
    from tests.governance.conftest import POLICY

    enact(POLICY.replace("0.70", "0.71"))
    assert fair(unfair).verdict is Verdict.INSUFFICIENT


def test_the_database_itself_keeps_one_waiver_in_force(in_force):
    again = Waiver.objects.get(pk=in_force.pk)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_the_database_itself_refuses_a_waiver_that_ended_before_it_began(in_force):
    with pytest.raises(IntegrityError), transaction.atomic():
        behind(Waiver).update(ends_at=in_force.proposed_at)
