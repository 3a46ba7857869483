"""The report of a fairness assessment answers first, and says what it cannot say."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from audits.jobs import fairness
from audits.jobs.contract import Outcome
from audits.reports import draw
from governance.models import Evidence
from tests.jobs import berkeley
from tests.jobs.conftest import quiet
from tests.reports.conftest import measure

SEX = {"feature": "sex"}


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


def _stored(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {**one._asdict()} | {key: repr(said) if said is not None else None
         for key, said in zip(("value", "low", "high"), one[1:4], strict=True)}
        for one in outcome.measures
    ]  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return fairness.work(berkeley.audit(tmp_path_factory.mktemp("report")), quiet)


@pytest.fixture
def drawn(outcome: Outcome, evidence: Callable[..., Evidence]) -> Callable[..., str]:
    """The report of Berkeley's admissions; keywords change the details."""

    def make(**details: Any) -> str:
        held = evidence(
            "fairness_audit", measures=_stored(outcome), details=outcome.details | details
        )
        return draw(held, checkpoint_note="", images={})

    return make


def test_the_answer_comes_first(drawn: Callable[..., str], outcome: Outcome) -> None:
    (ratio,) = [
        one for one in outcome.measures if (one.name, one.slice) == ("selection_rate_ratio", SEX)
    ]
    assert _lead(drawn()) == (
        "The widest gap in selection is by sex: 30.4 % of the group female were predicted "
        "favourably against 44.5 % of the group male, a ratio of 0.682 "
        f"(interval {ratio.low:.3f} to {ratio.high:.3f}); 1 would be no gap. "
        "That is more than chance would give (p < 0.001, 9.6 standard deviations). "
        "Among people alike in department the odds of the group female are 1.105 times those of "
        "the group male, no more than chance (interval 0.943 to 1.295, over 6 levels with both, "
        "p = 0.232). "
        "1 of 1 impact ratio lies below 0.80: sex female (0.682), with its whole interval."
    )


def test_too_few_alike_say_nothing(drawn: Callable[..., str], outcome: Outcome) -> None:
    told = outcome.details["conditional"]["sex"]
    (female,) = told["groups"]
    nobody = female | {"odds_ratio": None, "holm_p": None, "informative_levels": 0}
    html = drawn(conditional={"sex": told | {"groups": [nobody]}})
    assert "Too few people of the groups female and male are alike in department to tell" in _lead(
        html
    )
    assert "too few alike to tell" in html


def test_the_lowest_group_of_a_level_is_that_of_the_weights(
    drawn: Callable[..., str], outcome: Outcome
) -> None:
    told = outcome.details["conditional"]["sex"]
    groups = [
        {"group": "female", "n": 100, "selected": 40, "share": 0.7},
        {"group": "male", "n": 100, "selected": 60, "share": 0.2},
        {"group": "other", "n": 3, "selected": 1, "share": None},
    ]
    level = told["levels"][0] | {"groups": groups}
    html = drawn(conditional={"sex": told | {"levels": [level]}}, weight="people")
    row = next(part for part in html.split("<tr>") if ">department A<" in part)
    assert row.index("male: 20.0 % of 100") < row.index("female: 70.0 % of 100")


def test_the_parts_follow_in_the_order_of_their_questions(drawn: Callable[..., str]) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", drawn())
    assert titles[:5] == [
        "Groups", "Gaps between groups", "More than chance?", "Impact ratios",
        "What is left of the gap among people alike in department",
    ]  # fmt: skip


def test_what_is_left_of_a_gap_is_told_with_its_caution(drawn: Callable[..., str]) -> None:
    said = _section(drawn(), "What is left of the gap")
    assert "may itself follow from the group" in said
    assert "female 0.682 0.629 to 0.739 1.105 0.943 to 1.295 0.232" in said
    assert "no more than chance is left levels differ (p = 0.002): read each" in said
    assert "department A 933 male: 62.1 % of 825 female: 82.4 % of 108 0.753" in said


def test_without_control_features_nothing_is_said_of_them(drawn: Callable[..., str]) -> None:
    html = drawn(control=[], conditional={})
    assert "people alike" not in _lead(html)
    assert "What is left of the gap" not in html


def test_a_gap_that_may_be_chance_is_called_so(drawn: Callable[..., str], outcome: Outcome) -> None:
    told = outcome.details["significance"]["features"]["sex"]
    (female,) = told["groups"]
    changed = told | {"groups": [female | {"holm_p": 0.31}]}
    html = drawn(significance={"comparisons": 4, "features": {"sex": changed}})
    assert "Chance alone could give as much (p = 0.310 after adjustment for 4" in _lead(html)
    assert "may be chance" in _section(html, "More than chance?")


