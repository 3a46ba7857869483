import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from measures.calibration import reliability as calibration
from measures.calibration.reliability import (
    bin_of,
    equal_mass_edges,
    equal_width_edges,
    expected_calibration_error,
    maximum_calibration_error,
    reliability,
)
from measures.calibration.slices import by_group
from measures.intervals.bootstrap import Drawing
from measures.reduce.grouped_scores import GroupedScores
from measures.reduce.scores import ScoreCounts, score_counts


def _scored(people: int = 800, seed: int = 3):
    drawn = np.random.RandomState(seed)
    scores = drawn.beta(2, 4, people).round(3)
    labels = (drawn.rand(people) < scores**1.3).astype(np.int64)
    return labels, scores, score_counts(scores, 1 - labels, labels)


def _by_definition(labels, scores, edges):
    """Distance per bin that holds somebody, and its share of the people."""
    places = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, len(edges) - 2)
    held = np.unique(places)
    apart = [abs(labels[places == b].mean() - scores[places == b].mean()) for b in held]
    return np.array(apart), np.array([(places == b).mean() for b in held])


@pytest.mark.parametrize("bins", [1, 5, 10, 17])
def test_the_errors_are_as_defined_over_bins_of_equal_width_and_of_equal_mass(bins):
    labels, scores, counts = _scored()
    for edges in (equal_width_edges(bins), equal_mass_edges(counts, bins)):
        apart, share = _by_definition(labels, scores, edges)
        expected = expected_calibration_error(counts, Drawing(50), edges=edges)
        largest = maximum_calibration_error(counts, Drawing(50), edges=edges)
        assert expected.value == pytest.approx((apart * share).sum(), abs=1e-13)
        assert largest.value == pytest.approx(apart.max(), abs=1e-13)
        for found in (expected, largest):
            assert found.interval.low <= found.value <= found.interval.high
            assert found.n == len(labels)


def test_bins_of_equal_width_are_scikit_learns():
    labels, scores, counts = _scored()
    scores = np.where(np.isin(scores, equal_width_edges()), scores + 1e-9, scores)
    counts = score_counts(scores, 1 - labels, labels)
    true, promised = calibration_curve(labels, scores, n_bins=10)
    found = reliability(counts)
    assert [each.observed for each in found] == pytest.approx(true, abs=1e-12)
    assert [each.mean_score for each in found] == pytest.approx(promised, abs=1e-12)


def test_bins_of_equal_mass_hold_as_good_as_equal_numbers_of_people():
    _, _, counts = _scored(2_000)
    sizes = [each.n for each in reliability(counts, edges=equal_mass_edges(counts))]
    assert (len(sizes), sum(sizes)) == (10, 2_000)
    assert max(sizes) - min(sizes) <= 2 * counts.totals.max()


def test_people_with_one_score_stay_in_one_bin():
    counts = score_counts(np.array([0.0, 0.3, 1.0]), np.array([5, 80, 1]), np.array([5, 8, 1]))
    edges = equal_mass_edges(counts, 10)
    assert edges.tolist() == [0.0, 0.3, 1.0]
    assert [each.n for each in reliability(counts, edges=edges)] == [10, 90]
    assert bin_of(np.array([0.0, 0.29, 0.3, 1.0]), edges).tolist() == [0, 0, 1, 1]


def test_the_maximums_interval_is_that_of_resampled_rows():
    labels, scores, counts = _scored(1_500)
    edges = equal_mass_edges(counts, 5)
    stream, drawn = np.random.RandomState(1), []
    for _ in range(500):
        chosen = stream.randint(0, len(labels), len(labels))
        again = score_counts(scores[chosen], 1 - labels[chosen], labels[chosen])
        drawn.append(float(calibration._farthest(*calibration._tallies(again, edges)[:2])))
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = maximum_calibration_error(counts, Drawing(2_000), edges=edges)
    assert found.interval.high == pytest.approx(high, rel=0.08)
    by_chance = np.mean(np.square(drawn)) - found.value**2
    least = np.sqrt(max(0.0, low**2 - 2 * by_chance))
    assert found.interval.low == pytest.approx(least, abs=0.08 * high)


@pytest.mark.parametrize("measure", [expected_calibration_error, maximum_calibration_error])
def test_scores_that_are_no_probabilities_or_of_nobody_are_refused(measure):
    with pytest.raises(ValueError, match=r"expected scores within \[0, 1\], got 0.5 to 1.5"):
        measure(score_counts(np.array([0.5, 1.5]), np.array([1, 0]), np.array([0, 1])), Drawing())
    nobody = np.zeros(0, dtype=np.int64)
    with pytest.raises(ValueError, match="expected at least one person"):
        measure(ScoreCounts(np.zeros(0), nobody, nobody), Drawing())
    with pytest.raises(ValueError, match="expected at least one bin, got 0"):
        equal_width_edges(0)


def test_the_calibration_of_a_group_is_that_of_its_people():
    parts = tuple(_scored(300, seed)[2] for seed in (1, 2))
    grouped = GroupedScores(("sex",), (("f",), ("m",)), parts)
    for found, scores in zip(by_group(grouped, Drawing(50)), parts, strict=True):
        mine = found.calibration
        assert mine.expected == expected_calibration_error(scores, Drawing(50))
        assert mine.bins == reliability(scores)
        assert mine.n == mine.recalibration.n == mine.hosmer_lemeshow.n == 300
    assert [each.group for each in by_group(grouped, Drawing(50))] == [("f",), ("m",)]
