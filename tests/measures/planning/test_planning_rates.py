import numpy as np
import pytest
from scipy.special import ndtri

from measures.intervals.bootstrap import stream
from measures.intervals.wilson import wilson_interval
from measures.planning.areas import area_standard_error, positives_to_compare_areas, rows_for_area
from measures.planning.events import events_for_precision, rows_for_events
from measures.planning.proportions import (
    TwoGroups,
    proportion_power,
    rows_for_corrected_z_test,
    rows_for_difference,
    rows_for_proportion,
    rows_for_ratio,
    rows_for_z_test,
)
from measures.planning.wanted import Wanted, rows_overall

SAMPLES = 4_000
#: Four standard errors of a simulated power of 0.8.
ERROR = 4 * np.sqrt(0.8 * 0.2 / SAMPLES)


@pytest.mark.parametrize(
    ("first", "second", "allocation", "rows"),
    [
        # statsmodels 0.14: samplesize_proportions_2indep_onetail(diff, prop2, power=0.8,
        # ratio=…, alpha=0.05, alternative="two-sided") is 81.2242, 387.3385, 685.5969, 291.0522
        (0.6, 0.8, 1.0, TwoGroups(82, 82)),
        (0.4, 0.5, 1.0, TwoGroups(388, 388)),
        (0.15, 0.1, 1.0, TwoGroups(686, 686)),
        (0.4, 0.5, 2.0, TwoGroups(292, 583)),
    ],
)
def test_rows_of_the_z_test_are_statsmodels(first, second, allocation, rows):
    assert rows_for_z_test(first, second, allocation=allocation) == rows


def test_the_continuity_correction_is_fleiss_tytun_and_urys():
    # 81.2242 / 4 · (1 + √(1 + 4 / (81.2242 · 0.2)))² = 90.94
    assert rows_for_corrected_z_test(0.6, 0.8) == TwoGroups(91, 91)


@pytest.mark.parametrize(("power", "published"), [(0.8, 652), (0.9, 897), (0.95, 1131)])
def test_rows_to_compare_areas_are_hanley_and_mcneils(power, published):
    # Table III, areas 0.70 and 0.75, one-sided at 5 %; computed there with rounded quantiles
    found = positives_to_compare_areas(0.7, 0.75, wanted=Wanted(0.9, power))
    assert found == pytest.approx(published, abs=2)


def test_the_standard_error_of_an_area_is_hanley_and_mcneils():
    # their example: area 0.893 of 51 abnormal and 58 normal images, standard error 0.032
    assert area_standard_error(0.893, 51, 58) == pytest.approx(0.032, abs=6e-4)
    assert area_standard_error(0.5, 10, 20) == pytest.approx(np.sqrt(31 / (12 * 200)))


@pytest.mark.parametrize(("expected", "bound"), [(0.6, 0.5), (0.03, 0.05), (0.97, 0.9)])
def test_wilsons_interval_decides_as_often_as_planned(expected, bound):
    rows = rows_for_proportion(expected, bound)
    counts = np.arange(rows + 1)
    decided = np.array(
        [
            (low > bound) if expected > bound else (high < bound)
            for low, high in (wilson_interval(int(k), rows) for k in counts)
        ]
    )
    drawn = stream(5).binomial(rows, expected, SAMPLES)
    power = proportion_power(rows, expected, bound)
    assert decided[drawn].mean() == pytest.approx(power, abs=ERROR)
    assert 0.8 <= power < 0.9
    assert proportion_power(int(rows * 0.8), expected, bound) < 0.8


def test_a_rate_and_its_complement_need_the_same_rows():
    assert rows_for_proportion(0.6, 0.5) == rows_for_proportion(0.4, 0.5) == 194
    assert rows_for_proportion(0.9, 0.8) == rows_for_proportion(0.1, 0.2)


def _rates(found, first, second):
    drawn = stream(11)
    return (
        drawn.binomial(found.first, first, SAMPLES) / found.first,
        drawn.binomial(found.second, second, SAMPLES) / found.second,
    )


@pytest.mark.parametrize(
    ("first", "second", "bound", "allocation"),
    [(0.4, 0.6, 0.8, 1.0), (0.57, 0.6, 0.8, 1.0), (0.42, 0.6, 0.8, 4.0)],
)
def test_the_interval_of_a_ratio_leaves_the_bound_out_as_often_as_planned(
    first, second, bound, allocation
):
    found = rows_for_ratio(first, second, bound=bound, allocation=allocation)
    p, q = _rates(found, first, second)
    away = np.abs(np.log(p / q / bound))
    reach = ndtri(0.975) * np.sqrt((1 - p) / (found.first * p) + (1 - q) / (found.second * q))
    assert np.mean(away > reach) == pytest.approx(0.8, abs=ERROR + 0.015)


