"""The trail's pages: what happened, in order, by whom and why; and the signed checkpoints.

Who reads which entries is for `trail.services.reading` to say. Every page of the desk carries
the entries about its object, as a timeline; what they hold inside is shown to those who may
read everything.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from desk import related
from desk.badges import Tone, badge, state_badge
from desk.model_admin import Desk
from desk.page import Fact, Panel, Section, code, digest, link, prose
from desk.shown import page_of, when
from trail.models import Checkpoint, Entry
from trail.services import reading

#: Row triggers write these; services write the others, which say what was meant.
ROWS = "trail.row."
_ON_A_PAGE = 30


def words_of(event: str) -> str:
    """An event as people say it: "governance: request approved"."""
    app, _, rest = event.partition(".")
    return f"{app.replace('_', ' ')}: {rest.replace('.', ' ').replace('_', ' ')}"


class MeaningFilter(admin.SimpleListFilter):
    """What services meant, unless every row that changed is wanted too."""

    title = "level"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What may be shown instead."""
        return [("rows", "Rows that changed"), ("all", "Everything")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The default first, by what it is."""
        default, *others = super().choices(changelist)
        yield {**default, "display": "What was done"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        """Entries of that level."""
        if self.value() == "rows":
            return queryset.filter(event__startswith=ROWS)
        return queryset if self.value() == "all" else queryset.exclude(event__startswith=ROWS)


@admin.register(Entry)
class EntryAdmin(Desk):
    """The timeline: newest first, by number."""

    list_display = ("number", "occurred_at", "who", "what", "about", "outcome_shown")
    list_filter = (MeaningFilter, "outcome")
    search_fields = ("^event", "=subject_id", "=subject_type", "=actor", "=request_id", "=run_id")
    search_help_text = "an event's beginning, or a whole subject id, actor, request or run"
    list_display_links = ("number", "what")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """What this person may see; payloads are fetched on an entry's own page."""
        return reading.visible_to(request.user).select_related(None).order_by("-index")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page, with who acted looked up once for all its rows."""
        page = super().get_changelist_instance(request)
        _name_actors(page.result_list)
        return page

    @display(description="No.")
    def number(self, entry: Entry) -> str:
        """Its place in the trail."""
        return f"{entry.index}"

    @display(description="Who")
    def who(self, entry: Any) -> str:
        """By name where the account still exists."""
        return str(getattr(entry, "actor_name", entry.actor))

    @display(description="What")
    def what(self, entry: Entry) -> str:
        """The event in words."""
        return words_of(entry.event)

    @display(description="About")
    def about(self, entry: Entry) -> str:
        """The subject."""
        return f"{entry.subject_type} {entry.subject_id}"

    @display(description="Outcome")
    def outcome_shown(self, entry: Entry) -> Any:
        """Success, or why not."""
        if entry.outcome == "success":
            return badge("Done", Tone.QUIET)
        return state_badge("refused" if entry.outcome == "refused" else "failed", entry.outcome)

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        yield self.outcome_shown(obj)

    def summary(self, request: HttpRequest, obj: Any) -> str:
        return f"{words_of(obj.event)}, {when(obj.occurred_at)}"

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        envelope = json.loads(bytes(obj.envelope))
        name = reading.names([obj.actor]).get(obj.actor, obj.actor)
        yield Section(
            "",
            [
                Fact("Who", name),
                Fact("What", words_of(obj.event)),
                Fact("About", f"{obj.subject_type} {obj.subject_id}"),
                Fact("When", when(obj.occurred_at)),
                Fact("Through", envelope.get("source", "")),
                Fact("In request", obj.request_id),
                Fact("In run", obj.run_id),
                Fact("Authenticated", _said(envelope.get("auth", {}))),
                Fact("Known to the trail as", obj.actor),
                Fact("Leaf hash", digest(bytes(obj.leaf_hash).hex()), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        payload = self._payload(request, obj)
        if payload is not None:
            if reason := payload.get("reason"):
                yield Panel("Why", body=format_html("{}", prose(str(reason))), order=1)
            yield from _inside(payload)
        same = [
            (link(page_of(one), one.index), words_of(one.event), when(one.occurred_at))
            for one in self._same_moment(request, obj)
        ]
        yield Panel(
            "In the same request or run",
            ("No.", "What", "When"),
            same,
            order=30,
            empty="Nothing else.",
        )
        envelope = json.dumps(json.loads(bytes(obj.envelope)), indent=2, ensure_ascii=False)
        yield Panel("The envelope that is hashed", body=code(envelope), order=40)

    def _payload(self, request: HttpRequest, entry: Entry) -> dict[str, Any] | None:
        """What is inside, for those who may read everything."""
        if not reading.may_read_all(request.user):
            return None
        sealed = Entry.objects.select_related("payload__subject_key").get(pk=entry.pk)
        return reading.payload_of(sealed) or {}

    def _same_moment(self, request: HttpRequest, entry: Entry) -> Sequence[Entry]:
        seen = self.get_queryset(request).exclude(pk=entry.pk)
        if entry.request_id:
            return list(seen.filter(request_id=entry.request_id).order_by("index")[:_ON_A_PAGE])
        if entry.run_id:
            return list(seen.filter(run_id=entry.run_id).order_by("index")[:_ON_A_PAGE])
        return []


def _name_actors(entries: Sequence[Any]) -> None:
    names = reading.names(entry.actor for entry in entries)
    for entry in entries:
        entry.actor_name = names.get(entry.actor, entry.actor)


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_said(inside)}" for key, inside in value.items())
    return "—" if value is None else str(value)


def _inside(payload: Mapping[str, Any]) -> Iterable[Panel]:
    """Before and after, then whatever else the entry tells."""
    if changed := payload.get("changed"):
        rows = [(column, ends[0], ends[1]) for column, ends in changed.items()]
        yield Panel("Before and after", body=_difference(rows), order=5)
    for name, title in (("new", "The new row"), ("old", "The row that was")):
        if isinstance(payload.get(name), Mapping):
            rows = [
                (key, None, said) if name == "new" else (key, said, None)
                for key, said in payload[name].items()
            ]
            yield Panel(title, body=_difference(rows), order=6)
    known = {"changed", "new", "old", "reason", "was", "is"}
    rest = {key: said for key, said in payload.items() if key not in known}
    if rest:
        yield Panel("Details", body=code(json.dumps(rest, indent=2, ensure_ascii=False)), order=7)


def _difference(rows: Iterable[tuple[str, Any, Any]]) -> SafeString:
    """A table of columns, with what was and what is."""
    drawn = format_html_join(
        "",
        '<tr><td>{}</td><td class="ds-old">{}</td><td class="ds-new">{}</td></tr>',
        (
            (column, _said(old) if old is not None else "", _said(new) if new is not None else "")
            for column, old, new in rows
        ),
    )
    return format_html(
        '<div class="ds-scroll"><table class="ds-table ds-diff"><thead><tr><th scope="col">Column'
        '</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>'
        "<tbody>{}</tbody></table></div>",
        drawn,
    )


@admin.register(Checkpoint)
class CheckpointAdmin(Desk):
    """Signed statements of the trail's size and root. Keep one elsewhere."""

    list_display = ("size", "root_shown", "signed_at")
    ordering = ("-size",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checkpoint]:
        """Public to everybody with some role: they hold no personal data."""
        rows = super().get_queryset(request)
        some = self.admin_site.roles_of(request) or reading.may_read_all(request.user)
        return rows if some else rows.none()

    @display(description="Root")
    def root_shown(self, checkpoint: Checkpoint) -> Any:
        """The Merkle root, in hexadecimal."""
        return digest(bytes(checkpoint.root).hex())

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        yield Section(
            "",
            [
                Fact("Entries it covers", obj.size),
                Fact("Signed", when(obj.signed_at)),
                Fact("Root", digest(bytes(obj.root).hex()), wide=True),
            ],
        )

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        yield Panel("The signed note", body=code(obj.note), order=5)


def timeline(request: HttpRequest, subject: Model) -> Panel | None:
    """What services did to an object, newest first. Whoever sees the object sees this."""
    if isinstance(subject, (Entry, Checkpoint)):
        return None
    about = {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}
    held = Entry.objects.filter(**about).exclude(event__startswith=ROWS).order_by("-index")
    everything = reading.may_read_all(request.user)
    if everything:
        held = held.select_related("payload__subject_key")
    entries = list(held[:_ON_A_PAGE])
    _name_actors(entries)
    body = format_html(
        '<ol class="ds-timeline">{}</ol>',
        format_html_join(
            "",
            '<li class="{}"><b>{}</b> {}<div class="ds-soft ds-small">{}, entry {}</div>{}</li>',
            (_moment(entry, everything) for entry in entries),
        ),
    )
    return Panel(
        "Trail",
        body=body if entries else "",
        order=90,
        anchor="trail",
        empty="Nothing is recorded about it yet.",
    )


def _moment(entry: Any, everything: bool) -> tuple[Any, ...]:
    payload = (reading.payload_of(entry) or {}) if everything else {}
    reason = payload.get("reason", "")
    number = link(page_of(entry), entry.index) if everything else entry.index
    refused = "ds-refused" if entry.outcome != "success" else ""
    words = words_of(entry.event).partition(": ")[2]
    told = f"{words} ({entry.outcome})" if refused else words
    return (
        refused,
        told,
        f"by {entry.actor_name}",
        when(entry.occurred_at),
        number,
        format_html('<div class="ds-prose">{}</div>', reason) if reason else "",
    )


related.offer_panel(related.EVERYWHERE, timeline)
