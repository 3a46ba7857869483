"""Evidence: filed by a run, a person or an outside source; reviewed; never edited.

Numbers are stored as text, as `repr` writes them, so that what was measured, what is hashed
and what a rule compares are the same digits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance import events, permissions
from governance.models import Evidence, EvidenceReview
from governance.rules.canonical import digest_of, instant, plain
from governance.rules.held import HeldEvidence, number, readings
from governance.services import subjects
from governance.services.subjects import SubjectRef
from governance.states import Producer, ReviewVerdict
from measures.measured import Measured
from people.errors import Malformed
from people.models import User
from people.services import signatures
from trail import services as trail

_MEANING = {
    ReviewVerdict.ACCEPTED: "reviewed and accepted",
    ReviewVerdict.RETURNED: "reviewed and returned",
}
_EVENT = {
    ReviewVerdict.ACCEPTED: events.EVIDENCE_ACCEPTED,
    ReviewVerdict.RETURNED: events.EVIDENCE_RETURNED,
}


@transaction.atomic
def file(
    *,
    kind: str,
    subject: SubjectRef,
    producer: Producer | str,
    produced_by: str,
    measures: Sequence[Measured],
    details: dict[str, Any],
    attachments: Sequence[dict[str, str]],
    by: User | str | None,
    expires_at: datetime | None = None,
) -> Evidence:
    """File one piece of evidence; a run that files again is given the piece it filed before."""
    if Producer(producer) is Producer.RUN and (held := _filed(kind, subject, produced_by)):
        return held
    if subject.team is None:
        raise Malformed(
            f"evidence needs a subject that belongs to a team; {subject.label} has none"
        )
    filed = Evidence(
        kind=kind,
        team=subject.team,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_label=subject.label,
        subject_digest=subject.digest,
        producer=Producer(producer),
        produced_by=produced_by,
        measures=written(measures),
        details=plain(details),
        attachments=plain(attachments),
        effective_from=timezone.now(),
        expires_at=expires_at,
    )
    filed.digest = content_digest(filed)
    filed.save(force_insert=True)
    trail.record(events.EVIDENCE_FILED, by=by, subject=filed, detail=_told(filed))
    return filed


def review(
    evidence: Evidence,
    *,
    verdict: ReviewVerdict | str,
    by: User,
    password: str,
    reason: str,
    shown_digest: str,
    asked_by: User,
) -> EvidenceReview:
    """Accept or return the report that shows this evidence, signing. The latest word counts."""
    signatures.check_password(by, password)
    verdict = ReviewVerdict(verdict)
    with transaction.atomic():
        author = subjects.find(evidence.subject_type, evidence.subject_id).author
        permissions.check_may_review(by, evidence, asked_by=asked_by, author=author)
        if verdict is ReviewVerdict.RETURNED and not reason.strip():
            raise Malformed("a report is returned with a reason, got none")
        review = EvidenceReview.objects.create(
            evidence=evidence,
            verdict=verdict,
            reviewer=by,
            asked_by=asked_by,
            reason=reason,
            shown_digest=shown_digest,
            signature=signatures.sign(
                by=by,
                password=password,
                meaning=_MEANING[verdict],
                statement=_statement(evidence, verdict, reason, shown_digest),
            ),
        )
        detail = {"kind": evidence.kind, "digest": evidence.digest, "report": shown_digest}
        trail.record(_EVENT[verdict], by=by, subject=evidence, detail=detail, reason=reason)
    return review


def newest(subject: SubjectRef) -> list[Evidence]:
    """The newest evidence of each kind and producer about a subject, with its reviews."""
    filed = Evidence.objects.filter(subject_type=subject.type, subject_id=subject.id)
    newest: dict[tuple[str, str], Evidence] = {}
    for evidence in filed.prefetch_related("reviews").order_by("id"):
        newest[evidence.kind, evidence.producer] = evidence
    return list(newest.values())


def as_held(evidence: Evidence, digest: str) -> HeldEvidence:
    """The evidence as rules see it, given the digest its subject has now."""
    last = max(evidence.reviews.all(), key=lambda review: review.pk, default=None)
    return HeldEvidence(
        id=evidence.pk,
        kind=evidence.kind,
        effective_from=evidence.effective_from,
        expires_at=evidence.expires_at,
        digest_matches=evidence.subject_digest == digest,
        review=last.verdict if last else "",
        review_reason=last.reason if last else "",
        confidence=number(evidence.details.get("confidence")),
        threshold=number(evidence.details.get("threshold")),
        readings=readings(evidence.measures),
    )


def written(measures: Iterable[Measured]) -> list[dict[str, Any]]:
    """Measures as they are stored: numbers as text, one measure of a slice only once."""
    stored = [_written(measure) for measure in measures]
    seen: set[tuple[str, str]] = set()
    for measure in stored:
        named = (measure["name"], str(sorted(measure["slice"].items())))
        if named in seen:
            raise Malformed(f"{measure['name']} of {measure['slice'] or 'all rows'} is given twice")
        seen.add(named)
    return stored


def content_digest(evidence: Evidence) -> str:
    """SHA-256 of the canonical content; a row whose `digest` differs has been changed."""
    return digest_of(
        {
            "kind": evidence.kind,
            "subject": [evidence.subject_type, evidence.subject_id, evidence.subject_digest],
            "producer": str(evidence.producer),
            "produced_by": evidence.produced_by,
            "measures": evidence.measures,
            "details": evidence.details,
            "attachments": evidence.attachments,
            "effective_from": instant(evidence.effective_from),
            "expires_at": instant(evidence.expires_at) if evidence.expires_at else None,
        }
    )


def _filed(kind: str, subject: SubjectRef, produced_by: str) -> Evidence | None:
    """What this run has filed already: a run may report twice."""
    return Evidence.objects.filter(
        kind=kind,
        produced_by=produced_by,
        producer=Producer.RUN,
        subject_type=subject.type,
        subject_id=subject.id,
    ).first()


def _written(measure: Measured) -> dict[str, Any]:
    numbers = {key: _text(getattr(measure, key)) for key in ("value", "low", "high")}
    cut = {str(key): str(value) for key, value in measure.slice.items()}
    return plain(
        {"name": measure.name, **numbers, "n": int(measure.n), "unit": measure.unit, "slice": cut}
    )


def _text(number: float | None) -> str | None:
    """As `repr` writes a Python float, whatever library the number came from."""
    return None if number is None else repr(float(number))


def _told(filed: Evidence) -> dict[str, Any]:
    return {
        "kind": filed.kind,
        "of": {"type": filed.subject_type, "id": filed.subject_id, "digest": filed.subject_digest},
        "produced_by": filed.produced_by,
        "digest": filed.digest,
    }


def _statement(evidence: Evidence, verdict: str, reason: str, shown_digest: str) -> str:
    said = f" Reason: {reason}" if reason else ""
    return (
        f"I have read the report sha256:{shown_digest} of the {evidence} (evidence "
        f"{evidence.pk}, sha256:{evidence.digest}); it is {verdict}.{said}"
    )
