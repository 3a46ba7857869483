import html
import re

import numpy as np
import pytest

from audits.reports import charts, markup, method
from tests.architecture.source import ROOT


def test_each_interval_method_is_told_once_with_its_figures():
    methods = {"roc_auc": "DeLong", "accuracy": "Wilson", "f1": "bootstrap", "recall": "Wilson",
               "other distances": "bootstrap"}  # fmt: skip
    told = method.notes({"interval_methods": methods, "seed": 7})
    assert '<li>DeLong <span class="soft">for area under the ROC curve</span></li>' in told
    assert '<li>Wilson <span class="soft">for accuracy, recall</span></li>' in told
    assert '<li>bootstrap <span class="soft">for F1, other distances</span></li>' in told


def test_names_of_people_stay_names():
    methods = {"kolmogorov_smirnov": "bootstrap", "mantel_haenszel_odds_ratio": "their own"}
    told = method.notes({"interval_method": methods})
    assert "for Kolmogorov-Smirnov" in told
    assert "for Mantel-Haenszel" in told


def test_wide_tables_are_whole_on_paper():
    style = (ROOT / "audits" / "reports" / "report.css").read_text()
    on_paper = style.partition("@media print{")[2]
    assert ".scroll{overflow:visible}" in on_paper
    assert "thead{display:table-header-group}" in on_paper


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        ([0.0, 0.25, 0.5], ["0", "0.25", "0.5"]),
        ([1000.1, 1000.2, 1000.3], ["1,000.1", "1,000.2", "1,000.3"]),
        ([0.0, 5e-324, 3.0, np.nextafter(3.0, 4)], ["0", "> 0", "3", "> 3"]),
        ([188.0, 1012.4, -4330.0], ["188", "1,010", "-4,330"]),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_bins_are_named_apart_by_where_they_begin(edges, names):
    drawn = charts.histogram({"counts": [1] * len(edges), "edges": [*edges, 9e9]}, "Income")
    assert [html.unescape(each) for each in re.findall(r"c-tick[^>]*>([^<]*)<", drawn)][
        : len(names)] == names  # fmt: skip


def test_a_single_method_is_a_sentence():
    assert "<dd>Wilson</dd>" in method.notes({"interval_method": "Wilson"})


def test_what_is_too_long_for_paper_says_there_where_it_stands():
    told = markup.on_screen_only("all of it", instead="in the evidence")
    assert told == (
        '<div class="on-screen">all of it</div><p class="on-paper soft">in the evidence</p>'
    )
    style = (ROOT / "audits" / "reports" / "report.css").read_text()
    assert "@media print{.on-screen{display:none}.on-paper{display:block}" in style
