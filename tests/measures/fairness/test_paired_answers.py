import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measures.fairness.paired import Pairs, mcnemar, paired_interval
from measures.fairness.proportions import Share, newcombe_interval

some_pairs = st.builds(Pairs, *[st.integers(0, 30)] * 4).filter(lambda pairs: pairs.people > 0)


def test_mcnemars_tests_have_their_published_values():
    # M. W. Fagerland, S. Lydersen, P. Laake (2013), BMC Med. Res. Methodol. 13:91, Tables 1
    # and 6: airway hyper-responsiveness of 21 children before and after stem cell transplantation.
    found = mcnemar(Pairs(1, 1, 7, 12))
    assert found.exact == pytest.approx(0.0703, abs=5e-5)
    assert found.mid_p == pytest.approx(0.0391, abs=5e-5)
    assert found.bare.p == pytest.approx(0.0339, abs=5e-5)
    assert found.corrected.p == pytest.approx(0.0771, abs=5e-5)


@pytest.mark.parametrize(
    ("pairs", "low", "high"),
    [
        # R. G. Newcombe (1998), Statist. Med. 17(22), 2635-2650, Table III, method 10
        (Pairs(36, 2, 12, 0), 0.0569, 0.3404),
        # M. W. Fagerland, S. Lydersen, P. Laake (2017), "Statistical Analysis of Contingency
        # Tables", ch. 8: the same children, after treatment minus before
        (Pairs(1, 7, 1, 12), -0.507, -0.026),
    ],
)
def test_newcombes_paired_interval_has_its_published_values(pairs, low, high):
    assert paired_interval(pairs) == pytest.approx((low, high), abs=5e-4 if low < 0 else 5e-5)


@given(some_pairs)
def test_the_exact_test_is_scipys_binomial_one(pairs):
    found, differing = mcnemar(pairs), pairs.only_first + pairs.only_second
    if not differing:
        assert found == (1.0, 1.0, (None, None), (None, None))
        return
    expected = stats.binomtest(pairs.only_first, differing, 0.5)
    assert found.exact == pytest.approx(expected.pvalue)
    likely = stats.binom(differing, 0.5).pmf(np.arange(differing + 1))
    rarer = likely < likely[pairs.only_first] * (1 - 1e-9)
    tied = ~rarer & (likely <= likely[pairs.only_first] * (1 + 1e-9))
    assert found.mid_p == pytest.approx(likely[rarer].sum() + likely[tied].sum() / 2)
    assert found.mid_p <= found.exact + 1e-12


@given(some_pairs)
def test_the_interval_holds_the_difference_and_turns_with_the_order(pairs):
    low, high = paired_interval(pairs)
    assert -1 - 1e-12 <= low <= pairs.difference <= high <= 1 + 1e-12
    turned = Pairs(pairs.both, pairs.only_second, pairs.only_first, pairs.neither)
    assert paired_interval(turned) == pytest.approx((-high, -low), abs=1e-12)


def test_uncorrelated_answers_have_the_interval_of_independent_ones():
    pairs = Pairs(12, 28, 18, 42)  # 0.4 and 0.3 of 100, independent
    expected = newcombe_interval(Share(30, 100), Share(40, 100))
    assert paired_interval(pairs) == pytest.approx(expected, abs=1e-12)


def test_answers_that_agree_are_surer_than_independent_ones():
    agreeing, independent = Pairs(28, 12, 2, 58), Pairs(12, 28, 18, 42)
    assert agreeing.difference == independent.difference
    narrow, wide = paired_interval(agreeing), paired_interval(independent)
    assert narrow.high - narrow.low < 0.8 * (wide.high - wide.low)


def test_many_people_are_no_trouble():
    found = mcnemar(Pairs(10**7, 50_000, 50_700, 10**7))
    assert found.exact == pytest.approx(found.corrected.p, rel=1e-3)
    assert 0 < found.exact < 0.05


@pytest.mark.parametrize("pairs", [Pairs(0, 0, 0, 0), Pairs(1, -1, 0, 3)])
def test_nobody_and_fewer_are_refused(pairs):
    for ask in (mcnemar, paired_interval):
        with pytest.raises(ValueError, match="at least one person"):
            ask(pairs)
