"""Requests: opened, decided by others, refused with a reason that the trail keeps."""

import json

import pytest
from django.db import IntegrityError, transaction

from governance.errors import AlreadyDecided, NoPolicy, SubjectChanged
from governance.models import ApprovalRequest, Certificate, Decision
from governance.services import approvals, judgement
from governance.states import PolicyState, RequestState
from models_registry.models import ModelVersion
from models_registry.services import use_cases
from people.errors import Conflict, Malformed, NotPermitted, RequirementsNotMet, WrongPassword
from people.models import Signature
from people.services import signatures
from people.states import Role
from tests.governance.conftest import FAIR, PASSWORD, POLICY, approve, behind, happened, ratio

pytestmark = pytest.mark.django_db


def untouched(request: ApprovalRequest, decisions: int = 0) -> bool:
    """Nothing has changed: the request is open with so many decisions, nothing is certified."""
    request.refresh_from_db()
    return (request.state, request.decisions.count(), Certificate.objects.count()) == (
        RequestState.OPEN,
        decisions,
        0,
    )


def refusals() -> list[dict]:
    return [json.loads(row.body) for row in happened("governance.request.refused")]


def test_a_request_is_bound_to_the_digest_and_the_policy_of_the_moment(pending, policy, version):
    assert pending.subject_digest == version.manifest_digest
    assert pending.policy_version == policy
    assert happened("governance.request.opened", subject_id=str(pending.pk)).exists()


def test_nothing_can_be_asked_where_no_policy_applies(version, request_for, policy):
    with pytest.raises(NoPolicy, match="no policy in force covers Mortgages v1 in staging"):
        request_for(version, "staging")


def test_the_same_is_not_asked_twice(pending, version, request_for):
    with pytest.raises(Conflict, match="is open already"):
        request_for(version)


def test_a_stranger_and_an_auditor_may_not_ask(policy, version, mallory, auditor):
    for somebody in (mallory, auditor):
        with pytest.raises(NotPermitted):
            approvals.open(subject=version, environment="production", by=somebody)
    assert not ApprovalRequest.objects.filter(subject_type="model_version").exists()


def test_the_last_approval_asked_for_closes_the_request(pending, agree, validator, approver1):
    assert approve(pending, validator).state == RequestState.OPEN
    assert approve(pending, approver1).state == RequestState.OPEN
    needs = {
        need.role: (need.given, need.needed) for need in judgement.of_request(pending).approvals
    }
    assert needs == {"validator": (1, 1), "approver": (1, 2)}


def test_an_approved_request_yields_a_certificate_and_the_trail_tells_it(pending, agree):
    approved = agree(pending)
    assert (approved.state, approved.closed_at is None) == (RequestState.APPROVED, False)
    assert Certificate.objects.get().request == approved
    told = happened("governance.request.decided", subject_id=str(pending.pk))
    assert [json.loads(row.body)["detail"]["role"] for row in told] == [
        "validator",
        "approver",
        "approver",
    ]
    assert happened("governance.request.approved").filter(subject_id=str(pending.pk)).exists()


def test_what_is_signed_names_the_digest_and_the_policy(pending, validator):
    approve(pending, validator, conditions="Only in Boston.")
    decision = pending.decisions.get()
    for part in (pending.subject_digest, pending.policy_version.digest, "Only in Boston."):
        assert part in decision.signature.statement
    assert decision.signature.user == validator


def test_nobody_approves_their_own_request(pending, owner):
    with pytest.raises(NotPermitted, match="opened this request"):
        approve(pending, owner)
    assert untouched(pending)
    assert refusals()[-1]["detail"]["why"] == "NotPermitted"


def test_nobody_approves_their_own_work(policy, version, measure, owner, validator):
    measure(version)
    pending = approvals.open(subject=version, environment="production", by=validator)
    with pytest.raises(NotPermitted, match="made Mortgages v1"):
        approve(pending, owner)
    assert untouched(pending)


