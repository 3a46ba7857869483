from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.fairness.impact import (
    Rule,
    bias_audit,
    median_score,
    scoring_impact,
    selection_impact,
)
from measures.fairness.proportions import Share, ratio_interval
from measures.reduce.cells import Cells, reduce_cells
from measures.reduce.scores import score_counts
from measures.reduce.unlabelled_scores import reduce_unlabelled_scores


def _selected(counted: dict[tuple[str, ...], tuple[int, int]], *features: str) -> Cells:
    groups = tuple(sorted(counted))
    counts = np.zeros((len(groups), 2, 2), np.int64)
    for i, group in enumerate(groups):
        x, n = counted[group]
        counts[i, 0] = n - x, x
    return Cells(features, groups, counts)


def _found(table):
    return {each.name: each for each in table.categories}


@pytest.mark.parametrize(
    ("counted", "expected"),
    # 6 RCNY § 5-301, example after (d): people, scoring rate to 0.1 % and impact ratio;
    # the counts above the median are the only ones with these rates.
    [
        (
            {"Male": (50, 92), "Female": (34, 76)},
            {"Male": (0.543, 1.00), "Female": (0.447, 0.82)},
        ),
        (
            {
                "Hispanic or Latino": (18, 28),
                "White": (15, 40),
                "Black or African American": (16, 32),
                "Native Hawaiian or Pacific Islander": (5, 8),
                "Asian": (10, 24),
            },
            {
                "Hispanic or Latino": (0.642, 1.00),
                "White": (0.375, 0.58),
                "Black or African American": (0.500, 0.78),
                "Native Hawaiian or Pacific Islander": (0.625, 0.97),
                "Asian": (0.417, 0.65),
            },
        ),
    ],
)
def test_the_rules_own_example_has_its_published_ratios(counted, expected):
    table = selection_impact(_selected({(name,): each for name, each in counted.items()}, "f"))
    for name, each in _found(table).items():
        rate, ratio = expected[name]
        assert each.rate == pytest.approx(rate, abs=1e-3)
        assert round(each.impact_ratio, 2) == ratio


def test_scoring_rates_count_who_lies_above_the_median_of_all(stored):
    table = stored(
        {
            "sex": ["f", "f", "f", "f", "m", "m", "m", None],
            "race": ["a", "a", "b", "b", "a", "b", "b", "a"],
            "score": [1.0, 5.0, 5.0, 9.0, 5.0, 6.0, 7.0, 2.0],
        }
    )
    scores = reduce_unlabelled_scores(table, ["sex", "race"], score="score")
    audit = bias_audit(scores, sex="sex", race="race")
    assert audit.sex.kind == "scoring"
    assert audit.sex.median == 5.0  # of all eight: 1 2 5 5 5 6 7 9
    f, m = (_found(audit.sex)[name] for name in "fm")
    assert (f.favoured, f.people, m.favoured, m.people) == (1, 4, 2, 3)
    assert f.impact_ratio == (1 / 4) / (2 / 3)
    assert (m.impact_ratio, m.ratio_interval) == (1.0, None)
    assert f.ratio_interval.low < f.impact_ratio < f.ratio_interval.high
    assert (audit.sex.people, audit.sex.unknown) == (7, 1)
    a, b = (_found(audit.race)[name] for name in "ab")
    assert (a.favoured, a.people, b.favoured, b.people) == (0, 4, 3, 4)
    assert (a.impact_ratio, a.ratio_interval.low) == (0.0, 0.0)
    assert a.ratio_interval == ratio_interval(Share(0, 4), Share(3, 4))
    assert audit.race.unknown == 0
    assert sorted(_found(audit.intersection)) == ["f x a", "f x b", "m x a", "m x b"]
    assert audit.intersection.unknown == 1
    assert audit.intersection.most_favoured == "m x b"


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_the_median_is_numpys(values):
    scores = np.array(values, dtype=np.float64)
    counted = score_counts(scores, np.ones(len(values), int), np.zeros(len(values), int))
    assert median_score(counted) == np.median(scores)


def test_small_categories_are_excluded_from_ratios_but_reported():
    cells = _selected({("a",): (500, 980), ("b",): (19, 19), ("c",): (1, 3)}, "race")
    table = selection_impact(cells)
    found = _found(table)
    assert [name for name, each in found.items() if each.excluded] == ["b", "c"]
    assert table.most_favoured == "a"  # though all of b were selected
    assert (found["b"].people, found["b"].rate, found["b"].impact_ratio) == (19, 1.0, None)
    assert found["c"].rate == 1 / 3
    kept = selection_impact(cells, Rule(least_share=Fraction(0)))
    assert kept.most_favoured == "b"
    assert not any(each.excluded for each in kept.categories)


def test_exactly_two_per_cent_is_not_less_than_two_per_cent():
    cells = _selected({("a",): (50, 98), ("b",): (1, 2)}, "race")
    assert not any(each.excluded for each in selection_impact(cells).categories)
    cells = _selected({("a",): (50, 99), ("b",): (1, 2)}, "race")
    assert _found(selection_impact(cells))["b"].excluded


def test_people_of_unknown_category_are_counted_beside_the_table(stored):
    table = stored({"sex": ["f", "m", "Unknown", None, "f"], "p": [1, 1, 0, 1, 0]})
    cells = reduce_cells(table, ["sex"], label="p", prediction="p")
    found = selection_impact(cells, Rule(unknown=("(missing)", "Unknown")))
    assert (found.people, found.unknown) == (3, 2)
    assert _found(found)["f"].impact_ratio == 0.5
    assert "Unknown" not in _found(found)


def test_nobody_selected_leaves_ratios_undefined():
    found = selection_impact(_selected({("a",): (0, 50), ("b",): (0, 60)}, "sex"))
    assert [each.impact_ratio for each in found.categories] == [None, None]
    assert [each.rate for each in found.categories] == [0.0, 0.0]


def test_scores_are_counted_whatever_columns_are_called(stored):
    table = stored({"label": ["x", "y"], "label_": [1.0, 2.0]})
    scores = reduce_unlabelled_scores(table, ["label"], score="label_")
    assert scores.groups == (("x",), ("y",))
    assert scoring_impact(scores).median == 1.5


def test_bad_input_is_refused(stored):
    table = stored({"sex": ["f"], "score": [float("nan")]})
    with pytest.raises(ValueError, match="expected finite numbers in 'score'"):
        reduce_unlabelled_scores(table, ["sex"], score="score")
    cells = _selected({("f",): (1, 2)}, "sex")
    with pytest.raises(ValueError, match="expected features among sex, got 'race'"):
        bias_audit(cells, sex="sex", race="race")
    nobody = score_counts(np.zeros(0), np.zeros(0, int), np.zeros(0, int))
    with pytest.raises(ValueError, match="at least one score"):
        median_score(nobody)