@pytest.mark.parametrize(("bound", "allocation"), [(0.0, 1.0), (-0.3, 1.0), (0.0, 0.5)])
def test_the_interval_of_a_difference_leaves_the_bound_out_as_often_as_planned(bound, allocation):
    found = rows_for_difference(0.45, 0.55, bound=bound, allocation=allocation)
    p, q = _rates(found, 0.45, 0.55)
    reach = ndtri(0.975) * np.sqrt(p * (1 - p) / found.first + q * (1 - q) / found.second)
    assert np.mean(np.abs(p - q - bound) > reach) == pytest.approx(0.8, abs=ERROR + 0.015)


def test_rows_for_a_difference_by_hand():
    # (1.95996 + 0.84162)² · (0.24 + 0.16) / 0.2² = 78.49
    assert rows_for_difference(0.6, 0.8) == TwoGroups(79, 79)


def test_rows_for_an_area_are_the_first_whose_standard_error_is_small_enough():
    rows = rows_for_area(0.8, 0.75, 0.3)
    wanted = 0.05 / (1.959964 + 0.841621)
    assert area_standard_error(0.8, rows * 0.3, rows * 0.7) <= wanted
    assert area_standard_error(0.8, (rows - 1) * 0.3, (rows - 1) * 0.7) > wanted
    assert rows_for_area(0.75, 0.8, 0.7) != rows  # the estimate's own spread counts


def test_no_number_of_rows_tells_a_rate_from_itself():
    assert rows_for_proportion(0.8, 0.8) is None
    assert rows_for_ratio(0.4, 0.5) is None
    assert rows_for_difference(0.5, 0.5) is None
    assert rows_for_z_test(0.5, 0.5) is rows_for_corrected_z_test(0.5, 0.5) is None
    assert rows_for_area(0.8, 0.8, 0.5) is positives_to_compare_areas(0.8, 0.8) is None


def test_more_is_asked_of_a_surer_plan():
    sure, usual = Wanted(0.99, 0.9), Wanted(0.95, 0.8)
    assert rows_for_ratio(0.4, 0.6, wanted=sure) > rows_for_ratio(0.4, 0.6, wanted=usual)
    assert rows_for_area(0.8, 0.7, 0.5, wanted=sure) > rows_for_area(0.8, 0.7, 0.5, wanted=usual)


def test_events_for_ten_per_cent_either_way_are_the_385_of_the_textbooks():
    assert events_for_precision(0.1) == 385
    assert events_for_precision(0.1, rate=0.5) == 193
    assert events_for_precision(5.0) == 1


def test_59_rows_have_a_case_of_one_in_twenty_with_95_per_cent():
    # the nonparametric tolerance limit: 0.95⁵⁹ < 0.05; Wilks (1941), Ann. Math. Statist. 12
    assert rows_for_events(1, 0.05, assurance=0.95) == 59
    assert rows_for_events(2, 0.05, assurance=0.95) == 93


def test_the_rarest_group_decides_the_rows_of_the_whole_table():
    assert rows_overall([200, 200], [0.75, 0.25]) == 800
    with pytest.raises(ValueError, match="expected a share within"):
        rows_overall([200], [0.0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: rows_for_proportion(0.0, 0.5), "expected must be strictly between 0 and 1"),
        (lambda: rows_for_proportion(0.4, 0.5, wanted=Wanted(1.0)), "confidence must be"),
        (lambda: rows_for_proportion(0.4, 0.5, wanted=Wanted(0.9, 0.4)), "power must be within"),
        (lambda: rows_for_difference(0.4, 0.5, bound=1.0), "bound must be strictly between"),
        (lambda: rows_for_ratio(0.4, 0.5, bound=0.0), "bound must be above 0, got 0"),
        (lambda: rows_for_z_test(0.4, 0.5, allocation=0.0), "allocation must be above 0"),
        (lambda: rows_for_area(0.8, 0.7, 0.0), "share must be strictly between"),
        (lambda: area_standard_error(1.1, 5, 5), "expected an area within"),
        (lambda: events_for_precision(0.0), "expected relative above 0"),
        (lambda: rows_for_events(0, 0.5), "events must be at least 1, got 0"),
    ],
)
def test_plans_that_make_no_sense_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
