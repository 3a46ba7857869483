"""Certificates, and the gate that opens only for one that still counts."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from governance.errors import GateClosed
from governance.models import Certificate, Evidence, PolicyVersion
from governance.services import certificates, gate, integrity, releases
from governance.states import PolicyState
from models_registry.models import Artifact, Deployment, ModelVersion, UseCase
from people.errors import Conflict, Malformed, NotPermitted
from tests.governance.conftest import behind, happened, ratio

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(pending, agree):
    return agree(pending).certificate


def answer(version, environment="production"):
    return gate.ask(version.manifest_digest, environment)


def test_the_gate_opens_for_what_was_approved(certificate, version):
    told = answer(version)
    assert (told.allowed, told.certificate) == (True, certificate)
    assert happened("governance.certificate.issued", subject_id=str(certificate.pk)).exists()


def test_a_certificate_says_everything_it_rests_on(certificate, pending, validator):
    said = certificates.said(certificate)
    assert said["subject"]["digest"] == pending.subject_digest
    assert said["policy"]["digest"] == pending.policy_version.digest
    assert {e["digest"] for e in said["evidence"]} == set(
        Evidence.objects.values_list("digest", flat=True)
    )
    assert said["decisions"][0]["by"] == str(validator.ref)
    assert "approver1" not in certificate.statement
    assert certificate.expires_at - certificate.issued_at == timedelta(days=180)


def test_a_certificate_ends_with_the_first_thing_it_rests_on(
    policy, version, file, request_for, agree
):
    soon = timezone.now() + timedelta(days=9)
    file("validation_run", version, _auc())
    file("fairness_audit", version, ratio(0.9, 0.85, 0.95), expires_at=soon)
    file("explainability_report", version)
    assert agree(request_for(version)).certificate.expires_at == soon


def _auc():
    from tests.governance.conftest import auc

    return auc()


def test_the_gate_is_closed_without_a_certificate(pending, version):
    told = answer(version)
    assert (told.allowed, told.certificate) == (False, None)
    assert told.why == "no certificate for this digest in production"


def test_the_gate_is_closed_elsewhere_and_to_others(certificate, version, make_version):
    assert not answer(version, "staging").allowed
    assert not answer(make_version()).allowed
    assert not gate.ask("", "").allowed


CLOSING = {
    "it expired": {"expires_at": "soon"},
    "its signature does not verify": {"signature": "00" * 64},
    "its signature does not verify ": {"key_id": "ffffffff"},
    "its signature does not verify  ": {"signature": "no hexadecimal"},
    "its statement does not have its digest": {"digest": "0" * 64},
    "its row says something other": {"environment": "production", "subject_id": "999"},
}


@pytest.mark.parametrize("why", CLOSING)
def test_the_gate_is_closed_to_a_certificate_that_was_tampered_with(certificate, version, why):
    changed = {key: value for key, value in CLOSING[why].items() if value != "soon"}
    if not changed:
        changed = {"expires_at": certificate.issued_at + timedelta(microseconds=1)}
        why = "its row says something other"
    behind(Certificate).update(**changed)
    told = answer(version)
    assert not told.allowed
    assert why.strip() in told.why


def test_the_gate_is_closed_after_the_end(certificate, version):
    certificate.refresh_from_db()
    assert [*gate.why_not(certificate, certificate.expires_at)] == [
        f"it expired on {certificate.expires_at:%Y-%m-%d}"
    ]
    assert not [*gate.why_not(certificate, certificate.expires_at - timedelta(seconds=1))]
    assert [*gate.why_not(certificate, certificate.issued_at - timedelta(seconds=1))]


def test_a_longer_life_cannot_be_written_into_the_row(certificate, version):
    behind(Certificate).update(expires_at=certificate.expires_at + timedelta(days=365))
    assert "something other than what was signed" in answer(version).why


def test_the_gate_is_closed_when_the_manifest_changes(certificate, version):
    behind(ModelVersion).filter(pk=version.pk).update(manifest={"another": "model"})
    assert "the manifest no longer has the digest" in answer(version).why


def test_the_gate_is_closed_when_other_bytes_are_put_in_the_artifact_s_place(certificate, version):
    behind(Artifact).filter(version=version).update(digest="cd" * 32)
    assert "its artifacts are not those that were approved" in answer(version).why


@pytest.mark.parametrize("odd", ["", "*", "\0", "%", "A" * 64, "0" * 63, "'" * 64, "9" * 5000])
def test_the_gate_is_closed_to_what_is_no_digest_and_no_environment(certificate, version, odd):
    assert not gate.ask(odd, "production").allowed
    assert not gate.ask(version.manifest_digest, odd).allowed


def test_the_gate_is_closed_when_evidence_is_changed_or_expires(certificate, version):
    first = Evidence.objects.order_by("id").first()
    behind(Evidence).filter(pk=first.pk).update(measures=[])
    assert "the validation_run it rests on is not what was approved" in answer(version).why


def test_a_replaced_policy_leaves_the_gate_open_and_asks_to_reconsider(certificate, version):
    behind(PolicyVersion).filter(policy__slug="credit-production").update(
        state=PolicyState.SUPERSEDED
    )
    assert "to be reconsidered, for credit-production v1 has since been replaced" in (
        answer(version).why
    )
    assert answer(version).allowed


def test_the_gate_is_closed_when_the_use_becomes_prohibited(certificate, version):
    behind(UseCase).update(risk_tier="prohibited")
    assert "prohibited" in answer(version).why


def test_a_revoked_certificate_does_not_count(certificate, version, approver1):
    certificates.revoke(certificate, by=approver1, reason="A complaint.")
    assert "it was revoked" in answer(version).why
    assert happened("governance.certificate.revoked", subject_id=str(certificate.pk)).exists()
    with pytest.raises(Conflict, match="already"):
        certificates.revoke(certificate, by=approver1, reason="Again.")


def test_revoking_is_refused_to_others_and_without_a_reason(
    certificate, version, owner, auditor, mallory, approver1
):
    for somebody in (owner, auditor, mallory):
        with pytest.raises(NotPermitted):
            certificates.revoke(certificate, by=somebody, reason="Mine.")
    with pytest.raises(Malformed):
        certificates.revoke(certificate, by=approver1, reason=" ")
    assert answer(version).allowed


def test_a_version_goes_live_where_the_gate_lets_it(certificate, version, environment, owner):
    live = releases.go_live(version, environment, by=owner)
    assert (live.state, live.certificate_digest) == ("live", certificate.digest)


def test_a_closed_gate_keeps_a_version_out_and_the_trail_knows(version, environment, owner):
    with pytest.raises(GateClosed, match="Mortgages v1 may not run in production: no certificate"):
        releases.go_live(version, environment, by=owner)
    assert not Deployment.objects.exists()
    assert happened("governance.gate.refused").get().outcome == "refused"


def test_a_stranger_puts_nothing_live(certificate, version, environment, mallory, approver1):
    for somebody in (mallory, approver1):
        with pytest.raises(NotPermitted):
            releases.go_live(version, environment, by=somebody)
    assert not Deployment.objects.exists()


def test_rolling_back_brings_the_version_before_live_again(
    policy, make_version, measure, request_for, agree, environment, owner
):
    first, second = make_version(a=1), make_version(a=2)
    for version in (first, second):
        measure(version)
        agree(request_for(version))
        live = releases.go_live(version, environment, by=owner)
    back = releases.roll_back(live, by=owner, reason="Complaints.")
    live.refresh_from_db()
    assert (back.version, back.state, live.state) == (first, "live", "rolled_back")


def test_rolling_back_asks_the_gate_too(
    policy, make_version, measure, request_for, agree, environment, owner, approver1
):
    first, second = make_version(a=1), make_version(a=2)
    for version in (first, second):
        measure(version)
        certificate = agree(request_for(version)).certificate
        live = releases.go_live(version, environment, by=owner)
        if version == first:
            old = certificate
    certificates.revoke(old, by=approver1, reason="Unsafe.")
    with pytest.raises(GateClosed):
        releases.roll_back(live, by=owner, reason="Complaints.")
    live.refresh_from_db()
    assert live.state == "live"


def test_the_first_cannot_be_rolled_back_but_retired(certificate, version, environment, owner):
    live = releases.go_live(version, environment, by=owner)
    with pytest.raises(Conflict, match="nothing was live in production before"):
        releases.roll_back(live, by=owner, reason="Complaints.")
    assert releases.end(live, "retired", by=owner, reason="Old.").state == "retired"


def test_the_verifier_finds_nothing_wrong(certificate):
    assert [*integrity.evidence_is_intact()] == []
    assert [*integrity.certificates_verify()] == []
    assert [*integrity.policies_say_what_was_written()] == []


def test_the_verifier_finds_a_changed_number(certificate):
    held = Evidence.objects.order_by("id").first()
    measures = json.loads(json.dumps(held.measures).replace("0.78", "0.98"))
    behind(Evidence).filter(pk=held.pk).update(measures=measures)
    (fault,) = integrity.evidence_is_intact()
    assert fault.place == f"evidence {held.pk}"


def test_the_verifier_finds_a_changed_certificate_and_policy(certificate, policy):
    behind(Certificate).update(statement=certificate.statement.replace("production", "staging"))
    assert {fault.place for fault in integrity.certificates_verify()} == {
        f"certificate {certificate.pk}"
    }
    behind(PolicyVersion).filter(pk=policy.pk).update(text=policy.text.replace("0.80", "0.10"))
    (fault,) = integrity.policies_say_what_was_written()
    assert fault.place == f"policy version {policy.pk}"
    behind(PolicyVersion).filter(pk=policy.pk).update(text="[")
    (fault,) = integrity.policies_say_what_was_written()
    assert "cannot be read" in fault.message
