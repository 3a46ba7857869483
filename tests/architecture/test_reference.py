"""What an operator can set and an auditor can read is in the reference pages."""

import re

from config.settings.environment import PREFIX, Environment
from tests.architecture import source

# [text](target), where the target is a file of ours: no scheme, no anchor of the same page
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s]+)\)")
REFERENCE = source.ROOT / "docs" / "reference"


def test_every_event_is_in_the_reference() -> None:
    page = (REFERENCE / "events.md").read_text()
    absent = [event.value for event in source.event_constants() if f"`{event.value}`" not in page]
    assert absent == []


def test_the_reference_names_no_event_that_does_not_exist() -> None:
    page = (REFERENCE / "events.md").read_text()
    told = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert told - {event.value for event in source.event_constants()} == set()


def test_an_event_is_named_app_noun_verb() -> None:
    for event in source.event_constants():
        assert len(event.value.split(".")) == 3, event


def test_every_setting_is_in_the_reference() -> None:
    page = (REFERENCE / "settings.md").read_text()
    names = [f"{PREFIX}{name.upper()}" for name in Environment.model_fields]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*source.ROOT.glob("*.md"), *(source.ROOT / "docs").rglob("*.md")]
    broken = [
        f"{source.name(page)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text())
        if not (page.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []
