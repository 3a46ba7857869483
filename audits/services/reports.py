"""Reports: drafted from evidence, read by people, accepted or returned with a signature."""

from collections.abc import Iterator, Mapping

from django.db import transaction
from django.utils import timezone

from audits import events, permissions
from audits.errors import ReportNotDraft
from audits.models import Report, Run
from audits.reports import draw
from audits.states import ReportState
from governance.models import Evidence
from governance.services import evidence as evidences
from governance.states import ReviewVerdict
from models_registry.services import blobs
from people.models import User
from people.services import signatures
from trail import services as trail

_EVENT = {
    ReportState.ACCEPTED: events.REPORT_ACCEPTED,
    ReportState.RETURNED: events.REPORT_RETURNED,
}
_VERDICT = {
    ReportState.ACCEPTED: ReviewVerdict.ACCEPTED,
    ReportState.RETURNED: ReviewVerdict.RETURNED,
}


@transaction.atomic
def draft(run: Run, evidence: Evidence, *, images: Mapping[str, str]) -> Report:
    """Draw the report of a finished run and keep it under its digest."""
    checkpoint = trail.newest_checkpoint()
    page = draw(evidence, checkpoint_note=checkpoint.note if checkpoint else "", images=images)
    report = Report.objects.create(
        run=run,
        evidence=evidence,
        title=f"{run.get_kind_display()}: {evidence.subject_label}"[:255],
        digest=blobs.put(page.encode()).digest,
    )
    about = {"evidence": evidence.digest, "digest": report.digest}
    trail.record(events.REPORT_DRAFTED, by=run.requested_by, subject=report, detail=about)
    return report


def html(report: Report) -> str:
    """The page as it was drawn; raises if the stored bytes are not the ones that were."""
    with blobs.open(report.digest) as stored:
        return stored.read().decode()


def accept(report: Report, *, by: User, password: str, reason: str = "") -> Report:
    """Accept it: the evidence it shows now counts where a policy asks for review.

    Raises NotPermitted, WrongPassword or ReportNotDraft; nothing has changed then.
    """
    return _review(report, ReportState.ACCEPTED, by=by, password=password, reason=reason)


def return_(report: Report, *, by: User, password: str, reason: str) -> Report:
    """Return it, saying why. Raises as `accept` does, and Malformed without a reason."""
    return _review(report, ReportState.RETURNED, by=by, password=password, reason=reason)


def _review(report: Report, state: ReportState, *, by: User, password: str, reason: str) -> Report:
    permissions.check_may_review(by, report)
    signatures.check_password(by, password)  # outside the transaction: a refusal is recorded
    with transaction.atomic():
        _close(report, state, by=by, reason=reason)
        evidences.review(
            report.evidence,
            verdict=_VERDICT[state],
            by=by,
            password=password,
            reason=reason,
            shown_digest=report.digest,
            asked_by=report.run.requested_by,
        )
        about = {"digest": report.digest, "evidence": report.evidence.digest}
        trail.record(_EVENT[state], by=by, subject=report, detail=about, reason=reason)
    report.refresh_from_db()
    return report


def _close(report: Report, state: ReportState, *, by: User, reason: str) -> None:
    """One UPDATE decides who is first."""
    drafts = Report.objects.filter(pk=report.pk, state=ReportState.DRAFT)
    closed = drafts.update(
        state=state, reviewed_by=by, reviewed_at=timezone.now(), review_reason=reason
    )
    if not closed:
        report.refresh_from_db()
        raise ReportNotDraft(f"expected a draft, got a report that is {report.state} already")


def check_stored() -> Iterator[trail.Fault]:
    """Every report's bytes are there and are the ones that were drawn."""
    for pk, digest in Report.objects.order_by("pk").values_list("pk", "digest").iterator():
        if wrong := blobs.check(digest):
            yield trail.Fault(f"report {pk}", wrong)
