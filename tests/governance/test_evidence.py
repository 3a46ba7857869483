"""Evidence: filed once by a run, kept as written, reviewed by somebody else."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.models import Evidence, EvidenceReview
from governance.rules.canonical import plain
from governance.services import attestations, evidence, integrity, judgement, subjects
from governance.states import Verdict
from measures.measured import Measured
from models_registry.services import blobs
from people.errors import Conflict, Malformed, NotPermitted, WrongPassword
from people.models import Grant, Signature
from people.states import Role
from tests.governance.conftest import FAIR, PASSWORD, auc, behind, happened, ratio

pytestmark = pytest.mark.django_db


def verdict_of(version, key):
    return {rule.key: rule for rule in judgement.preview(version, "production").rules}[key]


def review(filed, by, asked_by, **more):
    said = {"verdict": "accepted", "password": PASSWORD, "reason": "", "shown_digest": "cd" * 32}
    return evidence.review(filed, by=by, asked_by=asked_by, **said | more)


def test_a_number_is_kept_as_it_was_measured(file, version):
    filed = file("validation_run", version, auc(0.1 + 0.2, 1e-17, 1.0))
    (stored,) = filed.measures
    assert (stored["value"], stored["low"], stored["high"]) == (
        "0.30000000000000004",
        "1e-17",
        "1.0",
    )
    assert happened("governance.evidence.filed", subject_id=str(filed.pk)).exists()


def test_what_comes_back_from_the_database_has_the_same_digest(file, version, owner):
    odd = {
        "big": 1e22,
        "small": 5e-324,
        "nan": float("nan"),
        "nul": "a\0b",
        "int": 2**70,
        "k": {1: ()},
    }
    filed = evidence.file(
        kind="validation_run",
        subject=subjects.of(version),
        producer="run",
        produced_by="run:99",
        measures=[Measured("m", float("inf"), None, None, 3)],
        details=odd,
        attachments=[{"name": "roc.svg", "digest": "0" * 64, "media_type": "image/svg+xml"}],
        by=owner,
        expires_at=timezone.now() + timedelta(days=1),
    )
    held = Evidence.objects.get(pk=filed.pk)
    assert evidence.content_digest(held) == filed.digest
    assert held.details["nan"] == "nan"


def test_a_changed_byte_of_an_attachment_is_found_and_named(version, owner):
    drawn = blobs.put(b"<svg/>")
    filed = evidence.file(
        kind="validation_run",
        subject=subjects.of(version),
        producer="run",
        produced_by="run:98",
        measures=[],
        details={},
        attachments=[{"name": "roc.svg", "digest": drawn.digest, "media_type": "image/svg+xml"}],
        by=owner,
    )
    assert [*integrity.evidence_is_intact()] == []
    stored = f"{drawn.digest[:2]}/{drawn.digest[2:4]}/{drawn.digest}"
    Path(storages["blobs"].path(stored)).write_bytes(b"<svg >")
    (fault,) = integrity.evidence_is_intact()
    assert fault.place == f"evidence {filed.pk}, roc.svg"


def test_a_run_that_reports_twice_files_once(version, owner):
    filing = {
        "kind": "validation_run",
        "subject": subjects.of(version),
        "producer": "run",
        "produced_by": "run:1",
        "measures": [auc()],
        "details": {},
        "attachments": [],
        "by": owner,
    }
    assert evidence.file(**filing) == evidence.file(**filing)
    assert Evidence.objects.count() == 1


def test_a_measure_given_twice_is_refused(file, version):
    with pytest.raises(Malformed, match="roc_auc of all rows is given twice"):
        file("validation_run", version, auc(), auc(0.9, 0.9, 0.9))
    assert not Evidence.objects.exists()


def test_evidence_is_never_edited(file, version):
    filed = file("validation_run", version, auc())
    with pytest.raises(Conflict):
        filed.save()
    with pytest.raises(Conflict):
        Evidence.objects.filter(pk=filed.pk).update(measures=[])
    with pytest.raises(Conflict):
        filed.delete()


def test_it_counts_once_its_report_is_accepted(policy, version, file, owner, validator):
    filed = file("fairness_audit", version, ratio(0.9, 0.85, 0.95), accepted=False)
    assert verdict_of(version, "fairness_audit").verdict is Verdict.MISSING
    review(filed, validator, owner)
    assert verdict_of(version, "fairness_audit").verdict is Verdict.MET
    assert happened("governance.evidence.accepted", subject_id=str(filed.pk)).exists()
    statement = Signature.objects.get(meaning="reviewed and accepted").statement
    assert "cd" * 32 in statement
    assert filed.digest in statement


def test_the_latest_word_of_a_reviewer_counts(policy, version, file, owner, approver1):
    filed = file("fairness_audit", version, ratio(0.9, 0.85, 0.95))
    review(filed, approver1, owner, verdict="returned", reason="Wrong snapshot.")
    told = verdict_of(version, "fairness_audit")
    assert (told.verdict, "Wrong snapshot." in told.why) == (Verdict.MISSING, True)
    assert happened("governance.evidence.returned").exists()


def test_nobody_reviews_what_they_asked_for(version, file, validator, person):
    filed = file("validation_run", version, auc(), accepted=False)
    with pytest.raises(NotPermitted, match="asked for the run"):
        review(filed, validator, validator)
    assert not filed.reviews.exists()


def test_nobody_reviews_reports_on_their_own_work(version, file, owner, validator):
    Grant.objects.create(user=owner, team=version.registered_model.use_case.team, role="validator")
    filed = file("validation_run", version, auc(), accepted=False)
    with pytest.raises(NotPermitted, match="made Mortgages v1"):
        review(filed, owner, validator)


def test_only_validators_and_approvers_review(version, file, owner, steward, auditor, mallory):
    filed = file("validation_run", version, auc(), accepted=False)
    for somebody in (steward, auditor, mallory):
        with pytest.raises(NotPermitted):
            review(filed, somebody, owner)
    assert not filed.reviews.exists()
    assert not happened("governance.evidence.accepted").exists()


def test_a_review_is_signed_and_a_return_says_why(version, file, owner, validator):
    filed = file("validation_run", version, auc(), accepted=False)
    with pytest.raises(WrongPassword):
        review(filed, validator, owner, password="wrong")
    with pytest.raises(Malformed, match="with a reason"):
        review(filed, validator, owner, verdict="returned")
    assert not filed.reviews.exists()


def test_the_database_itself_refuses_a_review_of_one_s_own(version, file, validator):
    filed = file("validation_run", version, auc())
    held = filed.reviews.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        behind(EvidenceReview).filter(pk=held.pk).update(asked_by=validator)


def test_newer_evidence_supersedes_older_even_if_it_is_worse(policy, version, file):
    file("fairness_audit", version, ratio(0.9, 0.85, 0.95))
    file("fairness_audit", version, ratio(0.5, 0.45, 0.55), accepted=False)
    assert verdict_of(version, FAIR).verdict is Verdict.NOT_MET
    assert verdict_of(version, "fairness_audit").verdict is Verdict.MISSING


def test_an_audit_at_an_easier_threshold_approves_nothing(policy, version, owner, validator):
    filed = evidence.file(
        kind="fairness_audit", subject=subjects.of(version), producer="run", produced_by="run:9",
        measures=[ratio(0.99, 0.98, 1.0)], details={"threshold": 0.01, "confidence": 0.95},
        attachments=[], by=owner,
    )  # fmt: skip
    evidence.review(
        filed, verdict="accepted", by=validator, password=PASSWORD, reason="Read.",
        shown_digest="cd" * 32, asked_by=owner,
    )  # fmt: skip
    told = {rule.key: rule for rule in judgement.preview(version, "production").rules}
    assert told["fairness_audit"].verdict == "insufficient"
    assert "at the threshold 0.01; 0.5 is asked" in told["fairness_audit"].why


def test_old_evidence_is_stale(policy, version, file):
    filed = file("fairness_audit", version, ratio(0.9, 0.85, 0.95))
    behind(Evidence).filter(pk=filed.pk).update(effective_from=timezone.now() - timedelta(days=91))
    assert verdict_of(version, FAIR).verdict is Verdict.STALE


def test_a_person_s_word_does_not_answer_where_a_run_is_asked_for(policy, version, validator):
    evidence.file(
        kind="explainability_report",
        subject=subjects.of(version),
        producer="person",
        produced_by=str(validator.ref),
        measures=[],
        details={},
        attachments=[],
        by=validator,
    )
    assert verdict_of(version, "explainability_report").verdict is Verdict.MISSING


def attest(version, by, **more):
    said = {"kind": "dpia", "statement": "Done.", "password": PASSWORD}
    return attestations.attest(subject=version, by=by, **said | more)


def test_a_person_attests_with_a_signature(version, validator):
    filed = attest(version, validator)
    assert (filed.producer, filed.produced_by) == ("person", str(validator.ref))
    signed = Signature.objects.get(meaning="attested")
    assert (signed.statement_sha256, filed.measures) == (filed.details["signed"], [])
    assert happened("governance.evidence.attested", subject_id=str(filed.pk)).exists()


def test_an_attestation_is_refused_with_a_reason(version, validator, auditor, mallory):
    for somebody in (auditor, mallory):
        with pytest.raises(NotPermitted):
            attest(version, somebody)
    with pytest.raises(WrongPassword):
        attest(version, validator, password="wrong")
    with pytest.raises(Malformed, match="an evidence kind is one of"):
        attest(version, validator, kind="gut_feeling")
    with pytest.raises(Malformed, match="measured by a run"):
        attest(version, validator, kind="fairness_audit")
    with pytest.raises(Malformed, match="states something"):
        attest(version, validator, statement=" ")
    with pytest.raises(Malformed, match="expires in the future"):
        attest(version, validator, expires_at=timezone.now())
    assert not Evidence.objects.exists()
    assert not Signature.objects.filter(meaning="attested").exists()


def test_plain_json_is_what_every_database_gives_back():
    assert plain({"a": Decimal("1.50"), 2: (1, float("-inf"))}) == {"a": "1.50", "2": [1, "-inf"]}
    with pytest.raises(TypeError, match="expected a JSON value, got object"):
        plain(object())


def test_an_approver_reviews_too(version, file, owner, person):
    filed = file("validation_run", version, auc(), accepted=False)
    assert review(filed, person("risk", Role.APPROVER), owner).verdict == "accepted"
