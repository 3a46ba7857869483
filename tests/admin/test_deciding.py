"""Deciding from the approval page: it works, and every refusal is said in words."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from audits.models import Report
from audits.services import reports
from desk.shown import page_of
from governance.models import ApprovalRequest, Decision
from people.models import User

PASSWORD = "a long Passphrase 1!"


def _page(request: ApprovalRequest) -> str:
    return reverse("admin:governance_approvalrequest_change", args=[request.pk])


def _decide(client: Client, request: ApprovalRequest, **said: str) -> Any:
    url = reverse("admin:governance_approvalrequest_decide", args=[request.pk])
    answers = {"decision": "approve", "reason": "It holds.", "password": PASSWORD}
    return client.post(url, answers | said)


def test_an_approver_approves_from_the_page(
    request_open: ApprovalRequest, approver1: User, desk: Callable[[User], Client]
) -> None:
    client = desk(approver1)
    page = client.get(_page(request_open)).content.decode()
    assert "All 2 rules are met" in page
    assert "as approver" in page
    answer = _decide(client, request_open)
    assert answer.status_code == 302
    request_open.refresh_from_db()
    assert request_open.state == "approved"
    assert Decision.objects.get(request=request_open).reason == "It holds."


def test_conditions_are_kept_with_the_approval(
    request_open: ApprovalRequest, approver1: User, desk: Callable[[User], Client]
) -> None:
    answer = _decide(
        desk(approver1), request_open, decision="conditions", conditions="Watch it weekly."
    )
    assert answer.status_code == 302
    assert Decision.objects.get(request=request_open).conditions == "Watch it weekly."


def test_an_approver_rejects_from_the_page(
    request_unmet: ApprovalRequest, approver1: User, desk: Callable[[User], Client]
) -> None:
    assert _decide(desk(approver1), request_unmet, decision="reject").status_code == 302
    request_unmet.refresh_from_db()
    assert request_unmet.state == "rejected"


def test_a_wrong_password_is_said_on_the_page_and_nothing_is_decided(
    request_open: ApprovalRequest, approver1: User, desk: Callable[[User], Client]
) -> None:
    answer = _decide(desk(approver1), request_open, password="guess")
    assert answer.status_code == 422
    assert "password" in answer.content.decode()
    assert not Decision.objects.filter(request=request_open).exists()


def test_what_is_not_met_is_said_and_cannot_be_approved(
    request_unmet: ApprovalRequest, approver1: User, desk: Callable[[User], Client]
) -> None:
    client = desk(approver1)
    page = client.get(_page(request_unmet)).content.decode()
    assert "1 of 2 rules stands in the way" in page
    assert "Approving is not possible" in page
    answer = _decide(client, request_unmet)
    assert answer.status_code == 422
    assert "the policy is not met" in answer.content.decode()
    assert not Decision.objects.filter(request=request_unmet).exists()


def test_who_asked_is_told_in_words_that_others_decide(
    request_open: ApprovalRequest, owner: User, desk: Callable[[User], Client]
) -> None:
    client = desk(owner)
    page = client.get(_page(request_open)).content.decode()
    assert "may not decide on it" in page
    assert 'name="decision"' not in page
    answer = _decide(client, request_open)
    assert answer.status_code == 422
    assert "may not decide on it" in answer.content.decode()


def test_an_auditor_reads_the_request_and_is_told_why_there_is_no_form(
    request_open: ApprovalRequest, auditor: User, desk: Callable[[User], Client]
) -> None:
    page = desk(auditor).get(_page(request_open)).content.decode()
    assert "still needed is approver" in page
    assert 'name="password"' not in page


def test_conditions_without_the_choice_for_them_are_asked_about(
    request_open: ApprovalRequest, approver1: User, desk: Callable[[User], Client]
) -> None:
    answer = _decide(desk(approver1), request_open, conditions="Watch it.")
    assert answer.status_code == 422
    assert "Approve with conditions" in answer.content.decode()


def test_a_stranger_cannot_decide(
    request_open: ApprovalRequest, mallory: User, desk: Callable[[User], Client]
) -> None:
    assert _decide(desk(mallory), request_open).status_code == 404


def test_a_report_is_accepted_from_its_page_by_somebody_who_did_not_ask_for_it(
    world: Any, owner: User, validator: User, desk: Callable[[User], Client]
) -> None:
    report = world.add()["audits_report"]
    url = reverse("admin:audits_report_review", args=[report.pk])
    own = desk(owner).get(reverse("admin:audits_report_change", args=[report.pk]))
    assert "needs the role" in own.content.decode()
    shown = desk(validator).get(reverse("admin:audits_report_change", args=[report.pk]))
    assert 'sandbox="allow-same-origin"' in shown.content.decode()
    said = {"verdict": "accept", "reason": "Sound.", "password": PASSWORD}
    assert desk(validator).post(url, said).status_code == 302
    assert Report.objects.get(pk=report.pk).state == "accepted"


def test_a_report_can_be_opened_alone_and_downloaded_by_whoever_may_read_it(
    world: Any, validator: User, mallory: User, desk: Callable[[User], Client]
) -> None:
    report = world.add()["audits_report"]
    url = reverse("admin:audits_report_page", args=[report.pk])
    assert url in desk(validator).get(page_of(report)).content.decode()
    alone = desk(validator).get(url)
    assert alone.content.decode() == reports.html(report)
    assert "default-src 'none'" in alone["Content-Security-Policy"]
    assert "Content-Disposition" not in alone
    kept = desk(validator).get(f"{url}?file")
    assert kept["Content-Disposition"] == f'attachment; filename="report-{report.pk}.html"'
    assert desk(mallory).get(url).status_code == 404


def test_returning_a_report_without_a_reason_is_refused_in_words(
    world: Any, validator: User, desk: Callable[[User], Client]
) -> None:
    report = world.add()["audits_report"]
    url = reverse("admin:audits_report_review", args=[report.pk])
    answer = desk(validator).post(url, {"verdict": "return", "password": PASSWORD})
    assert answer.status_code == 422
    assert Report.objects.get(pk=report.pk).state == "draft"
