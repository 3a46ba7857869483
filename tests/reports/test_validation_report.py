"""The report of a validation answers first: told apart, come true, decided, for whom not."""

import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.jobs import train, validate
from audits.jobs.contract import Job, Outcome
from audits.reports import draw
from governance.models import Evidence
from tests.jobs.conftest import DEFAULTS, FEATURES, applicants, quiet
from tests.reports.conftest import measure


class _Words(HTMLParser):
    """What a page says, without its markup."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def _words(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    return " ".join(" ".join(reader.said).split())


def _lead(html: str) -> str:
    return _words(html.partition('class="lead">')[2].partition("</p>")[0])


def _section(html: str, title: str) -> str:
    return _words(html.partition(f"<h2>{title}")[2].partition("</section>")[0])


def _branches(rows: int) -> list[str]:
    """Twenty branches of about equal size, and one of five people."""
    return ["rare" if i < 5 else f"branch {i % 20:02}" for i in range(rows)]


def _held_out(rows: int) -> pa.Table:
    """Applicants whose outcomes in the south are turned round for every third."""
    table = applicants(rows, seed=11).append_column("branch", pa.array(_branches(rows)))
    south = np.array([value == "south" for value in table["region"].to_pylist()])
    turned = south & (np.arange(rows) % 3 == 0)
    approve = np.where(turned, 1 - table["approve"].to_numpy(), table["approve"].to_numpy())
    return table.set_column(table.column_names.index("approve"), "approve", pa.array(approve))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A validation by slices of a model that fails in the south."""
    folder: Path = tmp_path_factory.mktemp("validated")
    pq.write_table(applicants(800, seed=1), folder / "train.parquet")
    pq.write_table(_held_out(2000), folder / "held.parquet")
    asked = {
        "features": FEATURES, "target": "approve", "favourable": 1,
        "estimator": "logistic_regression", "parameters": {}, "mitigation": None, "seed": 1,
    }  # fmt: skip
    facts = {"sensitive_features": ["group"]}
    inputs = {"snapshot": str(folder / "train.parquet")}
    trained = train.work(Job("train", asked, inputs, facts, folder), quiet)
    spec = DEFAULTS["validate"] | {"threshold": 0.6, "slices": ["region", "branch"]}
    inputs = {"model": str(folder / "model.onnx"), "snapshot": str(folder / "held.parquet")}
    signature = {"signature": trained.details["signature"]}
    return validate.work(Job("validate", spec, inputs, signature, folder / "products"), quiet)


def _stored(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {**one._asdict()} | {key: repr(said) if said is not None else None
         for key, said in zip(("value", "low", "high"), one[1:4], strict=True)}
        for one in outcome.measures
    ]  # fmt: skip


@pytest.fixture
def drawn(outcome: Outcome, evidence: Callable[..., Evidence]) -> Callable[..., str]:
    """The report of that validation; keywords change the details."""

    def make(**details: Any) -> str:
        held = evidence(
            "validation_run", measures=_stored(outcome), details=outcome.details | details
        )
        return draw(held, checkpoint_note="", images={})

    return make


def _found(outcome: Outcome, name: str, **about: str) -> Any:
    (one,) = [each for each in outcome.measures if (each.name, each.slice) == (name, about)]
    return one


def _percent(value: float) -> str:
    return f"{Decimal(repr(value)) * 100:.1f}"


