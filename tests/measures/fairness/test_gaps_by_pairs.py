"""Groups that are all alike must not be told apart by chance, however many they are."""

import numpy as np
import pytest

from measures.fairness.groups import all_gaps, gaps
from measures.fairness.simultaneous import Shares, extreme_gap
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells

ALIKE = [(2, 200, 0.3), (4, 50, 0.3), (10, 50, 0.3), (20, 200, 0.3), (2, 200, 0.02)]


def _cells(selected, people) -> Cells:
    rows = [[[n - s, s], [0, 0]] for s, n in zip(selected, people, strict=True)]
    names = tuple((chr(97 + place),) for place in range(len(rows)))
    return Cells(("group",), names, np.array(rows))


@pytest.mark.parametrize(("groups", "people", "share"), ALIKE)
@pytest.mark.parametrize(("form", "no_gap"), [("difference", 0.0), ("ratio", 1.0)])
def test_no_gap_is_covered_as_often_as_promised(groups, people, share, form, no_gap):
    drawn = np.random.RandomState(4).binomial(people, share, (400, groups)) / people
    everybody = np.full(groups, float(people))
    found = [extreme_gap([Shares(each, everybody)], form) for each in drawn if each.max() > 0]
    covered = np.mean([each.low <= no_gap <= each.high for each in found])
    assert covered >= 0.93


@pytest.mark.parametrize("groups", [2, 5])
@pytest.mark.parametrize(("form", "gap"), [("difference", 0.2), ("ratio", 2 / 3)])
def test_a_true_gap_is_covered_too(groups, form, gap):
    share = np.linspace(0.4, 0.6, groups)
    drawn = np.random.RandomState(6).binomial(150, share, (400, groups)) / 150
    found = [extreme_gap([Shares(each, np.full(groups, 150.0))], form) for each in drawn]
    assert np.mean([each.low <= gap <= each.high for each in found]) >= 0.93


def test_the_bounds_of_two_groups_are_newcombes():
    # Newcombe (1998), table II: 56/70 against 48/80, method 10: 0.0524 to 0.3339
    found = extreme_gap(
        [Shares(np.array([56 / 70, 48 / 80]), np.array([70.0, 80.0]))], "difference"
    )
    assert found == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_group_of_which_nobody_is_selected_has_a_ratio_with_a_bound():
    found = extreme_gap([Shares(np.array([0.0, 0.5]), np.array([300.0, 300.0]))], "ratio")
    assert found.low == 0
    assert 0.01 < found.high < 0.05


def test_a_handful_of_people_says_little_though_all_were_selected():
    (ratio,) = [each for each in gaps(_cells([5, 5], [5, 5]), Drawing(200)) if "ratio" in each.name]
    assert ratio.value == 1
    assert ratio.interval.low < 0.6
    assert ratio.interval.high == 1


def test_ten_groups_that_are_alike_are_not_told_apart():
    selected = np.random.RandomState(8).binomial(50, 0.3, 10)
    names = ["selection_rate_difference", "selection_rate_ratio"]
    difference, ratio = all_gaps(_cells(selected, [50] * 10), Drawing(500), names=names)
    assert difference.interval.low == 0
    assert ratio.interval.high == 1
    assert difference.interval.low <= difference.value <= difference.interval.high