def test_categories_left_out_of_the_ratios_are_shown(
    drawn: Callable[..., str], outcome: Outcome
) -> None:
    table = outcome.details["impact_ratios"]["sex"]
    few = {
        "group": "other", "n": 12, "selected": 3, "share": 0.0026, "impact_ratio": None,
        "low": None, "high": None, "excluded": True,
    }  # fmt: skip
    changed = table | {"categories": [few, *table["categories"]], "unknown": 7}
    said = _section(drawn(impact_ratios={"sex": changed}), "Impact ratios")
    assert "4,526 people of known category, 7 of unknown" in said
    assert "other 12 25.0 % — — left out, 0.3 % of the people" in said
    assert said.index("female") < said.index("male 2,691") < said.index("other 12")


def test_a_ratio_over_small_groups_is_not_said_of_two_large_ones(
    evidence: Callable[..., Evidence],
) -> None:
    rates = {"white": (0.9, 400), "black": (0.6, 100), "(missing)": (0.3, 6)}
    measures = [
        measure("selection_rate", value, 0.2, 0.95, n, feature="race", group=group)
        for group, (value, n) in rates.items()
    ]
    measures.append(measure("selection_rate_ratio", 0.3333, 0.1, 0.7, 6, feature="race"))
    held = evidence("fairness_audit", measures=measures, details={"min_group_size": 30})
    lead = _lead(draw(held, checkpoint_note="", images={}))
    assert "60.0 % of the group black" in lead
    assert "a ratio of 0.667; 1 would be no gap" in lead
    assert "0.333" not in lead


def test_small_groups_and_undefined_rates_are_warned_of(drawn: Callable[..., str]) -> None:
    small = [{"feature": "sex", "group": f"g{n}", "n": n} for n in range(20, 0, -1)]
    undefined = [{"feature": "sex", "group": "g1", "rate": "true_positive_rate"}]
    otherwise = {"sex": {"percentile (no BCa: all replicates are equal)": ["f1_ratio"]}}
    html = drawn(small_groups=small, undefined=undefined, other_methods=otherwise)
    said = _section(html, "What to be careful with")
    assert "sex g1 (n = 1); sex g2 (n = 2)" in said
    assert "sex g12 (n = 12); and 8 more" in said
    assert "Nobody could count towards them" in said
    assert "true positive rate of sex g1" in said
    assert "1 by sex: percentile (no BCa: all replicates are equal)" in said


def test_weights_are_told_where_they_count_and_where_not(drawn: Callable[..., str]) -> None:
    html = drawn(weight="survey_weight")
    assert "People count as much as they weigh in survey_weight" in _section(html, "Groups")
    for title in ("More than chance?", "Impact ratios"):
        assert "People count alike here, whatever they weigh." in _section(html, title)
    assert "weigh" not in _section(drawn(), "Impact ratios")


def test_long_tables_say_how_much_more_there_is(
    drawn: Callable[..., str], outcome: Outcome
) -> None:
    told = outcome.details["significance"]["features"]["sex"]
    (female,) = told["groups"]
    many = [female | {"group": f"g{i:02}", "holm_p": i / 40} for i in range(30)]
    features = {"sex": told | {"groups": many}}
    said = _section(drawn(significance={"comparisons": 30, "features": features}), "More than")
    assert "18 more groups stand in the evidence." in said
    assert "g11" in said
    assert "g12" not in said


def test_every_gap_of_every_rate_can_be_unfolded(drawn: Callable[..., str]) -> None:
    html = drawn()
    folded = _words(html.partition("All gaps: every rate")[2].partition("</details>")[0])
    for rate in ("Accuracy", "Balanced accuracy", "Equalized odds mean", "Zero one loss"):
        assert rate in folded
    assert "Selection rate 0.142" in folded


@pytest.mark.parametrize("odd", [None, "text", 7, [], ["a"], [[1]], {"sex": "text"}, {"sex": [3]}])
def test_details_of_another_shape_do_not_break_the_report(
    drawn: Callable[..., str], odd: Any
) -> None:
    keys = (
        "significance", "impact_ratios", "conditional", "control", "small_groups", "undefined",
        "other_methods", "groups", "weight",
    )  # fmt: skip
    for key in keys:
        assert drawn(**{key: odd}).endswith("</html>\n")
    assert drawn(**dict.fromkeys(keys, odd)).endswith("</html>\n")


def test_stored_rows_of_one_shape_are_told_as_a_table(drawn: Callable[..., str]) -> None:
    recorded = drawn().partition("Everything else that was recorded")[2]
    cells = recorded.partition("<dt>cells</dt>")[2].partition("</table>")[0]
    assert '<th scope="col">prediction</th>' in cells
    assert "female, A" in cells
