import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from measures.certificate import CertificateFailed, _agreement, certify_groups
from measures.fairness import kernel
from measures.reduce.cells import Cells, check_product, reduce_cells
from measures.reduce.guard import TooManyLevels


def _cells(counts: np.ndarray, features: tuple[str, ...] = ("g",)) -> Cells:
    groups = tuple((chr(ord("a") + i),) * len(features) for i in range(len(counts)))
    return Cells(features, groups, counts)


def _rows(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    held = np.argwhere(counts > 0)
    rows = np.repeat(held, counts[tuple(held.T)], axis=0)
    return rows[:, 0], rows[:, 1], rows[:, 2]


populations = arrays(
    np.int64, st.tuples(st.integers(2, 5), st.just(2), st.just(2)), elements=st.integers(0, 9)
).filter(lambda counts: (counts.sum(axis=(1, 2)) > 0).all())


@given(populations)
@settings(max_examples=10)
def test_disparities_agree_with_fairlearn_on_the_rows_themselves(counts):
    group, label, prediction = _rows(counts)
    asked = {"y_true": label, "y_pred": prediction, "sensitive_features": group}
    gaps = kernel.gaps(kernel.evaluate(counts))
    expected = [
        fairlearn.demographic_parity_ratio(**asked),
        fairlearn.demographic_parity_difference(**asked),
        fairlearn.equalized_odds_difference(**asked),
        fairlearn.equal_opportunity_difference(**asked),
    ]
    np.testing.assert_allclose(np.array(gaps), expected, rtol=0, atol=1e-12, equal_nan=True)


@given(populations)
@settings(max_examples=10)
def test_the_certificate_holds_for_any_population(counts):
    certificate = certify_groups(_cells(counts))
    assert certificate.largest_difference <= 1e-12
    assert certificate.compared == (len(counts) + 5) * len(kernel.METRICS)


def test_the_certificate_holds_for_intersections_with_empty_combinations():
    groups = (("a", "x"), ("a", "y"), ("b", "x"))  # nobody is (b, y)
    cells = Cells(("g", "h"), groups, np.arange(1, 13).reshape(3, 2, 2))
    assert certify_groups(cells).largest_difference <= 1e-12


@pytest.mark.parametrize("name", ["y_true", "y_pred", "selection_rate", "", 'it\'s "odd"'])
def test_the_certificate_holds_whatever_a_feature_is_called(name):
    counts = np.arange(1, 9).reshape(2, 2, 2)
    assert certify_groups(_cells(counts, (name,))).largest_difference <= 1e-12


def test_a_certificate_fails_on_a_small_difference():
    ours, theirs = {"rate": np.array([0.5])}, {"rate": np.array([0.5 + 1e-11])}
    with pytest.raises(CertificateFailed, match="rate: expected fairlearn's values within 1e-12"):
        _agreement("fairlearn", ours, theirs)


def test_a_certificate_fails_where_only_one_side_is_undefined():
    ours, theirs = {"rate": np.array([0.0])}, {"rate": np.array([np.nan])}
    with pytest.raises(CertificateFailed, match="undefined"):
        _agreement("fairlearn", ours, theirs)


def test_a_group_without_positives_has_a_true_positive_rate_of_zero_and_is_flagged():
    counts = np.array([[[5, 5], [0, 0]], [[5, 5], [4, 6]]])
    evaluation = kernel.evaluate(counts)
    place = kernel.position("true_positive_rate")
    assert evaluation.rates[:, place].tolist() == [0.0, 0.6]
    assert evaluation.defined[:, place].tolist() == [False, True]


def test_an_empty_group_is_left_out_of_the_comparison():
    counts = np.array([[[0, 0], [0, 0]], [[5, 5], [5, 5]], [[2, 6], [2, 6]]])
    evaluation = kernel.evaluate(counts)
    assert np.isnan(evaluation.rates[0]).all()
    assert kernel.gaps(evaluation).selection_rate_ratio == 0.5 / 0.75


def test_resamples_are_evaluated_as_if_each_were_alone():
    counts = np.random.RandomState(1).randint(0, 20, (7, 3, 2, 2))
    together = kernel.evaluate(counts)
    alone = [kernel.evaluate(each) for each in counts]
    np.testing.assert_array_equal(together.rates, [each.rates for each in alone])
    np.testing.assert_array_equal(together.overall, [each.overall for each in alone])


def test_fairlearns_worked_example_has_its_published_values(stored, reference_data):
    toy = pd.read_csv(reference_data / "fairlearn_toy.csv")
    table = stored(toy.to_dict("list"))
    cells = reduce_cells(table, ["sf", "sf2"], label="y_true", prediction="y_pred")
    evaluation = kernel.evaluate(cells.over(["sf"]).counts)
    gaps = kernel.gaps(evaluation)
    at = [
        kernel.position(name)
        for name in ("true_positive_rate", "false_positive_rate", "selection_rate")
    ]
    assert evaluation.overall[at] == pytest.approx([0.5, 0.666667, 0.555556], abs=1e-6)
    assert evaluation.rates[:, at] == pytest.approx(
        np.array([[0.5, 1.0, 0.75], [0.6, 0.0, 0.5], [0.4, 0.666667, 0.5]]), abs=1e-6
    )
    assert gaps == pytest.approx((0.666667, 0.25, 1.0, 0.2), abs=1e-6)
    recalls = kernel.evaluate(cells.counts).rates[:, at[0]]
    assert recalls == pytest.approx([0, 1, 0.666667, 0.5, 0.5, 0], abs=1e-6)
    assert certify_groups(cells).largest_difference <= 1e-12


def test_a_product_of_too_many_levels_is_refused_by_name():
    cells = Cells(("g", "h"), (("a", "x"), ("b", "y"), ("c", "y")), np.ones((3, 2, 2), int))
    with pytest.raises(TooManyLevels, match="at most 5 groups, but 'g' has too many"):
        check_product(cells, 5)
