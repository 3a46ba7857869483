"""The report of a monitored window leads with what drifted and what that means."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from audits.reports import draw
from governance.models import Evidence
from tests.reports.conftest import measure


def _reading(feature: str, says: str, p: float | None, **more: Any) -> dict[str, Any]:
    return {"feature": feature, "says": says, "p": p, "tests": [], **more}


def _figures() -> list[dict[str, Any]]:
    psi = "population_stability_index"
    return [
        measure(psi, 0.31, 0.2, 0.5, 299, feature="score"),
        measure(psi, 0.4, 0.3, 0.5, 299, feature="income"),
        measure(psi, 0.05, 0.03, 0.08, 299, feature="debt"),
        measure(psi, 0.3, 0.1, 0.6, 299, feature="region"),
        measure("missing_rate_change", -0.125, -0.2, -0.05, 299, feature="income"),
        measure("kolmogorov_smirnov", 0.21, 0.1, 0.3, 299, feature="income"),
        measure("drifted_inputs", 1, n=299),
        measure("compared_inputs", 3, n=299),
        measure("selection_rate", 0.9, 0.85, 0.93, 299),
        measure("accuracy", 0.7, 0.62, 0.77, 120),
        measure("estimated_roc_auc", 0.81, 0.78, 0.84, 299),
        measure("estimated_accuracy", 0.85, 0.82, 0.88, 299),
        measure("reference_roc_auc", 0.83, 0.8, 0.86, 600),
        measure("selection_rate_ratio", 0.8, 0.6, 0.95, 30, feature="race"),
    ]


def _details() -> dict[str, Any]:
    new = [{"value": f"v{i}", "n": i} for i in range(9, 0, -1)]
    return {
        "drift": [
            _reading("income", "much change", 0.00001),
            _reading("score", "much change", 0.002),
            _reading("region", "no more than chance", 0.4, new=new, new_total=12, vanished=[]),
            _reading("debt", "little change", 0.01),
        ],
        "estimated": {"assumption": "calibrated", "labelled_rows": 600, "beyond": 2},
        "label": {"reference": 0.5, "window": 0.6, "difference": 0.1, "low": 0.0, "high": 0.2,
                  "p": 0.04, "n": 120},
        "together": {"auc": 0.7, "low": 0.66, "high": 0.74, "p": 1e-9, "drivers": [
            {"feature": "income", "lost_auc": 0.1, "low": 0.05, "high": 0.15},
            {"feature": "idle", "lost_auc": 0.0, "low": -0.01, "high": 0.01}]},
        "not_measured": ["'postcode' has too many distinct values"],
    }  # fmt: skip


@pytest.fixture
def page(evidence: Callable[..., Evidence]) -> Callable[..., str]:
    def make(**changes: Any) -> str:
        said = {"measures": _figures(), "details": _details()} | changes
        return draw(evidence("drift_monitoring", **said), checkpoint_note="", images={})

    return make


def _lead(html: str) -> str:
    return html.partition('class="lead">')[2].partition("</p>")[0].replace("&#x27;", "'")


def _section(html: str, title: str) -> str:
    inside = html.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside))


def test_it_leads_with_the_inputs_that_drifted_and_the_estimate(page: Callable[..., str]) -> None:
    assert _lead(page()) == (
        "1 of 3 inputs drifted, most of all income; 1 more changed a little. The model's scores "
        "have moved much. Estimated without outcomes, if scores still mean what they did on the "
        "reference, the area under the ROC curve is 0.810 (0.780 to 0.840) and accuracy 85.0 % "
        "(82.0 % to 88.0 %) (reference: 0.830). Of the 120 predictions whose outcome is known, "
        "accuracy is 70.0 % (62.0 % to 77.0 %). The two do not agree on accuracy: believe the "
        "outcomes."
    )


def test_a_window_of_a_few_rows_says_so_first(page: Callable[..., str]) -> None:
    few = [one | {"n": min(int(one["n"]), 7)} for one in _figures()]
    assert _lead(page(measures=few)).startswith("The window has 7 rows: too few to tell much.")


def test_columns_that_drifted_come_first_with_their_adjusted_p(page: Callable[..., str]) -> None:
    told = _section(page(), "Which columns moved")
    assert told.index("income") < told.index("score") < told.index("region") < told.index("debt")
    assert "&lt; 0.001" in told
    assert "-12.5 pp" in told


def test_the_assumption_goes_with_the_estimate(page: Callable[..., str]) -> None:
    told = _section(page(), "Performance")
    assert "no concept drift" in told
    assert "600 labelled rows" in told
    assert "2 rows score beyond" in told
    assert "+10.0 pp (0.0 pp to +20.0 pp), p = 0.040" in told


def test_where_nothing_is_estimated_the_reason_is_told(page: Callable[..., str]) -> None:
    why = "no performance is estimated without outcomes: the reference has no column 'y'"
    html = page(
        measures=[one for one in _figures() if not one["name"].startswith("estimated_")],
        details=_details() | {"estimated": {"not_available": why}},
    )
    assert "Without outcomes, performance cannot be estimated here." in _lead(html)
    assert "the reference has no column" in _section(html, "Performance")
    assert "What the estimate rests on" not in html


def test_new_categories_are_listed_up_to_a_few(page: Callable[..., str]) -> None:
    told = _section(page(), "New and vanished categories")
    assert "v9 (9), v8 (8), v7 (7), v6 (6), v5 (5), 7 more" in told
    assert "v4" not in told


def test_what_the_classifier_goes_by_is_told_and_idle_columns_are_not(
    page: Callable[..., str],
) -> None:
    told = _section(page(), "All inputs together")
    assert "0.700 (0.660 to 0.740)" in told
    assert "the rows do differ" in told
    assert "idle" not in told


def test_what_could_not_be_measured_comes_first(page: Callable[..., str]) -> None:
    html = page()
    assert html.index("Not measured.") < html.index("Which columns moved")


def test_many_columns_are_cut_and_counted(page: Callable[..., str]) -> None:
    many = [
        measure("population_stability_index", 0.01 * i, 0, 1, 50, feature=f"c{i}")
        for i in range(1, 41)
    ]
    bins = {"labels": ["a", "b"], "reference": [1, 2], "window": [2, 1]}
    drift = [_reading(f"c{i}", "little change", 0.5) for i in range(40, 0, -1)]
    details = {"drift": drift, "histograms": {f"c{i}": bins for i in range(1, 41)}}
    html = page(measures=many, details=details)
    assert "15 more columns moved less." in html
    assert "28 columns that moved less are not drawn." in html
    assert "c40, reference" in html
    assert "c1, reference" not in html


def test_hostile_details_stay_text(page: Callable[..., str]) -> None:
    bad = "<script>alert(1)</script>"
    details = _details()
    details["drift"][0]["feature"] = details["drift"][0]["says"] = bad
    details["drift"][2]["new"] = [{"value": bad, "n": bad}]
    details["estimated"] = {"not_available": bad}
    details["label"] = {"difference": bad}
    details["together"]["drivers"][0]["feature"] = bad
    assert "<script" not in page(details=details)
    for odd in (bad, 7, None, [bad], {"a": bad}):
        assert "<script" not in page(details=dict.fromkeys(details, odd))
