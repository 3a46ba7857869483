import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from measures.calibration.hosmer_lemeshow import hosmer_lemeshow
from measures.calibration.recalibration import recalibration, spiegelhalter
from measures.reduce.scores import ScoreCounts, score_counts

SCORES = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
POSITIVES = np.array([2, 3, 9, 10, 20, 22, 33, 30, 38, 40, 37])


def _counts(scores, positives, people) -> ScoreCounts:
    return score_counts(np.asarray(scores, dtype=float), people - positives, positives)


def test_slope_and_intercept_are_statsmodels():
    # statsmodels 0.14 GLM(Binomial) on these 11 rows of 45 people: params and bse;
    # the last with the logit as offset and a constant alone.
    found = recalibration(_counts(SCORES, POSITIVES, 45))
    assert found.intercept[:2] == pytest.approx((-0.04298498, 0.11084934), abs=5e-9)
    assert found.slope[:2] == pytest.approx((0.93817416, 0.08651327), abs=5e-9)
    assert found.in_the_large[:2] == pytest.approx((-0.04457418, 0.11285762), abs=5e-9)
    reach = 1.959963984540054 * 0.08651327
    assert found.slope.interval == pytest.approx((0.93817416 - reach, 0.93817416 + reach), abs=2e-8)
    assert (found.n, found.clipped) == (495, 0)


def test_slope_and_intercept_are_scikit_learns_on_rows():
    drawn = np.random.RandomState(5)
    scores = drawn.beta(1, 3, 2_000)
    labels = (drawn.rand(2_000) < expit(0.4 + 0.7 * logit(scores))).astype(int)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
    fitted.fit(logit(scores)[:, np.newaxis], labels)
    found = recalibration(_counts(scores, labels, 1))
    assert found.slope.value == pytest.approx(fitted.coef_[0, 0], abs=1e-7)
    assert found.intercept.value == pytest.approx(fitted.intercept_[0], abs=1e-7)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -1.0), (3.0, 2.0), (-0.5, 0.3)])
def test_a_distortion_is_found_again(slope, intercept):
    scores = np.linspace(0.02, 0.98, 49)
    people = np.full(49, 10**9)
    positives = np.rint(people * expit(intercept + slope * logit(scores))).astype(np.int64)
    found = recalibration(_counts(scores, positives, people))
    assert found.slope.value == pytest.approx(slope, abs=1e-7)
    assert found.intercept.value == pytest.approx(intercept, abs=1e-7)


def test_wald_intervals_cover_as_often_as_they_promise():
    drawn, covered = np.random.RandomState(8), np.zeros(3)
    scores = np.linspace(0.05, 0.95, 19)
    for _ in range(400):
        positives = drawn.binomial(20, scores)
        found = recalibration(_counts(scores, positives, 20), confidence=0.9)
        each = zip((found.slope, found.intercept, found.in_the_large), (1, 0, 0), strict=True)
        covered += [part.interval.low <= truth <= part.interval.high for part, truth in each]
    assert (np.abs(covered / 400 - 0.9) < 0.045).all()


@pytest.mark.parametrize(
    ("scores", "positives", "people"),
    [
        ([0.2, 0.8], [0, 5], 5),  # separated
        ([0.2, 0.5, 0.8], [0, 2, 5], 5),  # separated but for a tie
        ([0.2, 0.5, 0.8], [5, 2, 0], 5),  # the wrong way round
        ([0.4], [2], 5),  # one score
        ([0.2, 0.8], [0, 0], 5),  # one label
    ],
)
def test_where_no_finite_slope_fits_best_there_is_none(scores, positives, people):
    found = recalibration(_counts(scores, np.array(positives), people))
    for each in (found.slope, found.intercept):
        assert np.isnan(each.value)
        assert (each.defined, each.interval) == (False, (-np.inf, np.inf))
    assert found.in_the_large.defined == (sum(positives) > 0)


def test_scores_at_0_and_1_are_clipped_and_counted():
    scores = np.array([0.0, 1e-9, 0.3, 0.7, 1.0])
    found = recalibration(_counts(scores, np.array([1, 1, 3, 6, 8]), 10))
    inside = recalibration(
        _counts([1e-6, 0.3, 0.7, 1 - 1e-6], np.array([2, 3, 6, 8]), [20, 10, 10, 10])
    )
    assert (found.clipped, inside.clipped) == (30, 0)
    assert found.slope.value == pytest.approx(inside.slope.value, rel=1e-9)
    with pytest.raises(ValueError, match=r"expected clip strictly between 0 and 0\.5, got 0"):
        recalibration(_counts([0.5], np.array([1]), 2), clip=0)


