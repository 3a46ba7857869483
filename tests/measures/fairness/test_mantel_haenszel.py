import json

import numpy as np
import pyarrow.csv as pv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measures.fairness.mantel_haenszel import _expected, _Tables, stratified
from measures.fairness.proportions import Share, wald_interval
from measures.reduce.cells import Cells


def _cells(tables: np.ndarray) -> Cells:
    """Cells from to how many it happened and how many there are: (n_strata, n_groups, 2)."""
    groups, counts = [], []
    for (stratum, group), (x, n) in zip(
        np.ndindex(tables.shape[:2]), tables.reshape(-1, 2), strict=True
    ):
        groups.append((f"s{stratum}", f"g{group}"))
        counts.append([[n - x, x], [0, 0]])
    return Cells(("stratum", "group"), tuple(groups), np.array(counts, dtype=np.int64))


@pytest.fixture
def berkeley(reference_data):
    read = pv.read_csv(reference_data / "ucb_admissions.csv").to_pylist()
    counted: dict[tuple[str, str], list[int]] = {}
    for row in read:
        held = counted.setdefault((row["Dept"], row["Gender"]), [0, 0])
        held[row["Admit"] == "Admitted"] += row["Freq"]
    groups = tuple(sorted(counted))
    counts = np.array([[counted[group], [0, 0]] for group in groups], dtype=np.int64)
    return Cells(("dept", "sex"), groups, counts)


def test_berkeleys_crude_ratio_comes_out_together_with_what_departments_explain(
    berkeley, reference_data
):
    published = json.loads((reference_data / "reference_values.json").read_text())
    expected, by_r = published["ucb_admissions"], published["ucb_published_r"]
    found = stratified(berkeley, within=["dept"])
    (female,) = found.groups
    assert found.reference.lower() == "male"
    assert female.crude_ratio == pytest.approx(expected["impact_ratio_female"], abs=5e-6)
    assert female.crude_interval == pytest.approx(expected["rr_ci95_katz"], abs=5e-5)
    assert female.crude_test.statistic == pytest.approx(-9.6024, abs=5e-5)
    assert female.odds_ratio.value == pytest.approx(
        expected["mantel_haenszel_OR_female_vs_male"], abs=5e-7
    )
    assert female.ratio.value == pytest.approx(expected["mh_riskratio"], abs=5e-7)
    assert female.test == pytest.approx((expected["cmh_statistic_no_cc"], 0.216924), abs=5e-7)
    assert female.corrected == pytest.approx((expected["cmh_statistic_cc"], 0.232263), abs=5e-7)
    assert female.corrected == pytest.approx((by_r["mantelhaen_X2"], by_r["p"]), abs=5e-5)
    (male,) = stratified(berkeley, within=["dept"], reference=female.group).groups
    assert male.odds_ratio.value == pytest.approx(
        by_r["common_odds_ratio_male_vs_female"], abs=5e-8
    )
    assert (female.strata, female.informative) == (6, 6)


def test_berkeleys_odds_ratio_agrees_with_statsmodels(berkeley):
    # statsmodels 0.15.0, StratifiedTable: oddsratio_pooled_confint() and test_equal_odds()
    (female,) = stratified(berkeley, within=["dept"]).groups
    assert female.odds_ratio.interval == pytest.approx(
        (0.9431028285160811, 1.2954922436816447), rel=1e-12
    )
    assert female.homogeneity.freedom == 5
    assert female.homogeneity.breslow_day == pytest.approx(
        (18.825513705236055, 0.0020713903499179898), rel=1e-9
    )
    assert female.homogeneity.tarone == pytest.approx(
        (18.82550125205277, 0.0020714013978812007), rel=1e-9
    )


@given(st.tuples(*[st.integers(1, 40)] * 4), st.floats(0.01, 100))
def test_expected_counts_keep_the_margins_and_have_the_common_odds_ratio(table, odds):
    tables = _Tables(*(np.array([float(each)]) for each in table))
    (e,) = _expected(tables, odds)
    cells = e, tables.n1[0] - e, tables.m1[0] - e, tables.n0[0] - tables.m1[0] + e
    assert min(cells) > 0
    assert cells[0] * cells[3] / (cells[1] * cells[2]) == pytest.approx(odds, rel=1e-6)


def _general(counts: np.ndarray) -> tuple[float, int]:
    """General association of (n_strata, rows, columns), by Landis, Heyman and Koch's formula."""
    rows, columns = counts.shape[1:]
    away, covariance = np.zeros((rows - 1) * (columns - 1)), 0
    for table in counts:
        n, r, c = table.sum(), table.sum(axis=1), table.sum(axis=0)
        away += (table - np.outer(r, c) / n)[:-1, :-1].ravel()
        one = (np.diag(r / n) - np.outer(r, r) / n**2)[:-1, :-1]
        other = (np.diag(c / n) - np.outer(c, c) / n**2)[:-1, :-1]
        covariance = covariance + n**2 / (n - 1) * np.kron(one, other)
    return float(away @ np.linalg.solve(covariance, away)), len(away)


def test_the_formula_we_compare_with_has_rs_published_value():
    # help(mantelhaen.test) in R: job satisfaction by income and gender (Agresti 2002, p. 57),
    # M^2 = 10.2001, df = 9, p-value = 0.3345
    counts = np.array(
        [
            [[1, 3, 11, 2], [2, 3, 17, 3], [0, 1, 8, 5], [0, 2, 4, 2]],
            [[1, 1, 2, 1], [0, 3, 5, 1], [0, 0, 7, 3], [0, 1, 9, 6]],
        ]
    )
    statistic, freedom = _general(counts)
    assert statistic == pytest.approx(10.2001, abs=5e-5)
    assert freedom == 9
    assert stats.chi2.sf(statistic, freedom) == pytest.approx(0.3345, abs=5e-5)


