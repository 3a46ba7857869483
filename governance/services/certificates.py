"""Certificates: a signed, expiring statement that a digest may run in an environment.

The statement is canonical JSON that names everything the approval rested on, and is signed
with the deployment's own key, so it can be checked away from here. Whether it still counts
(nothing it rests on has ended) is asked anew each time: see `governance.services.gate`.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance import events, permissions
from governance.models import ApprovalRequest, Certificate, Evidence, Waiver
from governance.rules.canonical import canonical, instant
from governance.services import judgement, policies
from governance.services.judgement import Considered
from governance.services.wording import refuse_unmet
from governance.states import Verdict
from people.errors import Conflict, Malformed
from people.models import User
from trail import services as trail

PURPOSE = "certificate"
FORM = "assay-certificate/1"


def issue(request: ApprovalRequest, *, by: User) -> Certificate:
    """Issue the certificate an approved request yields, inside the approval's transaction."""
    considered = judgement.consider(request)
    refuse_unmet(considered.judgement)
    relied = _relied_on(considered)
    now = timezone.now()
    expires_at = _earliest_end(request, considered.evidence, relied, now)
    statement = canonical(_statement(request, considered.evidence, relied, now, expires_at))
    signed = trail.sign(PURPOSE, statement)
    issued = Certificate.objects.create(
        request=request,
        subject_type=request.subject_type,
        subject_id=request.subject_id,
        subject_digest=request.subject_digest,
        environment=request.environment,
        statement=statement.decode(),
        digest=hashlib.sha256(statement).hexdigest(),
        signature=signed.signature_hex,
        key_id=signed.key_id,
        issued_at=now,
        expires_at=expires_at,
    )
    detail = {"digest": issued.digest, "environment": issued.environment, "expires_at": expires_at}
    trail.record(events.CERTIFICATE_ISSUED, by=by, subject=issued, detail=detail)
    return issued


@transaction.atomic
def revoke(certificate: Certificate, *, by: User, reason: str) -> Certificate:
    """Take a certificate's effect away, for good and with a reason."""
    held = Certificate.objects.select_for_update().get(pk=certificate.pk)
    permissions.check_may_revoke(by, held.request.team)
    if not reason.strip():
        raise Malformed("a certificate is revoked with a reason, got none")
    if held.revoked_at is not None:
        raise Conflict(f"{held} was revoked on {held.revoked_at:%Y-%m-%d} already")
    held.revoked_at, held.revoked_by, held.revoked_reason = timezone.now(), by, reason
    held.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    detail = {"digest": held.digest}
    trail.record(events.CERTIFICATE_REVOKED, by=by, subject=held, detail=detail, reason=reason)
    return held


def verify(certificate: Certificate) -> list[str]:
    """What is wrong with the certificate itself: its digest, its signature, its columns."""
    statement = certificate.statement.encode()
    faults = []
    if hashlib.sha256(statement).hexdigest() != certificate.digest:
        faults.append("its statement does not have its digest")
    key = certificate.signature, certificate.key_id
    if not trail.check_signature(PURPOSE, statement, *key):
        faults.append("its signature does not verify")
    return faults or _disagreements(certificate)


def said(certificate: Certificate) -> dict[str, Any]:
    """The statement, read."""
    read: dict[str, Any] = json.loads(certificate.statement)
    return read


def evidence_behind(digest: str, kind: str) -> Evidence | None:
    """The evidence of a kind that the certificate of this digest names; None if it names none."""
    certificate = Certificate.objects.filter(digest=digest).first()
    if certificate is None:
        return None
    named = [each["id"] for each in said(certificate)["evidence"] if each["kind"] == kind]
    return Evidence.objects.filter(pk__in=named).order_by("-pk").first()


def _disagreements(certificate: Certificate) -> list[str]:
    """Where the row says something other than what was signed."""
    read = said(certificate)
    subject = read["subject"]
    told = [subject["type"], subject["id"], subject["digest"], read["environment"]]
    told += [read["issued_at"], read["expires_at"]]
    held = [certificate.subject_type, certificate.subject_id, certificate.subject_digest]
    held += [certificate.environment, instant(certificate.issued_at)]
    held += [instant(certificate.expires_at)]
    return [] if told == held else ["its row says something other than what was signed"]


def _relied_on(considered: Considered) -> list[Waiver]:
    """The waivers without which a rule would not have passed."""
    waived = {r.key for r in considered.judgement.rules if r.verdict is Verdict.WAIVED}
    return [waiver for waiver in considered.waivers if waiver.rule in waived]


def _earliest_end(
    request: ApprovalRequest, held: Sequence[Evidence], relied: Sequence[Waiver], now: datetime
) -> datetime:
    """The first of the policy's validity, the waivers' ends and the evidence's expiry."""
    valid_for = policies.document_of(request.policy_version).valid_for
    if valid_for is None:
        raise Conflict(f"{request.policy_version} does not say how long a certificate is valid")
    ends = [waiver.ends_at for waiver in relied]
    ends += [evidence.expires_at for evidence in held if evidence.expires_at]
    return min([now + valid_for, *ends])


def _statement(
    request: ApprovalRequest,
    held: Sequence[Evidence],
    relied: Sequence[Waiver],
    issued_at: datetime,
    expires_at: datetime,
) -> dict[str, Any]:
    return {
        "form": FORM,
        "request": request.pk,
        "subject": _subject(request),
        "environment": request.environment,
        "policy": _policy(request),
        "evidence": [{"id": e.pk, "kind": e.kind, "digest": e.digest} for e in held],
        "waivers": [_waiver(waiver) for waiver in relied],
        "decisions": _decisions(request),
        "issued_at": instant(issued_at),
        "expires_at": instant(expires_at),
    }


def _subject(request: ApprovalRequest) -> dict[str, str]:
    return {
        "type": request.subject_type,
        "id": request.subject_id,
        "label": request.subject_label,
        "digest": request.subject_digest,
    }


def _policy(request: ApprovalRequest) -> dict[str, Any]:
    version = request.policy_version
    return {
        "id": version.pk,
        "name": version.policy.slug,
        "number": version.number,
        "digest": version.digest,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {"id": waiver.pk, "rule": waiver.rule, "ends_at": instant(waiver.ends_at)}


def _decisions(request: ApprovalRequest) -> list[dict[str, Any]]:
    """Who decided, by their opaque reference, and the digest of what they signed."""
    decisions = request.decisions.select_related("decided_by", "signature").order_by("id")
    return [
        {
            "by": str(decision.decided_by.ref),
            "kind": decision.kind,
            "role": decision.role,
            "conditions": decision.conditions,
            "decided_at": instant(decision.decided_at),
            "signed": decision.signature.statement_sha256,
        }
        for decision in decisions
    ]
