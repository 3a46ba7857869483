"""The report of an explanation answers first, in plain words, and says what it cannot say."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import onnx
import pytest

from audits.jobs import explain
from audits.jobs.contract import Outcome
from audits.reports import draw
from governance.models import Evidence
from tests.jobs import known_models
from tests.jobs.conftest import quiet
from tests.reports.conftest import measure

Drawn = Callable[..., str]


class _Words(HTMLParser):
    """What a page says, without its markup."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def words(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    return " ".join(" ".join(reader.said).split())


def lead(html: str) -> str:
    return words(html.partition('class="lead">')[2].partition("</p>")[0])


def section(html: str, title: str) -> str:
    return words(html.partition(f"<h2>{title}")[2].partition("</section>")[0])


def stored(outcome: Outcome) -> list[dict[str, Any]]:
    """Measures as they are stored: numbers as text."""
    return [
        {**one._asdict()} | {key: repr(said) if said is not None else None
         for key, said in zip(("value", "low", "high"), one[1:4], strict=True)}
        for one in outcome.measures
    ]  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Runs on known models, each only once."""
    done: dict[str, Outcome] = {}

    def of(nodes: Callable[[], list[onnx.NodeProto]], **spec: Any) -> Outcome:
        key = f"{nodes.__name__} {spec}"
        if key not in done:
            folder = Path(tmp_path_factory.mktemp("explained"))
            job = known_models.job(folder, nodes(), known_models.people(), **spec)
            done[key] = explain.work(job, quiet)
        return done[key]

    return of


@pytest.fixture
def drawn(outcomes: Callable[..., Outcome], evidence: Callable[..., Evidence]) -> Drawn:
    """The report of a known model; keywords change the details."""

    def make(
        nodes: Callable[[], list[onnx.NodeProto]] = known_models.small_tree,
        spec: dict[str, Any] | None = None,
        **details: Any,
    ) -> str:
        found = outcomes(nodes, **(spec or {}))
        held = json.loads(json.dumps(found.details)) | details
        filed = evidence("explainability_report", measures=stored(found), details=held)
        return draw(filed, checkpoint_note="", images={})

    return make


def test_the_answer_comes_first(drawn: Drawn, outcomes: Callable[..., Outcome]) -> None:
    first = outcomes(known_models.small_tree).measures[0]
    assert first.slice == {"feature": "income"}
    assert lead(drawn()) == (
        "Of 4 inputs the scores depend most on income and debt; shuffling income alone costs "
        f"{first.value:.3f} ({first.low:.3f} to {first.high:.3f}) of the area under the ROC curve. "
        "1 of 4 matters more than chance explains. "
        "With other random draws the first 3 are the same. "
        "Small errors in all inputs flip 2.3 % of the decisions, a fifth of all values missing "
        "9.6 %."
    )


def test_the_parts_follow_in_the_order_of_their_questions(drawn: Drawn) -> None:
    assert re.findall(r"<h2>(.*?)</h2>", drawn())[:7] == [
        "Importance of inputs", "How the score moves", "The model in a few rules",
        "Do other ways of asking agree?", "How easily answers change", "Sensitive inputs",
        "Reasons for single decisions",
    ]  # fmt: skip


def test_rules_are_told_with_their_fidelity(drawn: Drawn) -> None:
    html = drawn()
    said = section(html, "The model in a few rules")
    assert "it reproduces 100.0 % of the variance of the scores" in said
    assert "It decides as the model does for 100.0 % of them (98.7 % to 100.0 %)" in said
    assert "income ≤ 50.5 0.200 unfavourable 51.0 %" in said
    assert "income > 50.5, debt > 20.5 0.600 favourable 21.0 %" in said
    assert "Low fidelity" not in html
    assert "A rough sketch" not in html


@pytest.mark.parametrize(
    ("value", "warned"), [(0.69, "Low fidelity."), (0.89, "A rough sketch."), (0.95, None)]
)
def test_rules_of_low_fidelity_are_warned_of(
    evidence: Callable[..., Evidence], value: float, warned: str | None
) -> None:
    rules = [{"conditions": ["income <= 5"], "score": 0.4, "n": 3, "grown_on": 9}]
    filed = evidence(
        "explainability_report",
        measures=[measure("surrogate_fidelity", value, value - 0.1, value + 0.05)],
        details={"surrogate": {"rules": rules, "tested_on": 30, "by_default": 0.5}},
    )
    html = draw(filed, checkpoint_note="", images={})
    said = section(html, "The model in a few rules")
    assert [one for one in ("Low fidelity.", "A rough sketch.") if one in said] == (
        [warned] if warned else []
    )
    assert ("<summary>The rules" in html) == (warned == "Low fidelity.")
    assert "income ≤ 5 0.400 — 10.0 %" in said


def test_both_ways_of_asking_are_compared(drawn: Drawn) -> None:
    said = section(drawn(), "Do other ways of asking agree?")
    assert "Both ways put income and debt first." in said
    assert "with 5 other seeds, each on 500 rows of its own" in said
    assert "the rank correlation of the importances is 1.000" in said


def test_that_both_ways_differ_is_said(evidence: Callable[..., Evidence]) -> None:
    measures = [
        measure("permutation_importance", 0.3, 0.2, 0.4, feature="a"),
        measure("permutation_importance", 0.0, 0.0, 0.0, feature="b"),
        measure("mean_absolute_shapley", 0.1, 0.0, 0.2, feature="a"),
        measure("mean_absolute_shapley", 0.2, 0.1, 0.3, feature="b"),
    ]
    filed = evidence("explainability_report", measures=measures, details={})
    html = draw(filed, checkpoint_note="", images={})
    said = section(html, "Do other ways of asking agree?")
    assert "They do not agree: shuffling puts a first, Shapley values b." in said
    assert "Shapley values put b first instead." in html.partition("</header>")[0]


@pytest.mark.parametrize(
    ("shared", "words_"), [(1, "are the same"), (0.6, "are mostly the same"), (0.4, "are others")]
)
def test_whether_the_first_are_the_same_is_said(drawn: Drawn, shared: float, words_: str) -> None:
    stability = {"top": 3, "seeds": 5, "top_overlap": {"value": shared}}
    assert f"the first 3 {words_}" in lead(drawn(stability=stability))


def test_refusals_are_told_apart_from_flips(drawn: Drawn) -> None:
    html = drawn(known_models.known_regions_only)
    assert re.search(r"missing 0.0 %, and \d+\.\d % then get no answer\.", lead(html))
    said = section(html, "How easily answers change")
    assert "region 100.0 % no answer — — no answer" in said
    assert "Changing 3 of 4 inputs alone flips no decision." in said
    assert "as the model put it: Unknown Category and zeros = 0." in said
    assert "20 % of all values missing 0.0 %" in said


def test_what_a_sensitive_input_alone_does_is_told(drawn: Drawn) -> None:
    html = drawn(known_models.by_sex, {"sensitive": ["sex"]})
    assert "Changing sex alone flips 100.0 % of the decisions." in lead(html)
    said = section(html, "Sensitive inputs")
    assert "100.0 % of 1,000 people would be decided otherwise" in said
    assert "female" in said
    assert "The model is given no input" not in said
    none = section(drawn(), "Sensitive inputs")
    assert "The model is given no input that is declared or was named as sensitive" in none


def test_reasons_are_told_by_input_and_by_person(drawn: Drawn) -> None:
    said = section(drawn(known_models.only_income), "Reasons for single decisions")
    assert "compared with 50 people at or just above the threshold" in said
    assert "income 100.0 % 98.1 % to 100.0 % 200" in said
    assert "debt" not in said
    assert re.search(r"low 0\.\d+ unfavourable income lower \(−0\.\d+\)", said)
    assert re.search(r"high \d\.\d+ favourable income higher \(\+0\.\d+\)", said)
    assert "6 more people stand in the evidence." in said


def test_where_nothing_matters_that_is_said(drawn: Drawn) -> None:
    html = drawn(known_models.always_the_same)
    assert lead(html).startswith("None of the 4 inputs makes a difference")
    assert "are the same" not in lead(html)
    assert "No fidelity." in section(html, "The model in a few rules")
    assert "no ranking can be told" in section(html, "Do other ways of asking agree?")


def test_importance_that_may_be_chance_is_called_so(evidence: Callable[..., Evidence]) -> None:
    measures = [
        measure("permutation_importance", 0.01, -0.1, 0.2, feature="a"),
        measure("permutation_importance", 0.0, -0.1, 0.1, feature="b"),
    ]
    filed = evidence("explainability_report", measures=measures, details={})
    assert "None matters more than chance explains." in lead(
        draw(filed, checkpoint_note="", images={})
    )


def test_long_tables_say_how_much_more_there_is(evidence: Callable[..., Evidence]) -> None:
    measures = [
        measure(name, i / 100, 0.0, 0.9, feature=f"f{i:02}")
        for i in range(1, 31)
        for name in ("permutation_importance", "mean_absolute_shapley", "reason_rate")
    ]
    alone = [
        {"feature": f"f{i:02}", "change": "missing", "flipped": i / 100,
         "refused": 0}
        for i in range(1, 31)
    ]  # fmt: skip
    details = {
        "robustness": {"rows": 100, "one_input": alone, "inputs_not_changed_alone": 4},
        "reasons": {"people": [], "compared_with": "others"},
    }
    filed = evidence("explainability_report", measures=measures, details=details)
    html = draw(filed, checkpoint_note="", images={})
    assert "15 more inputs matter less" in section(html, "Importance of inputs")
    assert "20 more inputs stand in the evidence" in section(html, "Do other ways")
    said = section(html, "How easily answers change")
    assert "20 more inputs flip fewer" in said
    assert "4 less important inputs were not changed alone" in said
    assert "20 more inputs stand in the evidence" in section(html, "Reasons for")


def test_inputs_that_stand_in_for_each_other_are_named(evidence: Callable[..., Evidence]) -> None:
    measures = [
        measure("permutation_importance", 0.1, 0.0, 0.2, feature="a"),
        measure("joint_permutation_importance", 0.3, 0.2, 0.4, feature="a + b"),
    ]
    filed = evidence("explainability_report", measures=measures, details={})
    said = section(draw(filed, checkpoint_note="", images={}), "Importance of inputs")
    assert "Shuffled as one they cost: a + b: 0.300 (0.200 to 0.400)." in said


def test_what_was_not_measured_is_said_with_its_reason(drawn: Drawn) -> None:
    said = section(drawn(not_measured=["a small tree needs 30 rows"]), "What was not measured")
    assert said.endswith("A small tree needs 30 rows.")
    assert "What was not measured" not in drawn(not_measured=[])


def test_names_from_outside_are_escaped(evidence: Callable[..., Evidence]) -> None:
    odd = "<b>a</b>"
    details = {
        "surrogate": {"rules": [{"conditions": [f"{odd} > 1"], "score": 0.5, "n": 1}]},
        "robustness": {
            "rows": 9,
            "all_inputs": [{"change": odd}],
            "one_input": [
                {"feature": odd, "change": odd, "flipped": 0.5, "refusal": f"Message: {odd}"}
            ],
            "sensitive": [{"feature": odd, "set_to": [odd], "flipped": 0.5, "n": 9}],
            "by_group": [{"feature": odd, "group": odd, "n": 9, "flipped": 0.5}],
        },
        "reasons": {
            "compared_with": odd,
            "people": [{"person": 1, "band": odd, "decision": odd}],
            "reasons": [{"person": 1, "feature": odd, "side": odd}],
        },
        "not_measured": [odd],
    }  # fmt: skip
    measures = [
        measure(name, 0.1, 0.0, 0.2, feature=odd)
        for name in ("permutation_importance", "joint_permutation_importance", "reason_rate")
    ]
    filed = evidence("explainability_report", measures=measures, details=details)
    assert odd not in draw(filed, checkpoint_note="", images={})


@pytest.mark.parametrize("odd", [None, "text", 7, [], ["a"], [[1]], {"x": "text"}, {"x": [3]}])
def test_details_of_another_shape_do_not_break_the_report(drawn: Drawn, odd: Any) -> None:
    keys = (
        "importance", "moving_together", "surrogate", "stability", "shapley", "reasons",
        "robustness", "not_measured", "threshold",
    )  # fmt: skip
    for key in keys:
        assert drawn(**{key: odd}).endswith("</html>\n")
    for key in ("all_inputs", "one_input", "sensitivity", "sensitive", "by_group"):
        assert drawn(robustness={"rows": odd, key: odd}).endswith("</html>\n")
        assert drawn(robustness={key: [{"flipped": odd, "set_to": odd}]}).endswith("</html>\n")
    assert drawn(**dict.fromkeys(keys, odd)).endswith("</html>\n")
