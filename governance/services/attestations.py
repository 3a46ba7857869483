"""Attestations: evidence by a person, who signs what they state."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from governance import events, permissions
from governance.models import Evidence
from governance.services import catalogue, evidence, subjects
from governance.states import Producer
from people.errors import Malformed
from people.models import User
from people.services import signatures
from trail import services as trail

#: What runs measure. A person's word is no measurement, and would answer a framework as one.
MEASURED = frozenset(
    {
        "dataset_profile",
        "data_lineage",
        "training_run",
        "validation_run",
        "fairness_audit",
        "explainability_report",
        "drift_monitoring",
    }
)


def attest(
    *,
    kind: str,
    subject: object,
    statement: str,
    by: User,
    password: str,
    expires_at: datetime | None = None,
    attachments: Sequence[dict[str, str]] = (),
) -> Evidence:
    """File what a person states about a subject, signed. It carries no measures.

    A policy counts it only where it asks for evidence `by: person`.
    """
    signatures.check_password(by, password)
    ref = subjects.of(subject)
    with transaction.atomic():
        permissions.check_may_attest(by, ref.team, kind)
        _check(kind, statement, expires_at)
        signature = signatures.sign(
            by=by,
            password=password,
            meaning="attested",
            statement=f"I attest {kind} of {ref.label}, sha256:{ref.digest}: {statement}",
        )
        filed = evidence.file(
            kind=kind,
            subject=ref,
            producer=Producer.PERSON,
            produced_by=str(by.ref),
            measures=(),
            details={"statement": statement, "signed": signature.statement_sha256},
            attachments=attachments,
            by=by,
            expires_at=expires_at,
        )
        detail = {"kind": kind, "digest": filed.digest}
        trail.record(events.EVIDENCE_ATTESTED, by=by, subject=filed, detail=detail)
    return filed


def _check(kind: str, statement: str, expires_at: datetime | None) -> None:
    if kind not in (known := catalogue.evidence_kinds()):
        raise Malformed(f"an evidence kind is one of {', '.join(sorted(known))}; got {kind!r}")
    if kind in MEASURED:
        raise Malformed(f"{kind} is measured by a run, not attested by a person")
    if not statement.strip():
        raise Malformed("an attestation states something; got an empty statement")
    if expires_at is not None and expires_at <= timezone.now():
        raise Malformed(f"an attestation expires in the future, got {expires_at:%Y-%m-%d}")