def test_the_answer_comes_first(drawn: Callable[..., str], outcome: Outcome) -> None:
    area, error = (_found(outcome, name) for name in ("roc_auc", "expected_calibration_error"))
    right, selected = (_found(outcome, name) for name in ("accuracy", "selection_rate"))
    south = _found(outcome, "roc_auc", feature="region", group="south")
    assert _lead(drawn()) == (
        "On 2,000 held-out rows the scores tell favourable from unfavourable outcomes apart better "
        "than chance: of two people with different outcomes, the one with the favourable outcome "
        f"has the higher score {area.value * 100:.0f} times in 100, an area under the ROC curve of "
        f"{area.value:.3f} (interval {area.low:.3f} to {area.high:.3f}); chance would give 0.5. "
        f"Its probabilities lie {_percent(error.value)} percentage points from what came true on "
        f"average ({_percent(error.low)} to {_percent(error.high)}), more than chance explains "
        "(Hosmer-Lemeshow p < 0.001): they are too extreme. "
        f"At the threshold 0.6 it selects {_percent(selected.value)} % of the people and is right "
        f"in {_percent(right.value)} % of cases ({_percent(right.low)} % to "
        f"{_percent(right.high)} %). "
        f"Of 23 slices it works least well for region south: area {south.value:.3f} on "
        f"{south.n:,} rows, interval {south.low:.3f} to {south.high:.3f}; its interval lies below "
        f"the {area.value:.3f} of all rows."
    )


def test_the_parts_follow_in_the_order_of_their_questions(drawn: Callable[..., str]) -> None:
    assert re.findall(r"<h2>(.*?)</h2>", drawn())[:4] == [
        "Does it tell outcomes apart?", "Do the probabilities come true?",
        "How often are the decisions right?", "For whom does it work least well?",
    ]  # fmt: skip


def test_curves_are_drawn_with_words(drawn: Callable[..., str]) -> None:
    html = drawn()
    assert "ROC: found against falsely found" in html
    assert "Gains: favourable outcomes found" in html
    assert "Calibration: promised against seen" in html
    assert "Scores. 2,000 rows in 20 bins" in html


def test_lift_and_tenths_are_told(drawn: Callable[..., str], outcome: Outcome) -> None:
    said = _section(drawn(), "Does it tell outcomes apart?")
    lift, tenth = _found(outcome, "lift_top_decile"), outcome.details["gains"][0]
    assert f"favourable outcomes are {lift.value:.3f} times as frequent as among all" in said
    assert f"10 % 200 {_percent(tenth['gain'])} % {_percent(tenth['gain_low'])} %" in said
    assert "100 % 2,000 100.0 %" in said
    base = outcome.details["positives"] / 2000
    assert f"here {base:.3f}, which scores without any information reach" in said


def test_figures_of_calibration_are_read(drawn: Callable[..., str], outcome: Outcome) -> None:
    said = _section(drawn(), "Do the probabilities come true?")
    slope, test = _found(outcome, "calibration_slope"), outcome.details["hosmer_lemeshow"]
    assert f"{slope.value:.3f} {slope.low:.3f} to {slope.high:.3f} 1 too extreme" in said
    assert "< 0.001 — — more than chance" in said
    share = outcome.details["positives"] / 2000
    assert f"0 {share * (1 - share):.3f} if all scored alike" in said
    assert f"chi-square {test['statistic']:.3f} on 10 degrees of freedom" in said
    first = test["groups"][0]
    assert f"{first['n']} {first['expected']:.1f} {first['observed']}" in said


def test_no_more_than_chance_is_said_as_such(
    drawn: Callable[..., str], outcome: Outcome, evidence: Callable[..., Evidence]
) -> None:
    changed = [
        one | ({"value": "0.31"} if one["name"] == "hosmer_lemeshow_p" else {})
        for one in _stored(outcome)
    ]
    held = evidence("validation_run", measures=changed, details=outcome.details)
    html = draw(held, checkpoint_note="", images={})
    assert "no more than chance explains (Hosmer-Lemeshow p = 0.310); yet they look" in _lead(html)
    assert "0.310 — — may be chance" in _section(html, "Do the probabilities come true?")


def test_thresholds_are_listed_and_the_one_in_use_is_marked(
    drawn: Callable[..., str], outcome: Outcome
) -> None:
    said = _section(drawn(), "How often are the decisions right?")
    (row,) = [one for one in outcome.details["thresholds"] if one["in_use"]]
    assert f"0.600, in use {_percent(row['selection_rate'])} %" in said
    assert said.count("in use") == 1
    assert "Matthews correlation" in said
    right = outcome.details["confusion"]["true_positives"]
    assert f"Was favourable {right:,}" in said


