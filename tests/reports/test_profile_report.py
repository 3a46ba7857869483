"""The report of a profile leads with what needs looking at."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from audits.reports import draw
from governance.models import Evidence
from tests.reports.conftest import measure


def _finding(severity: str, kind: str, says: str) -> dict[str, Any]:
    return {"column": "x", "kind": kind, "severity": severity, "says": says, "number": 1}


def _figures() -> list[dict[str, Any]]:
    return [
        measure("rows", 1989.0, n=1989),
        measure("columns", 2.0, n=1989),
        measure("findings", 1, n=1989, severity="error"),
        measure("findings", 1, n=1989, severity="warning"),
        measure("findings", 30, n=1989, severity="note"),
        measure("k_anonymity", 1, n=1989),
        measure("pearson_correlation", 0.9, 0.8, 0.95, 500, feature="a", **{"with": "b"}),
    ]


def _details() -> dict[str, Any]:
    notes = [_finding("note", "skewed", f"'c{i}' is skewed") for i in range(30)]
    return {
        "findings": [
            _finding("error", "leakage", "'letter' is 'approve' under another name"),
            _finding("warning", "constant", "'country' has the same value in every row"),
            *notes,
        ],
        "findings_total": 32,
        "leakage": {"not_examined": ["'id' is too wide", "two", "three"], "not_examined_total": 9},
        "compared_on": {"rows": 200_000, "of": 1_000_000},
        "associations": {"pairs": 3, "left_out": 4, "strongest": [
            {"measure": "pearson_correlation", "first": "a", "second": "b", "value": 0.9,
             "low": 0.8, "high": 0.95, "n": 500},
            {"measure": "cramers_v", "first": "weak", "second": "b", "value": 0.1, "n": 500}]},
        "privacy": {
            "quasi_identifiers": ["age", "sex"], "people": 600, "k": 1, "unique": 12,
            "unique_share": 0.02, "mean_risk": 0.25, "highest_risk": 1.0, "small": 5,
            "below": [{"size": 5, "people": 40, "share": 0.0667}],
            "without": [{"column": "age", "k": 58, "unique": 0, "in_small": 0}],
            "sensitive_attribute": "illness",
            "diversity": {"distinct": 1, "disclosed": 31},
            "closeness": {"distance": "total variation", "farthest": 0.5, "mean": 0.1},
            "rows": [{"row": 1234, "people": 1}],
        },
        "columns": [
            {"name": "income", "type": "number", "distinct": 300, "mean": 84.678,
             "skewness": 3.21, "number": {"outliers": {"below": 0, "above": 7}}},
            {"name": "when", "type": "timestamp", "min": "2024-01-01", "max": "2024-01-11",
             "time": {"span_seconds": 864_000.0, "largest_gap_seconds": 86_400.0}},
        ],
    }  # fmt: skip


@pytest.fixture
def page(evidence: Callable[..., Evidence]) -> Callable[..., str]:
    def make(**changes: Any) -> str:
        said = {"measures": _figures(), "details": _details()} | changes
        return draw(evidence("dataset_profile", **said), checkpoint_note="", images={})

    return make


def _lead(html: str) -> str:
    return html.partition('class="lead">')[2].partition("</p>")[0].replace("&#x27;", "'")


def _section(html: str, title: str) -> str:
    inside = html.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside)).replace("&#x27;", "'")


def test_it_leads_with_the_findings(page: Callable[..., str]) -> None:
    assert _lead(page()) == (
        "1 serious finding, 1 warning and 30 notes. The first to look at: 'letter' is 'approve' "
        "under another name. 1,989 rows in 2 columns; 0 of the columns have missing values."
    )


def test_where_nothing_was_found_it_says_so(page: Callable[..., str]) -> None:
    none = [measure("findings", 0, n=9, severity=each) for each in ("error", "warning", "note")]
    assert "Nothing was found that needs looking at." in _lead(page(measures=none, details={}))


def test_findings_come_with_what_they_mean_and_are_cut(page: Callable[..., str]) -> None:
    told = _section(page(), "What to look at")
    assert "known afterwards" in told
    assert told.index("Serious") < told.index("Warning") < told.index("Note")
    assert "12 less severe ones are not shown." in told
    assert "'id' is too wide; two; and 7 more" in told
    assert "200,000 of 1,000,000 rows" in told


def test_who_could_be_singled_out_is_told_without_anybodys_values(page: Callable[..., str]) -> None:
    told = _section(page(), "Who could be singled out")
    assert "can tell 12 of 600 people (2.0 %) apart" in told
    assert "25.0 % on average, 100.0 % at worst" in told
    assert "31 people are in groups where all have the same one" in told
    assert "1,234 (1)" in told


def test_only_strong_pairs_are_listed(page: Callable[..., str]) -> None:
    told = _section(page(), "What goes together")
    assert "a and b" in told
    assert "weak" not in told
    assert "4 columns were left out" in told


def test_shapes_and_spans_stand_with_the_columns(page: Callable[..., str]) -> None:
    told = _section(page(), "Columns")
    assert "skewness 3.21, 7 outliers" in told
    assert "spans 10.0 days, longest gap 1.0 days" in told
    assert "counted exactly" in told


def test_hostile_details_stay_text(page: Callable[..., str]) -> None:
    bad = "<script>alert(1)</script>"
    details = _details()
    details["findings"][0] |= {"says": bad, "severity": bad, "kind": bad}
    details["privacy"] |= {"quasi_identifiers": [bad], "sensitive_attribute": bad, "k": bad}
    details["associations"]["strongest"][0] |= {"first": bad, "measure": bad}
    details["leakage"]["not_examined"] = [bad]
    assert "<script" not in page(details=details)
    for odd in (bad, 7, None, [bad], {"a": bad}):
        assert "<script" not in page(details=dict.fromkeys(details, odd))
