from audits.reports import markup, method
from tests.architecture.source import ROOT


def test_each_interval_method_is_told_once_with_its_figures():
    methods = {"roc_auc": "DeLong", "accuracy": "Wilson", "f1": "bootstrap", "recall": "Wilson",
               "other distances": "bootstrap"}  # fmt: skip
    told = method.notes({"interval_methods": methods, "seed": 7})
    assert '<li>DeLong <span class="soft">for area under the ROC curve</span></li>' in told
    assert '<li>Wilson <span class="soft">for accuracy, recall</span></li>' in told
    assert '<li>bootstrap <span class="soft">for F1, other distances</span></li>' in told


def test_a_single_method_is_a_sentence():
    assert "<dd>Wilson</dd>" in method.notes({"interval_method": "Wilson"})


def test_what_is_too_long_for_paper_says_there_where_it_stands():
    told = markup.on_screen_only("all of it", instead="in the evidence")
    assert told == (
        '<div class="on-screen">all of it</div><p class="on-paper soft">in the evidence</p>'
    )
    style = (ROOT / "audits" / "reports" / "report.css").read_text()
    assert "@media print{.on-screen{display:none}.on-paper{display:block}" in style