def test_a_share_nobody_counts_towards_is_a_dash(drawn: Callable[..., str]) -> None:
    row = {
        "threshold": 0.999, "selected": 0, "selection_rate": 0.0, "precision": None, "recall": 0.0,
        "specificity": 1.0, "f1": 0.0, "accuracy": 0.5, "in_use": True,
    }  # fmt: skip
    said = _section(drawn(thresholds=[row]), "How often are the decisions right?")
    assert "0.999, in use 0.0 % — 0.0 % 100.0 % 50.0 % 0" in said


def test_slices_are_listed_worst_first_and_capped(
    drawn: Callable[..., str], outcome: Outcome
) -> None:
    said = _section(drawn(), "For whom does it work least well?")
    assert "region, 3 values, each figure above its interval. Value" in said
    assert "branch, 21 values, each figure above its interval. 9 more values stand" in said
    regions = [
        said.index(f" {name} ", said.index("region, 3 values")) for name in ("south", "north")
    ]
    assert regions == sorted(regions)
    south = outcome.details["slices"]["region"][2]
    assert f"south {south['n']} {south['positives']} {south['roc_auc']:.3f}" in said


def test_few_people_are_marked_and_never_called_the_worst(
    evidence: Callable[..., Evidence],
) -> None:
    found = [
        measure("roc_auc", 0.8, 0.75, 0.85, 590),
        measure("roc_auc", 0.2, 0.0, 0.9, 29, feature="branch", group="tiny"),
        measure("roc_auc", 0.7, 0.6, 0.81, 30, feature="branch", group="small"),
    ]
    html = draw(evidence("validation_run", measures=found), checkpoint_note="", images={})
    assert "Of 1 slices it works least well for branch small: area 0.700 on 30 rows" in _lead(html)
    assert "its interval reaches the 0.800 of all rows" in _lead(html)
    assert "tiny 29 few" in _section(html, "For whom does it work least well?")


def test_without_slices_nothing_is_said_of_them(evidence: Callable[..., Evidence]) -> None:
    html = draw(evidence("validation_run"), checkpoint_note="", images={})
    assert "slices" not in _lead(html)
    assert "For whom" not in html


@pytest.mark.parametrize(
    ("low", "value", "high", "answer"),
    [
        (0.45, 0.52, 0.59, "are not shown to order people better than chance"),
        (0.5, 0.55, 0.6, "are not shown to order people better than chance"),
        (0.3, 0.4, 0.49, "order people worse than chance"),
        (None, 0.8, None, "apart better than chance"),
    ],
)
def test_what_is_not_shown_is_not_claimed(
    low: float | None, value: float, high: float | None, answer: str,
    evidence: Callable[..., Evidence],
) -> None:  # fmt: skip
    held = evidence("validation_run", measures=[measure("roc_auc", value, low, high)], details={})
    assert answer in _lead(draw(held, checkpoint_note="", images={}))


def test_a_version_without_an_area_still_gets_a_sentence(evidence: Callable[..., Evidence]) -> None:
    held = evidence("validation_run", measures=[measure("accuracy", 0.8, 0.7, 0.9)])
    html = draw(held, checkpoint_note="", images={})
    assert _lead(html) == "1 figures were measured on held-out rows."


@pytest.mark.parametrize("odd", [3, "text", [1, 2], {"a": 1}, [{"share": "x"}], None])
def test_details_of_another_shape_do_no_harm(drawn: Callable[..., str], odd: Any) -> None:
    keys = ("gains", "thresholds", "slices", "hosmer_lemeshow", "confusion")
    drawn(**dict.fromkeys(keys, odd))


def test_a_name_from_outside_is_text(evidence: Callable[..., Evidence]) -> None:
    found = [
        measure("roc_auc", 0.8, 0.75, 0.85, 590),
        measure("roc_auc", 0.7, 0.6, 0.81, 90, feature="<b>x", group="<script>"),
    ]
    html = draw(evidence("validation_run", measures=found), checkpoint_note="", images={})
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
