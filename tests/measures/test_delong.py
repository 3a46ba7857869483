import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from measures.intervals.delong import roc_auc
from measures.reduce.scores import ScoreCounts, score_counts


def _counts(scores, labels) -> ScoreCounts:
    labels = np.asarray(labels)
    return score_counts(np.asarray(scores, dtype=float), 1 - labels, labels)


def _delong_by_definition(scores, labels) -> tuple[float, float]:
    """The paper's own formulas, pair by pair (equations 3 to 5)."""
    scores, labels = np.asarray(scores, dtype=float), np.asarray(labels)
    x, y = scores[labels == 1], scores[labels == 0]
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    s10, s01 = psi.mean(axis=1).var(ddof=1), psi.mean(axis=0).var(ddof=1)
    return float(psi.mean()), float(np.sqrt(s10 / len(x) + s01 / len(y)))


people = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 1)), min_size=4
).filter(lambda rows: 2 <= sum(label for _, label in rows) <= len(rows) - 2)


@given(people)
@settings(max_examples=100)
def test_area_and_error_agree_with_the_definition_and_scikit_learn(rows):
    scores, labels = zip(*rows, strict=True)
    found = roc_auc(_counts(scores, labels))
    area, error = _delong_by_definition(scores, labels)
    assert found.value == pytest.approx(area, abs=1e-12)
    assert found.value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    if error > 1e-9:
        assert found.standard_error == pytest.approx(error, abs=1e-12)
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1


def test_a_worked_example_by_hand():
    # Two positives (0.8, 0.4), two negatives (0.6, 0.2): three of four pairs are ranked rightly.
    # Placements of positives 1 and 1/2, of negatives 1/2 and 1: both variances are 1/8.
    found = roc_auc(_counts([0.8, 0.4, 0.6, 0.2], [1, 1, 0, 0]))
    assert found.value == 0.75
    assert found.standard_error == pytest.approx(np.sqrt(1 / 16 + 1 / 16), abs=1e-15)


def test_the_interval_is_the_normal_one_around_the_area():
    drawn = np.random.RandomState(4)
    labels = drawn.randint(0, 2, 500)
    found = roc_auc(_counts(labels + drawn.standard_normal(500), labels), confidence=0.9)
    reach = 1.6448536269514722 * found.standard_error
    assert found.interval == pytest.approx((found.value - reach, found.value + reach), abs=1e-12)


@pytest.mark.parametrize(("people", "low"), [(2, 0.3424), (20, 0.8389)])
def test_a_perfect_ranking_of_few_people_proves_little(people, low):
    # Wilson's interval of `people` successes in as many trials.
    found = roc_auc(_counts([0.1] * people + [0.9] * people, [0] * people + [1] * people))
    assert found.value == 1.0
    assert np.isnan(found.standard_error)
    assert found.interval == pytest.approx((low, 1.0), abs=5e-5)


def test_one_positive_has_no_delong_error_and_a_wide_interval():
    found = roc_auc(_counts([0.1, 0.2, 0.3, 0.9], [0, 0, 0, 1]))
    assert found.interval.low < 0.25
    assert np.isnan(found.standard_error)


@pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
def test_one_label_alone_is_refused(labels):
    with pytest.raises(ValueError, match="expected people of both labels"):
        roc_auc(_counts([0.1, 0.2], labels))


def test_more_pairs_than_fit_into_64_bits_are_counted_exactly():
    people = np.array([3_000_000_000, 4_000_000_000])
    found = roc_auc(ScoreCounts(np.array([0.2, 0.8]), people, people[::-1].copy()))
    # in thousand millions, of 7 by 7 pairs: 3·3 ranked rightly, 3·4 + 4·3 tied
    assert found.value == (9 + 24 / 2) / 49