def test_a_superuser_is_bound_too(pending, person):
    root = person("root", is_superuser=True, is_staff=True)
    with pytest.raises(NotPermitted):
        approve(pending, root)
    boss = person("boss", *Role, is_superuser=True)
    own = approvals.withdraw(pending, by=boss, reason="Mine now.")
    again = approvals.open(
        subject=ModelVersion.objects.get(pk=own.subject_id), environment="production", by=boss
    )
    with pytest.raises(NotPermitted, match="opened this request"):
        approve(again, boss)
    assert untouched(again)


def test_a_stranger_may_not_decide(pending, mallory, auditor, steward):
    for somebody in (mallory, auditor, steward):
        with pytest.raises(NotPermitted, match="may not decide"):
            approve(pending, somebody)
    assert untouched(pending)
    assert len(refusals()) == 3


def test_a_role_in_another_team_does_not_count(pending, mallory):
    from people.models import Grant, Team

    elsewhere = Team.objects.create(name="Elsewhere", slug="elsewhere")
    Grant.objects.create(user=mallory, team=elsewhere, role=Role.APPROVER)
    with pytest.raises(NotPermitted, match="may not decide"):
        approve(pending, mallory)


def test_nobody_decides_twice(pending, validator):
    approve(pending, validator)
    with pytest.raises(AlreadyDecided, match="has already decided"):
        approve(pending, validator)
    assert untouched(pending, decisions=1)


def test_whoever_decided_as_validator_does_not_decide_as_approver(pending, person):
    both = person("both", Role.VALIDATOR, Role.APPROVER)
    approve(pending, both)
    assert pending.decisions.get().role == Role.VALIDATOR
    with pytest.raises(AlreadyDecided):
        approve(pending, both)
    assert untouched(pending, decisions=1)


def test_a_role_that_is_filled_is_not_filled_again(pending, validator, person):
    approve(pending, validator)
    with pytest.raises(NotPermitted, match="still needed is approver in Lending"):
        approve(pending, person("second", Role.VALIDATOR))


def test_a_wrong_password_decides_nothing(pending, validator):
    with pytest.raises(WrongPassword):
        approve(pending, validator, password="not it")
    assert untouched(pending)


def test_a_decision_says_why(pending, validator):
    with pytest.raises(Malformed, match="says why"):
        approve(pending, validator, reason="  ")
    assert untouched(pending)
    assert Signature.objects.filter(meaning="approved", user=validator).count() == 0


def test_nothing_is_approved_while_a_rule_is_unmet(
    policy, version, measure, request_for, validator
):
    measure(version, ratio(0.58, 0.51, 0.66))
    pending = request_for(version)
    with pytest.raises(RequirementsNotMet, match=f"{FAIR} is not_met") as unmet:
        approve(pending, validator)
    (rule,) = unmet.value.errors
    assert (rule["key"], rule["verdict"], rule["value"], rule["bound"]) == (
        FAIR,
        "not_met",
        "0.58",
        "0.80",
    )
    assert untouched(pending)
    assert refusals()[-1]["detail"]["rules"] == unmet.value.errors
    assert happened("governance.request.refused").get().outcome == "refused"
    assert not happened("governance.request.decided", actor=str(validator.ref)).exists()


def test_password_and_person_are_checked_before_the_rules(
    policy, version, request_for, mallory, owner
):
    pending = request_for(version)
    with pytest.raises(WrongPassword):
        approve(pending, owner, password="wrong")
    with pytest.raises(NotPermitted):
        approve(pending, mallory)


def test_an_interval_that_crosses_the_bound_approves_nothing(
    policy, version, measure, request_for, validator
):
    measure(version, ratio(0.85, 0.78, 0.93))
    with pytest.raises(RequirementsNotMet, match="insufficient"):
        approve(request_for(version), validator)


def test_a_changed_subject_is_not_approved(pending, version, validator):
    behind(ModelVersion).filter(pk=version.pk).update(manifest_digest="0" * 64)
    with pytest.raises(SubjectChanged, match="withdraw this request and open another"):
        approve(pending, validator)
    assert untouched(pending)
    assert refusals()[-1]["detail"]["why"] == "SubjectChanged"


