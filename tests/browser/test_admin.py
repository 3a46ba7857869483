"""What a person meets who opens the admin in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from governance.models import ApprovalRequest
from governance.services import approvals, policies
from governance.states import RequestState
from people.models import Team, User

PASSWORD = "a long Passphrase 1!"
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = """
policy: credit-production
applies_to: {environments: [production], risk_tiers: [high], domains: [credit]}
evidence:
  - kind: validation_run
    rules:
      - {measure: roc_auc, at_least: 0.70}
approvals:
  - {role: approver, count: 1, not: [author]}
certificate: {valid_for: 180d}
"""


@pytest.fixture
def pending(team: Team, steward: User) -> ApprovalRequest:
    """A policy that waits for an approver."""
    drafted = policies.draft(text=POLICY, by=steward, team=team)
    return approvals.open(subject=drafted, environment="", by=steward, note="For credit.")


def _sign_in(page: Page, address: str, username: str, password: str) -> None:
    page.goto(f"{address}/admin/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_to_the_admin(
    page: Page, live_server: Any, approver1: User, complaints: list[str]
) -> None:
    _sign_in(page, live_server.url, "approver1", PASSWORD)
    expect(page).to_have_url(f"{live_server.url}/admin/")
    expect(page.get_by_text("Approval requests").first).to_be_visible()
    assert complaints == []


@pytest.fixture
def desk(page: Page, live_server: Any, pending: ApprovalRequest, approver1: User) -> Page:
    """The page of the request, as an approver sees it."""
    _sign_in(page, live_server.url, "approver1", PASSWORD)
    page.goto(f"{live_server.url}/admin/governance/approvalrequest/{pending.pk}/change/")
    return page


def _decide(desk: Page, password: str) -> None:
    desk.get_by_label("Approve", exact=True).check()
    desk.get_by_label("Reason").fill("It asks for what credit decisions must show.")
    desk.get_by_label("Your password").fill(password)
    desk.get_by_role("button", name="Sign the decision").click()
    desk.wait_for_load_state()


def test_an_approver_reads_what_is_asked_and_signs(
    desk: Page, pending: ApprovalRequest, complaints: list[str]
) -> None:
    expect(desk.get_by_text("measure: roc_auc").first).to_be_visible()
    _decide(desk, PASSWORD)
    expect(desk.get_by_text("Approved").first).to_be_visible()
    pending.refresh_from_db()
    assert pending.state == RequestState.APPROVED
    assert complaints == []


def test_a_wrong_password_signs_nothing(desk: Page, pending: ApprovalRequest) -> None:
    _decide(desk, "not my password")
    expect(desk.get_by_text("nothing was signed").first).to_be_visible()
    pending.refresh_from_db()
    assert pending.state == RequestState.OPEN
    assert not pending.decisions.exists()
