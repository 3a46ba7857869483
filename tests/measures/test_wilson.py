import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.intervals.wilson import wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # R. G. Newcombe (1998), Statist. Med. 17(8), 857-872, Table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_agrees_with_published_values(successes, trials, low, high):
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share_and_stays_within_0_and_1(observed):
    successes, trials = observed
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1


@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "message"),
    [
        (6, 5, 0.95, r"successes must be within \[0, 5\], got 6"),
        (-1, 5, 0.95, r"successes must be within \[0, 5\], got -1"),
        (0, 0, 0.95, "trials must be at least 1, got 0"),
        (1, 5, 1.0, "confidence must be strictly between 0 and 1, got 1.0"),
    ],
)
def test_wilson_interval_refuses_what_is_out_of_range(successes, trials, confidence, message):
    with pytest.raises(ValueError, match=message):
        wilson_interval(successes, trials, confidence=confidence)