def test_a_policy_that_is_no_longer_in_force_approves_nothing(pending, validator):
    behind(type(pending.policy_version)).filter(pk=pending.policy_version_id).update(
        state=PolicyState.SUPERSEDED
    )
    with pytest.raises(Conflict, match="no longer in force"):
        approve(ApprovalRequest.objects.get(pk=pending.pk), validator)


def test_a_policy_that_covers_it_no_longer_approves_nothing(pending, version, owner, validator):
    use_case = version.registered_model.use_case
    answers = use_case.answers | {"decides_about_people": False}
    use_cases.update(use_case, revision=1, by=owner, answers=answers)
    with pytest.raises(Conflict, match="credit-production v1 no longer decides on Mortgages v1"):
        approve(pending, validator)
    assert untouched(pending)


def test_a_stricter_policy_enacted_meanwhile_binds_an_open_request(pending, enact, team, validator):
    stricter = POLICY.replace("credit-production", "strict").replace("0.70", "0.99")
    enact(stricter, team=team)
    with pytest.raises(Conflict, match="no longer decides on Mortgages v1, strict v1 does"):
        approve(pending, validator)
    assert untouched(pending)


def test_a_closed_request_stays_closed(pending, agree, person):
    approved = agree(pending)
    late = person("late", Role.APPROVER)
    with pytest.raises(AlreadyDecided, match="is approved, not open"):
        approve(approved, late)
    with pytest.raises(AlreadyDecided):
        approvals.withdraw(approved, by=approved.requested_by, reason="Too late.")


def test_one_rejection_closes_a_request_even_with_rules_unmet(
    policy, version, request_for, approver1
):
    pending = request_for(version)
    rejected = approvals.reject(pending, by=approver1, password=PASSWORD, reason="No.")
    assert rejected.state == RequestState.REJECTED
    assert rejected.decisions.get().kind == "reject"
    assert happened("governance.request.rejected").exists()
    assert not Certificate.objects.exists()


def test_a_rejection_is_refused_as_an_approval_is(pending, owner, mallory):
    for somebody in (owner, mallory):
        with pytest.raises(NotPermitted):
            approvals.reject(pending, by=somebody, password=PASSWORD, reason="No.")
    assert untouched(pending)
    assert len(refusals()) == 2


def test_who_asked_may_take_it_back(pending, owner, mallory, request_for, version):
    with pytest.raises(NotPermitted):
        approvals.withdraw(pending, by=mallory, reason="Mine.")
    assert untouched(pending)
    withdrawn = approvals.withdraw(pending, by=owner, reason="Not yet.")
    assert withdrawn.state == RequestState.WITHDRAWN
    assert happened("governance.request.withdrawn").exists()
    assert request_for(version).pk != pending.pk


def decision(pending, by, **more):
    """A decision written past the service."""
    signature = signatures.sign(by=by, password=PASSWORD, meaning="approved", statement="Mine.")
    written = {
        "request": pending,
        "kind": "approve",
        "decided_by": by,
        "requested_by": pending.requested_by,
        "subject_author": pending.subject_author,
        "role": "approver",
        "reason": "Mine.",
        "subject_digest": pending.subject_digest,
        "signature": signature,
    }
    return Decision(**written | more)


def test_the_database_itself_refuses_a_decision_on_one_s_own_request(pending, owner, validator):
    with pytest.raises(IntegrityError), transaction.atomic():
        decision(pending, owner, subject_author=validator).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        decision(pending, owner, requested_by=validator).save()
    assert not pending.decisions.exists()


def test_the_database_itself_refuses_a_second_decision(pending, validator):
    approve(pending, validator)
    with pytest.raises(IntegrityError), transaction.atomic():
        decision(pending, validator).save()


def test_the_database_itself_refuses_a_second_open_request(pending):
    again = ApprovalRequest.objects.get(pk=pending.pk)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_a_decision_is_written_once(pending, validator):
    approve(pending, validator)
    given = pending.decisions.get()
    given.reason = "Something else."
    with pytest.raises(Conflict):
        given.save()
    with pytest.raises(Conflict):
        Decision.objects.filter(pk=given.pk).update(reason="Something else.")
    with pytest.raises(Conflict):
        given.delete()
