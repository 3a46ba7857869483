"""Certificates: signed, expiring statements that something may run somewhere."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from desk.acts import Act
from desk.badges import Tone, badge, state_badge
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, code, digest, link, prose
from desk.shown import page_of, when
from governance.admin.forms import Revoked
from governance.admin.shown import subject_page
from governance.models import Certificate
from governance.services import certificates, gate


@admin.register(Certificate)
class CertificateAdmin(Desk):
    """What approvals yielded, and whether it still counts."""

    team_path = "request__team"
    list_display = (
        "fingerprint",
        "subject",
        "environment",
        "state_shown",
        "issued_at",
        "expires_at",
    )
    list_filter = ("environment", "request__team")
    search_fields = ("digest", "subject_digest", "request__subject_label")
    list_select_related = ("request",)
    detail_select_related = ("request__policy_version__policy", "revoked_by")
    acts = (
        Act(
            "revoke",
            "Revoke",
            Revoked,
            lambda held, by, said: certificates.revoke(held, by=by, reason=said["reason"]),
            lambda request, held: held.revoked_at is None,
            "block",
            done="The certificate is revoked.",
        ),
    )

    @display(description="Certificate")
    def fingerprint(self, held: Certificate) -> Any:
        """Its digest."""
        return digest(held.digest)

    @display(description="About")
    def subject(self, held: Certificate) -> str:
        """What may run."""
        return held.request.subject_label

    @display(description="State")
    def state_shown(self, held: Certificate) -> Any:
        """By its own dates; whether it counts is asked on its page."""
        if held.revoked_at:
            return state_badge("revoked", "Revoked")
        if held.expires_at <= timezone.now():
            return state_badge("expired", "Expired")
        return badge("Valid", Tone.GOOD)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.state_shown(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        why = [*gate.why_not(obj, timezone.now())]
        page = subject_page(obj.subject_type, obj.subject_id)
        yield Section(
            "",
            [
                Fact("The gate says", "; ".join(why) if why else "It counts now.", wide=True),
                Fact("About", link(page, obj.request.subject_label)),
                Fact("May run in", obj.environment),
                Fact("Approved by", link(page_of(obj.request), f"Request {obj.request_id}")),
                Fact("Issued", when(obj.issued_at)),
                Fact("Expires", when(obj.expires_at)),
                Fact("Signed with key", obj.key_id),
                Fact(
                    "Revoked",
                    f"{when(obj.revoked_at)} by {obj.revoked_by}" if obj.revoked_at else "—",
                ),
                Fact("Why it was revoked", prose(obj.revoked_reason)),
                Fact("Digest", digest(obj.digest), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        statement = json.dumps(json.loads(obj.statement), indent=2, ensure_ascii=False)
        yield Panel("The statement that is signed", body=code(statement), order=20)
        yield Panel("Signature", body=code(obj.signature), order=30)
