"""What a person meets who opens the admin in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from governance.models import ApprovalRequest
from governance.services import approvals, policies
from people.models import Team, User

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


def test_a_person_signs_in_and_out_of_the_admin(
    page: Page, live_server: Any, approver1: User, password: str, complaints: list[str]
) -> None:
    _sign_in(page, live_server.url, "approver1", password)
    expect(page).to_have_url(f"{live_server.url}/admin/")
    expect(page.get_by_text("Approval requests").first).to_be_visible()
    assert complaints == []


def test_an_approver_reads_and_decides_on_a_request(
    page: Page,
    live_server: Any,
    pending: ApprovalRequest,
    approver1: User,
    password: str,
    complaints: list[str],
) -> None:
    _sign_in(page, live_server.url, "approver1", password)
    page.goto(f"{live_server.url}/admin/governance/approvalrequest/{pending.pk}/change/")
    expect(page.get_by_text("credit-production").first).to_be_visible()
    assert complaints == []
