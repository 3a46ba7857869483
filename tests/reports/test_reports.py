"""Reports: well-formed, deterministic, complete, and safe whatever stands in the evidence."""

import base64
import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from audits.reports import content_security_policy, draw
from governance.models import Evidence
from tests.reports.conftest import KINDS, measure

VOID = {"meta", "br", "img", "link", "input", "hr"}
HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
PLOT = '<svg xmlns="http://www.w3.org/2000/svg"><rect style="fill:red"/></svg>'


class Reader(HTMLParser):
    """Keeps the tags that are open, and every attribute and text it met."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _drawn(evidence: Evidence, **images: str) -> str:
    return draw(evidence, checkpoint_note="assay\n120\nroot", images=images)


def test_a_report_is_one_well_formed_document(kind: str, evidence: Callable[..., Evidence]) -> None:
    html = _drawn(evidence(kind))
    reader = _read(html)
    assert html.startswith("<!DOCTYPE html>")
    assert reader.tags.count("h1") == 1
    assert ("lang", "en") in reader.attributes


def test_the_same_evidence_gives_the_same_bytes(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    assert _drawn(evidence(kind), plot=PLOT) == _drawn(evidence(kind), plot=PLOT)


def test_every_measure_is_in_the_report_to_its_last_digit(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    held = evidence(kind)
    reader = _read(_drawn(held))
    values = [said for name, said in reader.attributes if name == "value"]
    for one in held.measures:
        for end in ("value", "low", "high"):
            if one[end] is not None:
                assert str(Decimal(one[end])) in values, one


def test_nothing_is_loaded_run_or_styled_from_elsewhere(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    reader = _read(_drawn(evidence(kind), plot=PLOT))
    assert not {"script", "link", "iframe", "object", "form", "a"} & set(reader.tags)
    names = {name for name, _ in reader.attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    sources = [said or "" for name, said in reader.attributes if name in {"src", "href"}]
    assert all(said.startswith("data:image/svg+xml;base64,") for said in sources)


def test_the_policy_allows_exactly_the_styles_of_the_report(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    page = _drawn(evidence(kind))
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in content_security_policy(page)
    assert "unsafe" not in content_security_policy(page)


def test_a_report_drawn_with_an_earlier_style_is_served_under_that_style() -> None:
    earlier = content_security_policy("<style>p {color: red}</style>")
    digest = base64.b64encode(hashlib.sha256(b"p {color: red}").digest()).decode()
    assert f"style-src 'sha256-{digest}'" in earlier


def _poison(value: Any) -> Any:
    """Every text in some details, made hostile."""
    if isinstance(value, dict):
        return {f"{key}{HOSTILE}" if key == "income" else key: _poison(said)
                for key, said in value.items()}  # fmt: skip
    if isinstance(value, list):
        return [_poison(one) for one in value]
    return HOSTILE if isinstance(value, str) else value


def test_hostile_names_stay_text(kind: str, evidence: Callable[..., Evidence]) -> None:
    held = evidence(kind)
    measures = [
        {**one, "slice": dict.fromkeys(one["slice"], HOSTILE), "unit": HOSTILE}
        for one in held.measures
    ]
    poisoned = evidence(
        kind,
        subject_label=HOSTILE,
        measures=[*measures, measure(HOSTILE, 0.5, 0.4, 0.6)],
        details=_poison(held.details),
        attachments=[{"name": HOSTILE, "digest": HOSTILE, "media_type": "x"}],
    )
    html = draw(poisoned, checkpoint_note=HOSTILE, images={HOSTILE: PLOT})
    reader = _read(html)
    assert not {"script"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert any("<script>alert(1)" in text for text in reader.texts)


def test_no_label_turns_the_numbers_beside_it(evidence: Callable[..., Evidence]) -> None:
    small = [{"feature": "race", "group": "\u202ewhite", "n": 19}]
    held = evidence("fairness_audit")
    html = _drawn(evidence("fairness_audit", details={**held.details, "small_groups": small}))
    assert "[U+202E]white (n = 19)" in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", html)


def test_no_report_calls_anything_fair_unbiased_or_compliant(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    said = " ".join(_read(_drawn(evidence(kind))).texts).lower()
    for word in (r"\bfair\b", r"\bunfair\b", "unbiased", "debiased", "compliant"):
        assert not re.search(word, said), word


def test_the_digests_and_the_checkpoint_stand_at_the_foot(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    foot = _drawn(evidence(kind)).partition("<footer>")[2]
    assert "ab" * 32 in foot
    assert "cd" * 32 in foot
    assert "assay\n120\nroot" in foot


def test_small_groups_are_warned_of_and_do_not_lead(evidence: Callable[..., Evidence]) -> None:
    html = _drawn(evidence("fairness_audit"))
    assert "race (missing) (n = 6)" in html
    lead = html.partition('class="lead">')[2].partition("</p>")[0]
    assert "67.5 % of the group black were predicted favourably" in lead
    assert "against 90.8 % of the group white" in lead
    assert "(missing)" not in lead


def test_the_agreement_with_the_reference_is_told(evidence: Callable[..., Evidence]) -> None:
    texts = _read(_drawn(evidence("fairness_audit"))).texts
    assert {"fairlearn 0.15.0", "304", "1e-12"} <= set(texts)


def test_a_picture_made_with_the_evidence_takes_the_place_of_our_own(
    evidence: Callable[..., Evidence],
) -> None:
    held = evidence("validation_run")
    assert "ROC: found against falsely found" in _drawn(held)
    pictured = draw(held, checkpoint_note="", images={"roc.svg": PLOT})
    assert "ROC: found against falsely found" not in pictured
    assert "data:image/svg+xml;base64," in pictured


def test_evidence_of_a_kind_from_outside_is_drawn_too(evidence: Callable[..., Evidence]) -> None:
    held = evidence("vendor_audit", measures=[measure("leakage", 0.25, 0.2, 0.3)])
    html = _drawn(held)
    _read(html)
    assert "Vendor audit" in html
    assert "0.250" in html


def test_a_report_without_details_or_measures_is_still_a_report(
    kind: str, evidence: Callable[..., Evidence]
) -> None:
    _read(_drawn(evidence(kind, measures=[], details={})))
