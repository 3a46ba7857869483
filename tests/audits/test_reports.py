import pytest

from audits import events
from audits.errors import ReportNotDraft
from audits.models import Report
from audits.services import reports, scheduling
from governance.models import EvidenceReview
from models_registry.services import blobs
from people.errors import Malformed, NotPermitted, WrongPassword
from tests.audits.conftest import happened


@pytest.fixture
def report(profile_run, carried_out) -> Report:
    """A draft, drawn from a run the steward asked for."""
    ended = carried_out(profile_run)
    assert ended.state == "succeeded", ended.error + ended.traceback
    return ended.report


def still_a_draft(report):
    report.refresh_from_db()
    return report.state == "draft" and not EvidenceReview.objects.exists()


def test_a_finished_run_drafts_a_report_that_can_be_read(report):
    page = reports.html(report)
    assert page.startswith("<!DOCTYPE html>")
    assert report.evidence.digest in page
    assert happened(events.REPORT_DRAFTED)


def test_a_validator_accepts_it_and_signs(report, validator, password):
    accepted = reports.accept(report, by=validator, password=password, reason="Repeated it.")
    assert (accepted.state, accepted.reviewed_by) == ("accepted", validator)
    review = EvidenceReview.objects.get()
    assert (review.verdict, review.shown_digest) == ("accepted", report.digest)
    assert happened(events.REPORT_ACCEPTED)[0].actor == f"user:{validator.ref}"


def test_an_approver_returns_it_saying_why(report, approver1, password):
    returned = reports.return_(report, by=approver1, password=password, reason="Too few rows.")
    assert (returned.state, returned.review_reason) == ("returned", "Too few rows.")
    assert EvidenceReview.objects.get().verdict == "returned"
    assert happened(events.REPORT_RETURNED)


def test_it_is_not_returned_without_a_reason(report, validator, password):
    with pytest.raises(Malformed):
        reports.return_(report, by=validator, password=password, reason=" ")
    assert still_a_draft(report)


def test_it_is_reviewed_once(report, validator, approver1, password):
    reports.accept(report, by=validator, password=password)
    with pytest.raises(ReportNotDraft, match="accepted already"):
        reports.return_(report, by=approver1, password=password, reason="I disagree.")
    assert EvidenceReview.objects.count() == 1


@pytest.mark.parametrize("role", ["owner", "steward", "auditor", "operator", "mallory"])
def test_others_may_not_review(report, role, request, password):
    with pytest.raises(NotPermitted):
        reports.accept(report, by=request.getfixturevalue(role), password=password)
    assert still_a_draft(report)


def test_nobody_reviews_what_they_asked_for(raw, validator, carried_out, password):
    asked = scheduling.request_run("profile", {"snapshot": raw.pk}, by=validator)
    own = carried_out(asked).report
    with pytest.raises(NotPermitted, match="somebody else must review"):
        reports.accept(own, by=validator, password=password)
    assert still_a_draft(own)


def test_a_wrong_password_signs_nothing(report, validator):
    with pytest.raises(WrongPassword):
        reports.accept(report, by=validator, password="not it")
    assert still_a_draft(report)


def test_a_page_that_was_changed_in_storage_is_found(report, settings):
    assert not list(reports.check_stored())
    with blobs.local_path(report.digest) as path:
        path.chmod(0o600)
        path.write_bytes(b"<!DOCTYPE html> Nothing to see here.")
    (fault,) = reports.check_stored()
    assert fault.place == f"report {report.pk}"
    path.unlink()
