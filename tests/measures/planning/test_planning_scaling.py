import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.planning.scaling import rows_for_width, rows_to_decide

numbers = st.decimals(-100, 100, places=3)
arms = st.decimals(0, 10, places=3)


def test_four_times_the_rows_halve_the_interval():
    # the low end must rise from 0.70 to 0.80, halfway to the estimate
    assert rows_to_decide(0.875, 0.75, 0.9, 100, at_least=0.8125) == 400


@pytest.mark.parametrize(
    ("value", "bounds", "rows"),
    [
        ("0.9", {"at_least": Decimal("0.8")}, 100),  # down 0.1 of 0.1: the end may touch
        ("0.9", {"at_least": Decimal("0.85")}, 400),
        ("0.7", {"at_least": Decimal("0.8")}, 401),  # beyond the bound it may not
        ("0.6", {"at_least": Decimal("0.8")}, 101),  # up 0.2 of 0.2
        ("0.7", {"at_most": Decimal("0.8")}, 400),
        ("0.9", {"at_most": Decimal("0.8")}, 101),
        ("0.85", {"at_least": Decimal("0.8"), "at_most": Decimal("1.05")}, 400),
        ("0.85", {"at_least": Decimal("0.75"), "at_most": Decimal("0.95")}, 400),
        ("0.80", {"at_least": Decimal("0.8")}, None),
        ("0.80", {"at_least": Decimal("0.8"), "at_most": Decimal("1")}, None),
    ],
)
def test_rows_to_decide_by_hand_and_by_the_arm_on_the_bounds_side(value, bounds, rows):
    value = Decimal(value)
    low, high = value - Decimal("0.1"), value + Decimal("0.2")
    assert rows_to_decide(value, low, high, 100, **bounds) == rows


def _verdict(low, high, at_least, at_most):
    if (at_least is None or low >= at_least) and (at_most is None or high <= at_most):
        return "met"
    beyond = (at_least is not None and high < at_least) or (at_most is not None and low > at_most)
    return "not met" if beyond else "open"


@given(numbers, arms, arms, st.integers(1, 10**6), numbers, st.none() | arms)
def test_the_rows_decide_and_one_row_fewer_does_not(value, down, up, n, floor, width):
    value, down, up, floor = map(Fraction, (value, down, up, floor))
    ceiling = None if width is None else floor + Fraction(width)
    rows = rows_to_decide(value, value - down, value + up, n, floor, ceiling)

    def verdict(m):
        """Of the interval scaled to m rows, comparing squares so that no root rounds."""

        def above(arm, room, *, strictly):
            within = arm**2 * n < room**2 * m if strictly else arm**2 * n <= room**2 * m
            return room >= 0 and within and not (strictly and room == 0)

        met = above(down, value - floor, strictly=False)
        beyond = above(up, floor - value, strictly=True)
        if ceiling is not None:
            met = met and above(up, ceiling - value, strictly=False)
            beyond = beyond or above(down, value - ceiling, strictly=True)
        return met or beyond

    if rows is None:
        assert not verdict(10**30)
    else:
        assert verdict(rows)
        assert rows == 1 or not verdict(rows - 1)


@given(numbers, arms, arms, st.integers(1, 1000), numbers)
def test_at_most_is_at_least_seen_in_the_mirror(value, down, up, n, bound):
    as_is = rows_to_decide(value, value - down, value + up, n, at_least=bound)
    assert as_is == rows_to_decide(-value, -value - up, -value + down, n, at_most=-bound)


def test_an_interval_that_decides_already_needs_no_more_rows_than_it_has():
    assert _verdict(0.85, 0.95, 0.8, None) == "met"
    assert rows_to_decide(0.9, 0.85, 0.95, 500, at_least=0.8) <= 500


def test_a_resampled_interval_beside_its_own_estimate_has_no_arm_on_that_side():
    assert rows_to_decide(0.5, 0.6, 0.9, 10, at_least=0.4) == 1


def test_rows_for_a_width_are_cochrans():
    # p = 0.5 within 0.05 at 95 %: 384.16 rows by 1.96² · 0.25 / 0.05²
    assert rows_for_width(Fraction(196, 100) / 2, 1, Fraction(5, 100)) == 385
    assert rows_for_width(0.0, 10, 0.1) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0.5, 0.4, 0.6, 0, 0.5), "n must be at least 1, got 0"),
        ((0.5, 0.4, 0.6, 5), "got neither"),
        ((0.5, 0.6, 0.4, 5, 0.5), "expected low at most high, got 0.6 and 0.4"),
        ((0.5, 0.4, 0.6, 5, 0.7, 0.6), "expected at_least at most at_most, got 0.7 and 0.6"),
        ((float("nan"), 0.4, 0.6, 5, 0.7), "expected a finite number, got nan"),
        ((0.5, Decimal("-Infinity"), 0.6, 5, 0.7), "expected a finite number, got -Infinity"),
    ],
)
def test_what_cannot_be_scaled_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        rows_to_decide(*arguments)


def test_a_width_of_nothing_is_refused():
    with pytest.raises(ValueError, match="wanted above 0"):
        rows_for_width(0.1, 10, 0)


def test_scaling_loads_the_standard_library_only():
    code = (
        "import sys, measures.planning.scaling;"
        "print(sorted({'numpy', 'scipy', 'pandas', 'ibis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_scaled_interval_is_that_of_the_larger_sample():
    # Wald's interval of 0.3 narrows exactly with the root
    n, m = 100, rows_to_decide(0.3, 0.3 - 1.96 * sqrt(0.0021), 0.4, 100, at_least=0.25)
    assert 1.96 * sqrt(0.21 / m) <= 0.05 < 1.96 * sqrt(0.21 / (m - 1))
    assert m > n
