"""Approval requests: the page from which a risk officer decides."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import display

from desk.acts import Act
from desk.badges import badge, state_badge
from desk.forms import DeskForm
from desk.model_admin import Desk
from desk.shown import page_of, when
from governance import permissions
from governance.admin import brief as briefs
from governance.admin.forms import APPROVE, CONDITIONS, REJECT, Decided, Withdrawn
from governance.admin.shown import subject_page
from governance.models import ApprovalRequest
from governance.services import approvals, roles_needed, wording
from governance.states import DecisionKind, RequestState
from models_registry.models import Environment
from people.errors import NotPermitted
from people.models import User
from people.states import Role


def decide(request: ApprovalRequest, by: User, said: dict[str, Any]) -> ApprovalRequest:
    """Hand a decision to the service it belongs to."""
    signed = {"by": by, "password": said["password"], "reason": said["reason"]}
    if said["decision"] == REJECT:
        return approvals.reject(request, **signed)
    return approvals.approve(request, **signed, conditions=said["conditions"])


def _is_open(request: HttpRequest, asked: ApprovalRequest) -> bool:
    return asked.state == RequestState.OPEN


def _may_withdraw(request: HttpRequest, asked: ApprovalRequest) -> bool:
    return _is_open(request, asked) and not _refusal(
        lambda: permissions.check_may_withdraw(request.user, asked)  # type: ignore[arg-type]
    )


def _refusal(check: Any) -> str:
    """What a check says against it; nothing if it passes."""
    try:
        check()
    except NotPermitted as refusal:
        return refusal.message
    return ""


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(Desk):
    """The deciders' desk."""

    list_display = (
        "label",
        "environment_shown",
        "state_shown",
        "team",
        "policy",
        "requested_by",
        "requested_at",
        "closed_at",
    )
    list_filter = ("state", "environment", "subject_type", "team")
    search_fields = ("subject_label", "subject_digest", "note")
    list_select_related = ("team", "policy_version__policy", "requested_by")
    detail_select_related = ("team", "policy_version__policy", "requested_by", "subject_author")
    detail_template = "desk/approval.html"
    acts = (
        Act("decide", "", Decided, decide, _is_open, done="Your decision is signed and recorded."),
        Act(
            "withdraw",
            "Withdraw",
            Withdrawn,
            lambda asked, by, said: approvals.withdraw(asked, by=by, reason=said["reason"]),
            _may_withdraw,
            "undo",
            done="The request is withdrawn.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of this person's teams, and those that bind every team."""
        rows = self.model._default_manager.all().order_by("-id")
        if self.admin_site.reads_everything(request):
            return rows
        teams = self.admin_site.visible_teams(request)
        if not self.admin_site.roles_of(request):
            return rows.none()
        return rows.filter(Q(team__in=teams) | Q(team=None))

    @display(description="What")
    def label(self, asked: ApprovalRequest) -> str:
        """What is put before the deciders."""
        return asked.subject_label

    @display(description="To", ordering="environment")
    def environment_shown(self, asked: ApprovalRequest) -> str:
        """Where it is to run, or what kind of thing it is."""
        return asked.environment or asked.subject_type.replace("_", " ")

    @display(description="State", ordering="state")
    def state_shown(self, asked: ApprovalRequest) -> Any:
        """Open, or how it was closed."""
        return state_badge(asked.state, asked.get_state_display())

    @display(description="Policy")
    def policy(self, asked: ApprovalRequest) -> str:
        """The version that decides."""
        return str(asked.policy_version)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)
        yield badge(f"Request {obj.pk}")

    def summary(self, request: HttpRequest, obj: Any) -> str:
        place = f" in {obj.environment}" if obj.environment else ""
        return (
            f"{obj.requested_by} asked on {when(obj.requested_at)} for the approval of "
            f"{obj.subject_label}{place}, under {obj.policy_version}."
        )

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        gathered = briefs.of(obj)
        tone, sentence, next_step = briefs.headline(obj, gathered)
        decisions = list(obj.decisions.select_related("decided_by", "signature"))
        return {
            "brief": gathered,
            "tone": tone,
            "sentence": sentence,
            "next_step": next_step,
            "decisions": decisions,
            "policy_page": page_of(obj.policy_version),
            "may_waive": bool(self.admin_site.roles_of(request) & {Role.OWNER, Role.VALIDATOR}),
            "place": Environment.objects.filter(name=obj.environment).first(),
            "subject_page": subject_page(obj.subject_type, obj.subject_id),
            "certificate": getattr(obj, "certificate", None),
            **self._decision_form(request, obj, decisions, gathered),
        }

    def _decision_form(
        self, request: HttpRequest, obj: Any, decisions: list[Any], gathered: briefs.Brief
    ) -> dict[str, Any]:
        """The form, or in words why this person does not decide here."""
        if obj.state != RequestState.OPEN:
            return {"why_not": ""}
        who: Any = request.user
        mine = next((one for one in decisions if one.decided_by_id == who.pk), None)
        if mine is not None:
            return {"why_not": f"You have decided: {mine.get_kind_display().lower()}."}
        refusal = _refusal(lambda: permissions.check_not_their_own(who, obj))
        refusal = refusal or _refusal(lambda: roles_needed.role_of(who, obj, decisions))
        if refusal:
            return {"why_not": f"{refusal[:1].upper()}{refusal[1:]}."}
        role = roles_needed.role_of(who, obj, decisions).role
        form = getattr(request, "_decision_form", None) or self._bind(Decided, request, obj)
        statement = wording.statement(obj, DecisionKind.APPROVE, role, "…", "")
        return {
            "form": form,
            "role": role,
            "statement": statement.replace("I approve", "I approve / reject"),
            "blocked": bool(gathered.unmet),
            "approving": {APPROVE, CONDITIONS},
            "act_url": f"{page_of(obj).removesuffix('change/')}decide/",
        }

    def refused(self, request: HttpRequest, obj: Any, act: Act, form: DeskForm) -> HttpResponse:
        """A decision that could not be taken is shown on the page it was taken from."""
        if act.name != "decide":
            return super().refused(request, obj, act, form)
        request._decision_form = form  # type: ignore[attr-defined]
        context = self._context(request, obj)
        status = 422 if form.errors else 200
        return TemplateResponse(request, self.detail_template, context, status=status)