def test_general_association_of_several_groups_has_that_formulas_value():
    frozen = np.random.RandomState(5)
    people = frozen.randint(2, 30, (4, 3))
    tables = np.stack([frozen.binomial(people, 0.4), people], axis=-1)
    found = stratified(_cells(tables), within=["stratum"]).association
    counts = np.stack([tables[..., 0], tables[..., 1] - tables[..., 0]], axis=-1)
    statistic, freedom = _general(counts)
    assert found.freedom == freedom == 2
    assert found.test.statistic == pytest.approx(statistic)
    assert found.test.p == pytest.approx(stats.chi2.sf(statistic, freedom))


def test_general_association_of_two_groups_is_the_uncorrected_test(berkeley):
    found = stratified(berkeley, within=["dept"])
    assert found.association.freedom == 1
    assert found.association.test == pytest.approx(found.groups[0].test, rel=1e-10)


def test_a_single_stratum_gives_the_crude_comparison():
    (found,) = stratified(_cells(np.array([[[12, 40], [48, 80]]])), within=["stratum"]).groups
    assert found.ratio.value == pytest.approx(0.5)
    assert found.ratio.interval == pytest.approx(found.crude_interval)
    assert found.odds_ratio.value == pytest.approx((12 * 32) / (28 * 48))
    # Woolf's interval is what Robins, Breslow and Greenland's comes to
    error = np.sqrt(1 / 12 + 1 / 28 + 1 / 48 + 1 / 32)
    expected = np.exp(np.log(12 * 32 / (28 * 48)) + np.array([-1, 1]) * 1.959963985 * error)
    assert found.odds_ratio.interval == pytest.approx(tuple(expected))
    assert found.difference.value == pytest.approx(-0.3)
    expected = wald_interval(Share(12, 40), Share(48, 80))
    assert found.difference.interval == pytest.approx(expected)
    z = found.crude_test.statistic
    assert found.test.statistic == pytest.approx(z**2 * 119 / 120)
    assert found.homogeneity.breslow_day == (None, None)


def test_the_differences_interval_holds_the_true_one_as_often_as_it_promises():
    frozen, held = np.random.RandomState(8), 0
    people, base = np.array([[15, 30], [40, 20], [25, 25]]), np.array([0.2, 0.4, 0.6])
    for _ in range(400):
        x = frozen.binomial(people, np.stack([base + 0.1, base], axis=1))
        cells = _cells(np.stack([x, people], axis=-1))
        (found,) = stratified(cells, within=["stratum"], reference="g1").groups
        held += found.difference.interval.low <= 0.1 <= found.difference.interval.high
    assert 0.925 <= held / 400 <= 0.98


def test_error_rates_are_compared_among_those_they_concern():
    counts = np.array(
        [[[8, 2], [3, 7]], [[6, 4], [5, 5]], [[9, 1], [2, 8]], [[5, 5], [6, 4]]], dtype=np.int64
    )
    groups = (("s", "a"), ("s", "b"), ("t", "a"), ("t", "b"))
    cells = Cells(("stratum", "group"), groups, counts)
    found = stratified(cells, within=["stratum"], outcome="false_negative_rate", reference="a")
    (b,) = found.groups
    assert b.people == 20
    assert b.crude_ratio == pytest.approx((11 / 20) / (5 / 20))
    assert b.ratio.value == pytest.approx((5 * 10 / 20 + 6 * 10 / 20) / (3 * 10 / 20 + 2 * 10 / 20))


def test_strata_with_one_group_or_one_outcome_do_not_inform():
    tables = np.array([[[5, 10], [7, 10]], [[0, 0], [4, 9]], [[3, 3], [5, 5]], [[4, 10], [6, 10]]])
    (found,) = stratified(_cells(tables), within=["stratum"]).groups
    assert (found.strata, found.informative) == (4, 2)
    assert found.homogeneity.freedom == 1
    alone, _ = (
        stratified(_cells(tables[places]), within=["stratum"]).groups[0]
        for places in ([0, 2, 3], [0, 3])
    )
    assert found.odds_ratio.value == pytest.approx(alone.odds_ratio.value)
    assert found.odds_ratio.interval == pytest.approx(alone.odds_ratio.interval)
    assert found.test == pytest.approx(alone.test)


def test_groups_that_share_no_stratum_cannot_be_compared_within_strata():
    tables = np.array([[[5, 10], [0, 0]], [[0, 0], [4, 9]]])
    found = stratified(_cells(tables), within=["stratum"])
    (other,) = found.groups
    assert other.crude_ratio is not None
    assert other.odds_ratio == other.ratio == other.difference == (None, None)
    assert other.test == (None, None)
    assert found.association == ((None, None), 0)


def test_an_outcome_that_never_happens_to_a_group_gives_zero_without_an_interval():
    tables = np.array([[[0, 10], [7, 10]], [[0, 12], [4, 9]]])
    (found,) = stratified(_cells(tables), within=["stratum"]).groups
    assert found.odds_ratio == found.ratio == (0.0, None)
    assert found.difference.value < 0
    assert found.homogeneity.breslow_day == (None, None)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"within": ["dept"]}, "expected features among stratum, group, got 'dept'"),
        ({"within": ["stratum", "group"]}, "expected a feature to compare"),
        ({"within": ["stratum"], "outcome": "f1"}, "expected an outcome among"),
        ({"within": ["stratum"], "reference": "x"}, "expected a reference among g0, g1"),
    ],
)
def test_what_cannot_be_compared_is_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        stratified(_cells(np.array([[[5, 10], [7, 10]]])), **asked)
