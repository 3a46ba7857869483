"""Coverage: which requirements of a framework the evidence about a subject answers.

A requirement asks for evidence kinds; each is answered by the newest evidence of that kind
about the subject, about the snapshot it was trained on, or about its deployments. What was
said with a signature here (approvals) answers by itself. Says what is held, not that a law is
complied with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from governance.models import Certificate, Evidence, Framework, Requirement
from governance.services import gate, subjects
from governance.services.subjects import SubjectRef
from governance.states import Producer, ReviewVerdict, Verdict
from models_registry.models import ModelVersion

APPROVAL = "approval"


@dataclass(frozen=True)
class KindAnswer:
    """Whether one kind of evidence is there, and which."""

    kind: str
    verdict: Verdict
    why: str
    evidence: Evidence | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True)
class RequirementVerdict:
    """One requirement, whether it is answered, and by what."""

    requirement: Requirement
    verdict: Verdict
    why: str
    answers: list[KindAnswer]


def of(framework: Framework, subject: object) -> list[RequirementVerdict]:
    """The verdict on each requirement of a framework for a subject, now."""
    ref = subjects.of(subject)
    newest = _newest(ref)
    approval = _approval(ref)
    requirements = framework.requirements.prefetch_related("controls")
    return [_verdict(requirement, newest, approval) for requirement in requirements]


def _verdict(
    requirement: Requirement, newest: dict[str, Evidence], approval: KindAnswer
) -> RequirementVerdict:
    answers = [
        approval if kind == APPROVAL else _answer(kind, newest.get(kind))
        for kind in requirement.evidence_kinds
    ]
    if not answers:
        why = "It names no evidence, so nothing held can answer it."
        return RequirementVerdict(requirement, Verdict.MISSING, why, answers)
    worst = max(answers, key=lambda answer: _ORDER.index(answer.verdict))
    if worst.verdict is Verdict.MET:
        return RequirementVerdict(requirement, worst.verdict, "All it asks for is held.", answers)
    why = " ".join(answer.why for answer in answers if answer.verdict is not Verdict.MET)
    return RequirementVerdict(requirement, worst.verdict, why, answers)


_ORDER = (Verdict.MET, Verdict.INSUFFICIENT, Verdict.STALE, Verdict.MISSING)


def _answer(kind: str, held: Evidence | None) -> KindAnswer:
    """Missing, stale, insufficient while its report is not accepted, or met."""
    if held is None:
        return KindAnswer(kind, Verdict.MISSING, f"No {kind} is held.")
    if held.expires_at is not None and held.expires_at <= timezone.now():
        why = f"The {kind} expired on {held.expires_at:%Y-%m-%d}."
        return KindAnswer(kind, Verdict.STALE, why, held)
    last = max(held.reviews.all(), key=lambda review: review.pk, default=None)
    if held.producer == Producer.RUN and (last is None or last.verdict != ReviewVerdict.ACCEPTED):
        why = f"The report of the {kind} has not been accepted."
        return KindAnswer(kind, Verdict.INSUFFICIENT, why, held)
    return KindAnswer(kind, Verdict.MET, f"The {kind} is held.", held)


def _newest(ref: SubjectRef) -> dict[str, Evidence]:
    """The newest evidence of each kind that still describes the subject or what it rests on."""
    rows = Evidence.objects.filter(_about(ref)).prefetch_related("reviews").order_by("id")
    return {row.kind: row for row in rows}


def _about(ref: SubjectRef) -> Q:
    own = Q(subject_type=ref.type, subject_id=ref.id, subject_digest=ref.digest)
    if ref.type != "model_version":
        return own
    version = ModelVersion.objects.select_related("training_snapshot").get(pk=int(ref.id))
    live = [str(pk) for pk in version.deployments.values_list("pk", flat=True)]
    own |= Q(subject_type="deployment", subject_id__in=live, subject_digest=ref.digest)
    if trained := version.training_snapshot:
        own |= Q(subject_type="snapshot", subject_id=str(trained.pk), subject_digest=trained.digest)
    return own


def _approval(ref: SubjectRef) -> KindAnswer:
    """The newest certificate of this digest, if it still counts."""
    issued = _certificates(ref)
    now = timezone.now()
    for certificate in issued:
        if not [*gate.why_not(certificate, now)]:
            return KindAnswer(
                APPROVAL, Verdict.MET, f"{certificate} holds.", certificate=certificate
            )
    if issued:
        return KindAnswer(APPROVAL, Verdict.STALE, "Its approval does not count any more.")
    return KindAnswer(APPROVAL, Verdict.MISSING, "It has not been approved.")


def _certificates(ref: SubjectRef) -> Sequence[Certificate]:
    return list(
        Certificate.objects.filter(
            subject_type=ref.type, subject_id=ref.id, subject_digest=ref.digest
        ).order_by("-id")
    )


def met(verdicts: Iterable[RequirementVerdict]) -> int:
    """How many requirements are answered."""
    return sum(verdict.verdict is Verdict.MET for verdict in verdicts)
