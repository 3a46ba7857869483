"""What a detail page is made of: facts in sections, panels of related things, tools."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString


class Fact(NamedTuple):
    """One thing that is so: a label, and a text or safe HTML."""

    label: str
    value: object
    wide: bool = False


class Section(NamedTuple):
    """Facts that belong together."""

    title: str
    facts: Sequence[Fact]
    note: str = ""


class Panel(NamedTuple):
    """Related things: a table, or one block of safe HTML."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    empty: str = "None yet."
    body: SafeString | str = ""
    total: int | None = None
    order: int = 50
    anchor: str = ""


class Tool(NamedTuple):
    """A way from this page to another: a link drawn as a button."""

    label: str
    url: str
    icon: str = ""
    main: bool = False


def digest(text: str) -> SafeString | str:
    """A digest, short to the eye and whole to the pointer."""
    if not text:
        return "—"
    return format_html(
        '<code class="ds-digest" title="{}">{}<span class="ds-rest">{}</span></code>',
        text,
        text[:12],
        text[12:],
    )


def link(url: str, label: object) -> SafeString:
    """A link to another page of the desk."""
    return format_html('<a class="ds-link" href="{}">{}</a>', url, label)


def prose(text: str) -> SafeString | str:
    """A text people wrote, with its line breaks kept."""
    return format_html('<div class="ds-prose">{}</div>', text) if text else "—"


def code(text: str) -> SafeString:
    """A document, as it was written."""
    return format_html('<pre class="ds-code">{}</pre>', text)
