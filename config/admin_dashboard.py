"""What waits for whoever signs in: decisions, reviews, runs, expiring certificates, the trail."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from audits.models import Report, Run
from audits.states import ReportState, RunState
from config.admin_site import AssaySite
from desk.badges import Tone, badge, state_badge
from desk.shown import page_of, when
from governance.models import ApprovalRequest, Certificate
from governance.states import RequestState
from models_registry.models import Deployment
from models_registry.states import DeploymentState
from people.models import User
from people.states import Role
from trail import services as trail
from trail.models import VerificationRecord

_SHOWN = 8
_SOON = timedelta(days=30)
_DECIDERS = {Role.VALIDATOR, Role.APPROVER}


class Waiting(NamedTuple):
    """One thing on the list: where it is, what it is called, what to know."""

    url: str
    title: str
    note: str
    badge: Any = ""


class Box(NamedTuple):
    """A list of things that wait, or what to say when nothing does."""

    title: str
    items: Sequence[Waiting]
    empty: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The boxes of the first page; a handful of queries, however much there is."""
    site: Any = context_site()
    user = request.user
    if not isinstance(user, User):
        return context
    teams = site.visible_teams(request)
    roles = site.roles_of(request)
    seen = bool(roles) or site.reads_everything(request)
    boxes = [
        _requests(user, teams, roles),
        _reports(user, teams, roles),
        _runs(teams),
        _live(teams),
    ]
    context |= {
        "columns": (boxes[::2], boxes[1::2]) if seen else (),
        "greeting": user.get_short_name() or user.username,
        "trail": _trail() if seen else None,
    }
    return context


def context_site() -> AssaySite:
    """The site whose first page this is."""
    return admin.site  # type: ignore[return-value]


def _requests(user: User, teams: QuerySet[Any], roles: frozenset[str]) -> Box:
    """For deciders, what they neither made nor have decided on; for others, all that is open."""
    held = ApprovalRequest.objects.filter(Q(team__in=teams) | Q(team=None), state=RequestState.OPEN)
    title, empty = "Open requests", "No request is open."
    if roles & _DECIDERS:
        others = held.exclude(requested_by=user).exclude(subject_author=user)
        held = others.exclude(decisions__decided_by=user)
        title, empty = "Requests to decide", "No open request waits for you."
    rows = held.select_related("requested_by").order_by("-id")[:_SHOWN]
    items = [
        Waiting(page_of(one), str(one), f"asked by {one.requested_by}, {when(one.requested_at)}")
        for one in rows
    ]
    return Box(title, items, empty)


def _reports(user: User, teams: QuerySet[Any], roles: frozenset[str]) -> Box:
    """Drafts drawn from runs that somebody else asked for."""
    held = Report.objects.filter(run__team__in=teams, state=ReportState.DRAFT)
    rows = held.exclude(run__requested_by=user).select_related("run__requested_by", "evidence")
    listed = rows.defer("evidence__details", "evidence__measures").order_by("-id")[:_SHOWN]
    items = [
        Waiting(
            page_of(one), one.title, f"asked for by {one.run.requested_by}, {when(one.drafted_at)}"
        )
        for one in (listed if roles & _DECIDERS else [])
    ]
    return Box("Reports to review", items, "No report waits for your review.")


def _runs(teams: QuerySet[Any]) -> Box:
    """What runs now, and what failed in the last week."""
    recent = timezone.now() - timedelta(days=7)
    busy = Q(state__in=[RunState.QUEUED, RunState.RUNNING])
    failed = Q(state=RunState.FAILED, ended_at__gte=recent)
    rows = Run.objects.filter(busy | failed, team__in=teams)
    listed = rows.defer("spec", "result", "bundle", "traceback").order_by("-id")[:_SHOWN]
    items = [
        Waiting(
            page_of(one),
            str(one),
            one.error[:140] or one.progress_note,
            state_badge(one.state, one.get_state_display()),
        )
        for one in listed
    ]
    return Box("Runs", items, "Nothing runs, and nothing failed this week.")


def _live(teams: QuerySet[Any]) -> Box:
    """What answers now, and how long its certificate still holds."""
    held = Deployment.objects.filter(
        registered_model__use_case__team__in=teams, state=DeploymentState.LIVE
    )
    rows = list(held.select_related("version__registered_model", "environment")[:_SHOWN])
    digests = [one.certificate_digest for one in rows]
    certificates = {one.digest: one for one in Certificate.objects.filter(digest__in=digests)}
    items = [_deployed(one, certificates.get(one.certificate_digest)) for one in rows]
    return Box("Live deployments", items, "Nothing is live.")


def _deployed(deployment: Deployment, held: Certificate | None) -> Waiting:
    if held is None:
        word = badge("No certificate", Tone.BAD)
    elif held.revoked_at or held.expires_at <= timezone.now():
        word = badge("Certificate has ended", Tone.BAD)
    elif held.expires_at <= timezone.now() + _SOON:
        word = badge(f"Certificate until {held.expires_at:%Y-%m-%d}", Tone.CARE)
    else:
        word = badge(f"Certificate until {held.expires_at:%Y-%m-%d}", Tone.GOOD)
    return Waiting(
        page_of(deployment), str(deployment), f"since {when(deployment.started_at)}", word
    )


def _trail() -> dict[str, Any]:
    """Size, newest checkpoint, and when it was last verified."""
    checkpoint = trail.newest_checkpoint()
    verified = VerificationRecord.objects.first()
    return {"checkpoint": checkpoint, "verified": verified}
