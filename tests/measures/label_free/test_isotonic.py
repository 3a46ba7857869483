import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from measures.intervals.bootstrap import Drawing
from measures.label_free.confidence_based import estimate
from measures.label_free.isotonic import isotonic_recalibration
from measures.reduce.scores import score_counts


def counted(scores, labels):
    return score_counts(scores, 1 - labels, labels)


def test_probabilities_are_scikit_learns_fitted_row_by_row():
    stream = np.random.RandomState(0)
    scores = stream.normal(size=600).round(1)
    labels = (stream.random_sample(600) < 1 / (1 + np.exp(-scores))).astype(int)
    fitted = isotonic_recalibration(counted(scores, labels))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    asked = np.linspace(-6, 6, 200)
    assert fitted.probabilities(asked) == pytest.approx(theirs.predict(asked), abs=1e-12)
    assert fitted.n == 600


def test_neighbours_out_of_order_are_pooled_by_hand():
    fitted = isotonic_recalibration(counted(np.array([1.0, 2, 3, 4]), np.array([0, 1, 0, 1])))
    assert fitted.probabilities(np.array([0.0, 1, 2, 2.5, 3, 3.5, 9])) == pytest.approx(
        [0, 0, 0.5, 0.5, 0.5, 0.75, 1]
    )


def test_rows_that_no_labelled_row_reaches_are_counted():
    fitted = isotonic_recalibration(counted(np.array([0.2, 0.8]), np.array([0, 1])))
    scores = np.array([0.1, 0.2, 0.5, 0.9, 0.9])
    assert fitted.beyond(scores, np.ones(5, int)) == 3
    ours = counted(scores, np.zeros(5, int))
    assert estimate(ours, 0.5, Drawing(10), recalibration=fitted).beyond == 3


def test_the_digest_says_whether_it_is_the_same_recalibration():
    first, second = np.array([0.1, 0.5, 0.9]), np.array([0, 1, 1])
    one = isotonic_recalibration(counted(first, second))
    assert one.digest() == isotonic_recalibration(counted(first[::-1], second[::-1])).digest()
    assert one.digest() != isotonic_recalibration(counted(first, 1 - second)).digest()


def test_nothing_labelled_is_refused():
    with pytest.raises(ValueError, match="labelled rows to recalibrate on, got none"):
        isotonic_recalibration(counted(np.empty(0), np.empty(0, int)))
