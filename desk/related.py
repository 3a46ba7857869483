"""Panels, tools and acts that one app's desk lends to another's pages.

A page of the inventory shows the evidence and the runs about a thing although the inventory
knows of neither: the apps above offer them here when their `admin` is loaded.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from desk.acts import Act
from desk.page import Panel, Tool

PanelMaker = Callable[[HttpRequest, Model], Panel | None]
ToolMaker = Callable[[HttpRequest, Model], Iterator[Tool]]
LinkMaker = Callable[[Sequence[Any]], dict[Any, SafeString]]
RefLink = Callable[[str], SafeString]

_panels: dict[str, list[PanelMaker]] = defaultdict(list)
_tools: dict[str, list[ToolMaker]] = defaultdict(list)
_acts: dict[str, list[Act]] = defaultdict(list)
_links: dict[str, LinkMaker] = {}
_refs: dict[str, RefLink] = {}

#: Offered under this name, a panel appears on every page.
EVERYWHERE = "*"


def offer_panel(label: str, maker: PanelMaker) -> None:
    """Show what `maker` gives on the pages of the model named, as ``"people.User"``."""
    _panels[label].append(maker)


def offer_tools(label: str, maker: ToolMaker) -> None:
    """Show the tools `maker` gives on the pages of the model named."""
    _tools[label].append(maker)


def offer_acts(label: str, *acts: Act) -> None:
    """Let people do these from the pages of the model named."""
    _acts[label].extend(acts)


def acts_about(label: str) -> list[Act]:
    """The acts other desks offer on the pages of a model."""
    return _acts[label]


def offer_links(label: str, maker: LinkMaker) -> None:
    """Say where each of some objects of the model named is shown best; all in one go."""
    _links[label] = maker


def links_about(subjects: Sequence[Model]) -> dict[Any, SafeString]:
    """A link for each object, by its primary key, as far as another desk has one."""
    maker = _links.get(subjects[0]._meta.label) if subjects else None
    return maker(subjects) if maker else {}


def offer_refs(kind: str, maker: RefLink) -> None:
    """Link references of a kind, as ``run:12``, by the number after the colon."""
    _refs[kind] = maker


def ref_link(ref: str) -> SafeString | str:
    """What a reference points to: a link, if another desk has its page."""
    kind, _, number = ref.partition(":")
    maker = _refs.get(kind)
    return maker(number) if maker and number.isdecimal() else ref.replace(":", " ")


def panels_about(request: HttpRequest, subject: Model) -> list[Panel]:
    """The panels other desks have about this object."""
    makers = _panels[subject._meta.label] + _panels[EVERYWHERE]
    return [panel for maker in makers if (panel := maker(request, subject)) is not None]


def tools_about(request: HttpRequest, subject: Model) -> list[Tool]:
    """The tools other desks have for this object."""
    return [tool for maker in _tools[subject._meta.label] for tool in maker(request, subject)]