@pytest.mark.parametrize("seed", range(20))
def test_the_fit_is_found_however_far_off_the_scores_are(seed):
    drawn = np.random.RandomState(seed)
    scores = expit(drawn.standard_normal(12) * 4 + drawn.choice([-8, 0, 8]))
    scores = np.clip(scores, 1e-6, 1 - 1e-6)
    positives = drawn.binomial(1_000, drawn.beta(0.1, 0.1, 12))
    counts = _counts(scores, positives, 1_000)
    found, logits = recalibration(counts), logit(counts.scores)
    predicted = expit(found.intercept.value + found.slope.value * logits)
    missing = counts.positives - counts.totals * predicted
    assert [missing.sum(), (missing * logits).sum()] == pytest.approx([0, 0], abs=1e-5)
    predicted = (counts.totals * expit(found.in_the_large.value + logits)).sum()
    assert predicted == pytest.approx(counts.positives.sum(), rel=1e-9)


def test_hosmer_and_lemeshow_on_the_caffeine_example():
    # Wikipedia, "Hosmer-Lemeshow test": 11 doses of caffeine, 30 people each, grades of A.
    # Expected numbers: statsmodels 0.14 GLM(Binomial) on the dose, params 0.23846943 and
    # -0.00644164. Each dose a group, the statistic is Pearson's chi-square: 17.46, p = 0.042.
    grades = np.array([10, 13, 17, 15, 10, 5, 4, 3, 3, 1, 0])
    scores = expit(0.23846943 - 0.00644164 * np.arange(0, 501, 50))
    found = hosmer_lemeshow(_counts(scores, grades, 30), groups=11, sample="development")
    assert (len(found.groups), found.degrees, found.n) == (11, 9, 330)
    assert found.statistic == pytest.approx(17.46406, abs=1e-4)
    assert found.p_value == pytest.approx(0.0419, abs=5e-5)
    new = hosmer_lemeshow(_counts(scores, grades, 30), groups=11)
    assert (new.degrees, new.sample, new.statistic) == (11, "new", found.statistic)
    assert new.p_value == pytest.approx(stats.chi2.sf(17.46406, 11), abs=1e-5)


def test_hosmer_and_lemeshow_by_hand():
    # Two groups of ten: 3 where 2 are expected of variance 1.6; 7 where 8 are, likewise.
    found = hosmer_lemeshow(_counts([0.2, 0.8], np.array([3, 7]), 10), groups=2)
    assert found.statistic == pytest.approx(1 / 1.6 + 1 / 1.6, abs=1e-14)
    assert found.p_value == pytest.approx(np.exp(-found.statistic / 2), abs=1e-14)  # 2 degrees
    assert [(each.n, each.observed) for each in found.groups] == [(10, 3), (10, 7)]


def test_under_calibration_hosmer_and_lemeshow_reject_as_often_as_they_should():
    drawn, rejected = np.random.RandomState(3), 0
    for _ in range(400):
        scores = drawn.beta(2, 2, 500)
        labels = (drawn.rand(500) < scores).astype(int)
        rejected += hosmer_lemeshow(_counts(scores, labels, 1)).p_value < 0.1
    assert 0.06 < rejected / 400 < 0.145


def test_impossible_outcomes_give_an_infinite_statistic():
    assert hosmer_lemeshow(_counts([0.0, 0.5], np.array([1, 5]), 10)).statistic == np.inf
    assert hosmer_lemeshow(_counts([0.0, 0.5], np.array([0, 5]), 10)).statistic == 0.0
    assert hosmer_lemeshow(_counts([0.5], np.array([5]), 10), sample="development").p_value is None
    with pytest.raises(ValueError, match="expected at least two groups, got 1"):
        hosmer_lemeshow(_counts([0.5], np.array([5]), 10), groups=1)
    with pytest.raises(ValueError, match="expected 'development' or 'new' as sample"):
        hosmer_lemeshow(_counts([0.5], np.array([5]), 10), sample="old")


def test_spiegelhalters_z_is_as_defined_and_standard_normal():
    drawn, found = np.random.RandomState(4), []
    for _ in range(400):
        scores = drawn.beta(2, 2, 200).round(3)
        labels = (drawn.rand(200) < scores).astype(int)
        found.append(spiegelhalter(_counts(scores, labels, 1)))
    expected = ((labels - scores) * (1 - 2 * scores)).sum() / np.sqrt(
        ((1 - 2 * scores) ** 2 * scores * (1 - scores)).sum()
    )
    assert found[-1].z == pytest.approx(expected, abs=1e-12)
    assert found[-1].p_value == pytest.approx(2 * stats.norm.sf(abs(expected)), abs=1e-12)
    assert stats.kstest([each.z for each in found], "norm").pvalue > 0.01
    assert spiegelhalter(_counts([0.5, 1.0], np.array([1, 2]), 2)).z is None
