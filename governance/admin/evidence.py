"""Evidence: what was measured or attested, never edited."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from desk import related
from desk.badges import Tone, badge, state_badge
from desk.figures import datum, span
from desk.meanings import name_of
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, digest, link, prose
from desk.shown import when
from governance.admin.shown import figures_of, interval_chart, kind_words, subject_page
from governance.models import Evidence, EvidenceReview

#: Measures beyond this many are counted, not listed; the report lists them all.
_LISTED = 300


@admin.register(Evidence)
class EvidenceAdmin(Desk):
    """What is held about every subject."""

    team_path = "team"
    list_display = (
        "kind_shown",
        "subject_label",
        "review",
        "producer_shown",
        "team",
        "effective_from",
        "fingerprint",
    )
    list_filter = ("kind", "producer", "subject_type", "team")
    search_fields = ("subject_label", "digest", "subject_digest", "produced_by")
    list_select_related = ("team",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With its reviews, newest first."""
        reviews = EvidenceReview.objects.select_related("reviewer").order_by("-id")
        return super().get_queryset(request).prefetch_related(Prefetch("reviews", reviews))

    @display(description="Kind", ordering="kind")
    def kind_shown(self, evidence: Evidence) -> str:
        """In words."""
        return kind_words(evidence.kind)

    @display(description="Review")
    def review(self, evidence: Evidence) -> Any:
        """What the newest review said."""
        newest = next(iter(evidence.reviews.all()), None)
        if newest is None:
            return badge("Not reviewed")
        return state_badge(newest.verdict, newest.get_verdict_display())

    @display(description="Produced by", ordering="producer")
    def producer_shown(self, evidence: Evidence) -> str:
        """A run, a person or an outside source."""
        by_run = evidence.producer == "run"
        return related.ref_link(evidence.produced_by) if by_run else evidence.get_producer_display()

    @display(description="Digest")
    def fingerprint(self, evidence: Evidence) -> Any:
        """Of its content."""
        return digest(evidence.digest)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield badge(kind_words(obj.kind), Tone.BUSY)
        yield self.review(obj)

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        page = subject_page(obj.subject_type, obj.subject_id)
        yield Section(
            "",
            [
                Fact("About", link(page, obj.subject_label)),
                Fact("Produced by", self.producer_shown(obj)),
                Fact("Team", obj.team),
                Fact("Effective from", when(obj.effective_from)),
                Fact("Expires", when(obj.expires_at)),
                Fact("Filed", when(obj.filed_at)),
                Fact("Digest", digest(obj.digest), wide=True),
                Fact("Digest of its subject", digest(obj.subject_digest), wide=True),
            ],
        )
        if statement := obj.details.get("statement"):
            yield Section("", [Fact("What was stated", prose(statement), wide=True)])

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        figures = figures_of(obj)
        rows = [
            (
                name_of(one.name),
                one.about,
                datum(one.value, one.name),
                span(one.low, one.high, one.name),
                _chart(one),
                f"{one.n:,}",
            )
            for one in figures[:_LISTED]
        ]
        heads = ("Measure", "About", "Value", "Interval", "", "n")
        yield Panel("Measures", heads, rows, total=len(figures), order=20)
        reviews = [
            (
                state_badge(one.verdict, one.get_verdict_display()),
                one.reviewer,
                when(one.reviewed_at),
                prose(one.reason),
                digest(one.shown_digest),
            )
            for one in obj.reviews.all()
        ]
        columns = ("Verdict", "Reviewer", "When", "Reason", "Report that was read")
        yield Panel("Reviews", columns, reviews, empty="Nobody has reviewed it yet.", order=10)
        files = [
            (one.get("name"), one.get("media_type"), digest(one.get("digest", "")))
            for one in obj.attachments
        ]
        if files:
            yield Panel("Attachments", ("Name", "Type", "Digest"), files, order=40)


def _chart(one: Any) -> Any:
    ends = [end for end in (one.value, one.low, one.high) if end is not None]
    return interval_chart(one) if one.low is not None and all(0 <= e <= 1 for e in ends) else ""
