import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measures.fairness.proportions import (
    Share,
    binomial_deviation,
    fisher_exact,
    hypergeometric_deviation,
    katz_interval,
    newcombe_interval,
    ratio_interval,
    two_proportion_z,
    wald_interval,
)
from measures.intervals.wilson import wilson_interval

shares = st.integers(1, 60).flatmap(lambda n: st.builds(Share, st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # R. G. Newcombe (1998), Statist. Med. 17(8), 873-890, Table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_newcombes_interval_agrees_with_published_values(first, second, low, high):
    found = newcombe_interval(Share(*first), Share(*second))
    assert found == pytest.approx((low, high), abs=5e-5)


def test_walds_interval_agrees_with_published_values():
    # the same table, method 1
    found = wald_interval(Share(56, 70), Share(48, 80))
    assert found == pytest.approx((0.0575, 0.3425), abs=5e-5)


@given(shares, shares)
def test_z_squared_is_pearsons_chi_square(first, second):
    found = two_proportion_z(first, second)
    table = np.array([[x, n - x] for x, n in (first, second)])
    if not table.sum(axis=0).all():
        assert found == (None, None)
        return
    expected = stats.chi2_contingency(table, correction=False)
    assert found.statistic**2 == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    ahead = first.happened * second.possible - second.happened * first.possible
    assert np.sign(found.statistic) == np.sign(ahead)


@given(shares, shares)
def test_hypergeometric_deviations_are_the_z_of_a_finite_population(first, second):
    z = two_proportion_z(first, second).statistic
    people = first.possible + second.possible
    found = hypergeometric_deviation(first, second)
    selected = first.happened + second.happened
    at = np.arange(first.possible + 1)
    likely = stats.hypergeom(people, first.possible, selected).pmf(at)
    mean = float(likely @ at)
    assert found.expected == pytest.approx(mean)
    assert found.standard_deviation**2 == pytest.approx(likely @ (at - mean) ** 2, abs=1e-12)
    if z is None:
        assert found.standard_deviations is None
    else:
        assert found.standard_deviations == pytest.approx(z * np.sqrt((people - 1) / people))


@given(shares, shares)
def test_intervals_hold_the_estimate_and_turn_with_the_order(first, second):
    difference = first.rate - second.rate
    for interval in (newcombe_interval, wald_interval):
        low, high = interval(first, second)
        assert -1 - 1e-12 <= low <= difference + 1e-12
        assert difference - 1e-12 <= high <= 1 + 1e-12
        assert interval(second, first) == pytest.approx((-high, -low), abs=1e-12)
    ratio = katz_interval(first, second)
    if not (first.happened and second.happened):
        assert ratio is None
    else:
        assert ratio.low <= first.rate / second.rate * (1 + 1e-12)
        turned = katz_interval(second, first)
        assert turned == pytest.approx((1 / ratio.high, 1 / ratio.low))


@given(shares, shares)
def test_fishers_p_sums_the_tables_that_are_no_likelier(first, second):
    people, selected = first.possible + second.possible, first.happened + second.happened
    chance = stats.hypergeom(people, first.possible, selected)
    likely = chance.pmf(np.arange(first.possible + 1))
    expected = likely[likely <= likely[first.happened] * (1 + 1e-7)].sum()
    assert fisher_exact(first, second) == pytest.approx(expected)


def test_fishers_p_of_many_people_is_near_the_corrected_chi_square():
    first, second = Share(2_500_000, 10_000_000), Share(2_503_000, 10_000_000)
    table = [[x, n - x] for x, n in (first, second)]
    expected = stats.chi2_contingency(table, correction=True).pvalue
    assert fisher_exact(first, second) == pytest.approx(expected, rel=1e-5)


def test_castanedas_grand_jurors_are_twenty_nine_standard_deviations_short():
    # 430 U.S. 482, 496 n. 17: 870 jurors, 79.1 %, about 688 expected, 339 seen, s.d. about 12
    found = binomial_deviation(870, 339, 0.791)
    assert round(found.expected) == 688
    assert round(found.standard_deviation) == 12
    assert round(found.standard_deviations) == -29
    assert found.suspect


def test_hazelwoods_teachers_depend_on_the_labour_market_compared_with():
    # 433 U.S. 299, 311 n. 17: 282 hired, 10 black; more than five with 15.4 %, below two with 5.7 %
    city, county = (binomial_deviation(282, 10, share) for share in (0.154, 0.057))
    assert round(city.expected) == 43
    assert city.standard_deviations < -5
    assert city.suspect
    assert round(county.expected) == 16
    assert -2 < county.standard_deviations < 0
    assert not county.suspect


def test_a_deviation_without_room_for_chance_is_undefined_and_not_suspect():
    found = hypergeometric_deviation(Share(5, 5), Share(7, 7))
    assert found.standard_deviations is None
    assert not found.suspect
    assert binomial_deviation(4, 0, 0.0).standard_deviations is None


@pytest.mark.parametrize("share", [Share(0, 0), Share(3, 2), Share(-1, 2)])
def test_impossible_shares_are_refused(share):
    for compare in (two_proportion_z, fisher_exact, newcombe_interval, katz_interval):
        with pytest.raises(ValueError, match="expected"):
            compare(share, Share(1, 2))


def test_a_share_of_more_than_everybody_is_refused():
    with pytest.raises(ValueError, match=r"within \[0, 1\], got 1.5"):
        binomial_deviation(5, 1, 1.5)


def test_newcombes_interval_of_a_certain_share_is_wilsons_other_side():
    _, high = newcombe_interval(Share(0, 20), Share(20, 20))
    reach = wilson_interval(0, 20).high
    assert high == pytest.approx(-1 + np.hypot(reach, reach))


def test_a_ratio_of_none_has_bounds_too():
    assert ratio_interval(Share(30, 100), Share(60, 100)) == katz_interval(
        Share(30, 100), Share(60, 100)
    )
    assert ratio_interval(Share(3, 10), Share(0, 10)) is None
    # nobody of 300 against half: u / sqrt(l (2q - l)) with Wilson's u and l
    low, high = ratio_interval(Share(0, 300), Share(150, 300))
    u, least = wilson_interval(0, 300).high, wilson_interval(150, 300).low
    assert (low, high) == (0.0, pytest.approx(u / np.sqrt(least * (1 - least))))
    assert high < 0.03
    # five of five against five of five may be anything around 1
    low, high = ratio_interval(Share(5, 5), Share(5, 5))
    assert low < 0.8 < 1 < 1.25 < high
    assert low == pytest.approx(1 / high)


def test_the_bounds_of_a_ratio_of_few_cover():
    drawn, covered = np.random.RandomState(7), 0
    for _ in range(500):
        x, y = drawn.binomial(40, 0.03), max(1, drawn.binomial(40, 0.6))
        low, high = ratio_interval(Share(int(x), 40), Share(int(y), 40))
        covered += low <= 0.05 <= high
    assert covered / 500 >= 0.93
