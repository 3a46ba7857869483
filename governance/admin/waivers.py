"""Waivers: rules set aside for one subject, with a reason and an end."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from desk.acts import Act
from desk.badges import state_badge
from desk.model_admin import Desk
from desk.page import Panel, Section, link
from desk.shown import page_of, when
from governance.admin.brief import waiver_facts
from governance.admin.forms import WaiverWithdrawn
from governance.models import ApprovalRequest, Waiver
from governance.services import waivers
from governance.states import WaiverState


@admin.register(Waiver)
class WaiverAdmin(Desk):
    """What is set aside, for whom, until when. Proposed from a model version's page."""

    team_path = "team"
    list_display = (
        "rule",
        "subject_label",
        "environment",
        "state_shown",
        "ends_at",
        "proposed_by",
        "team",
    )
    list_filter = ("state", "environment", "team")
    search_fields = ("rule", "subject_label", "reason")
    list_select_related = ("proposed_by", "team")
    detail_select_related = ("proposed_by", "team")
    acts = (
        Act(
            "withdraw",
            "Withdraw",
            WaiverWithdrawn,
            lambda waiver, by, said: waivers.withdraw(waiver, by=by, reason=said["reason"]),
            lambda request, waiver: waiver.state == WaiverState.IN_FORCE,
            "undo",
            done="The waiver is withdrawn.",
        ),
    )

    @display(description="State", ordering="state")
    def state_shown(self, waiver: Waiver) -> Any:
        """Whether it holds."""
        if waiver.state == WaiverState.IN_FORCE and waiver.ends_at <= timezone.now():
            return state_badge("expired", "Past its date")
        return state_badge(waiver.state, waiver.get_state_display())

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section("", waiver_facts(obj))

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        asked = ApprovalRequest.objects.filter(subject_type="waiver", subject_id=str(obj.pk))
        rows = [
            (
                link(page_of(one), f"Request {one.pk}"),
                state_badge(one.state, one.get_state_display()),
                when(one.requested_at),
            )
            for one in asked
        ]
        yield Panel("Its approval", ("Request", "State", "Asked"), rows, order=5)
