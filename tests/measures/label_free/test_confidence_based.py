"""Estimates without outcomes, against NannyML, by hand, and against outcomes drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from measures.intervals.bootstrap import Drawing
from measures.label_free.confidence_based import ASSUMPTION, PARCELS, estimate
from measures.label_free.isotonic import isotonic_recalibration
from measures.reduce.scores import score_counts

DRAWN = Drawing(200)


def unlabelled(scores):
    """Rows by score; their labels are not looked at."""
    return score_counts(scores, np.ones(len(scores), int), np.zeros(len(scores), int))


def labelled(scores, labels):
    return score_counts(scores, 1 - labels, labels)


def drawn(rows, seed, shift):
    """Calibrated probabilities, raw scores that are not, and labels."""
    stream = np.random.RandomState(seed) if isinstance(seed, int) else seed
    chances = np.clip(stream.beta(2, 3, rows) + 0.05 * shift, 0, 1).round(3)
    raw = (chances**1.5).round(4)
    return chances, raw, (stream.random_sample(rows) < chances).astype(int)


def figures(found):
    return {each.name: each.value for each in found.figures}


# NannyML 0.13.1 (pandas 3.1.1): CBPE(chunk_number=1) fitted on `drawn(4_000, ...)`, of the rows
# of `drawn(1_500, ...)` drawn next from the same stream, selected from 0.5 on. Of 0: the scores
# calibrated already, of 1: the raw ones; NannyML recalibrates both.
NANNYML = [
    {
        "accuracy": 0.6802206492073747,
        "precision": 0.6525110054515885,
        "recall": 0.5713052587710126,
        "specificity": 0.7645196590454604,
        "f1": 0.6092139477444426,
    },
    {
        "accuracy": 0.6688005638648876,
        "precision": 0.753452546999662,
        "recall": 0.35804866027995635,
        "specificity": 0.9093182507827532,
        "f1": 0.48542039049694635,
    },
]
NANNYML_CONFUSION = [
    (646.4421676873018, 199.11119387623987, 280.5578323126982, 373.88880612376016),
    (768.8771036804366, 76.67625788310511, 420.12289631956344, 234.32374211689475),
]
NANNYML_AREA = 0.7346007304609843


def both():
    stream = np.random.RandomState(11)
    return drawn(4_000, stream, 0), drawn(1_500, stream, 1)


@pytest.mark.parametrize("which", [0, 1])
def test_estimates_are_those_of_nannyml(which):
    before, after = both()
    fitted = isotonic_recalibration(labelled(before[which], before[2]))
    found = estimate(unlabelled(after[which]), 0.5, Drawing(20), recalibration=fitted)
    ours = figures(found)
    area = ours.pop("roc_auc")
    assert ours == pytest.approx(NANNYML[which], rel=1e-12, abs=1e-13)
    assert found.confusion == pytest.approx(NANNYML_CONFUSION[which], rel=1e-12)
    chances = fitted.probabilities(after[which])
    assert area == pytest.approx(curve_area(after[which], chances), rel=1e-12)
    # NannyML rounds the points of its curve to five decimals
    assert curve_area(after[which], chances, 5) == pytest.approx(NANNYML_AREA, rel=1e-12)
    assert area == pytest.approx(NANNYML_AREA, abs=1e-7)


def curve_area(scores, chances, decimals=12):
    """Trapezes under the curve of expected rates, row by row."""
    held = chances[np.argsort(scores)[::-1]]
    positives = np.append(0, np.cumsum(held)).round(decimals)
    negatives = np.append(0, np.cumsum(1 - held)).round(decimals)
    return metrics.auc(negatives / negatives[-1], positives / positives[-1])


def test_estimates_by_hand():
    found = estimate(unlabelled(np.array([0.1, 0.4, 0.8, 0.9])), 0.5, DRAWN)
    assert found.confusion == pytest.approx((1.5, 0.3, 0.5, 1.7))
    assert figures(found) == pytest.approx(
        {
            "accuracy": 0.8,
            "precision": 0.85,
            "recall": 1.7 / 2.2,
            "specificity": 1.5 / 1.8,
            "f1": 3.4 / 4.2,
            # each positive share over the negative shares below it, and half of its own
            "roc_auc": (0.1 * 0.45 + 0.4 * 1.2 + 0.8 * 1.6 + 0.9 * 1.75) / (2.2 * 1.8),
        }
    )
    assert (found.n, found.beyond, found.assumption) == (4, 0, ASSUMPTION)


chances = st.lists(st.integers(0, 20).map(lambda each: each / 20), min_size=1, max_size=25)


@given(chances, st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.sampled_from(["population", "rows"]))
@settings(max_examples=60)
def test_intervals_hold_the_estimates_and_figures_are_fractions(held, threshold, of):
    found = estimate(unlabelled(np.array(held)), threshold, Drawing(30), of=of)
    assert sum(found.confusion) == pytest.approx(len(held))
    for each in found.figures:
        assert np.isnan(each.value) == (each.interval is None)
        if each.interval:
            low, high = each.interval
            assert 0 <= low <= each.value + 1e-12
            assert each.value - 1e-12 <= high <= 1


@given(chances, st.integers(1, 4))
@settings(max_examples=20)
def test_labels_and_the_order_of_rows_are_not_looked_at(held, times):
    scores = np.array(held * times)
    mixed = labelled(scores[::-1], np.arange(len(scores)) % 2)
    one, other = (estimate(each, 0.5, Drawing(10)) for each in (unlabelled(scores), mixed))
    assert str(one) == str(other)  # NaN is not equal to itself, its text is


@pytest.mark.parametrize("of", ["rows", "population"])
def test_intervals_cover_what_the_rows_turn_out_to_give(of):
    covered, times, rows = np.zeros(6), 60, 500
    for seed in range(times):
        scores, _, labels = drawn(rows, seed, 0)
        found = estimate(unlabelled(scores), 0.4, Drawing(150, seed=seed), of=of)
        predicted = scores >= 0.4
        real = [
            metrics.accuracy_score(labels, predicted),
            metrics.precision_score(labels, predicted),
            metrics.recall_score(labels, predicted),
            metrics.recall_score(labels, predicted, pos_label=0),
            metrics.f1_score(labels, predicted),
            metrics.roc_auc_score(labels, scores),
        ]
        held = [each.interval for each in found.figures]
        covered += [low <= value <= high for (low, high), value in zip(held, real, strict=True)]
    assert (covered >= 52).all()  # of 57 expected


def test_putting_neighbours_together_changes_the_interval_little_and_the_estimate_not():
    scores = np.random.RandomState(3).random_sample(5_000)
    fine = estimate(unlabelled(scores), 0.5, Drawing(400))
    coarse = estimate(unlabelled(scores.round(2)), 0.5, Drawing(400))
    assert len(np.unique(scores)) > 2 * PARCELS
    for ours, theirs in zip(fine.figures, coarse.figures, strict=True):
        assert ours.value == pytest.approx(theirs.value, abs=0.01)
        assert np.diff(ours.interval) == pytest.approx(np.diff(theirs.interval), rel=0.25)
    labels = curve_area(scores, scores)
    assert figures(fine)["roc_auc"] == pytest.approx(labels, abs=1e-12)


def test_the_same_seed_gives_the_same_interval():
    scores = unlabelled(np.linspace(0, 1, 50))
    assert estimate(scores, 0.5, Drawing(50, seed=1)) == estimate(scores, 0.5, Drawing(50, seed=1))
    assert estimate(scores, 0.5, Drawing(50, seed=1)) != estimate(scores, 0.5, Drawing(50, seed=2))


def test_nobody_selected_leaves_precision_undefined_and_recall_zero():
    found = estimate(unlabelled(np.array([0.1, 0.3])), 0.9, DRAWN)
    named = {each.name: each for each in found.figures}
    assert np.isnan(named["precision"].value)
    assert named["precision"].interval is None
    assert named["recall"].value == 0.0


def test_certain_scores_leave_nothing_to_chance_for_these_rows():
    found = estimate(unlabelled(np.array([0.0, 0.0, 1.0])), 0.5, DRAWN, of="rows")
    assert all(each.value == 1.0 and each.interval == (1.0, 1.0) for each in found.figures)


@pytest.mark.parametrize(
    ("scores", "message"),
    [([], "scored rows, got none"), ([0.2, 1.5], "0.2 to 1.5: recalibrate"), ([-0.1], "-0.1")],
)
def test_what_are_no_probabilities_is_refused(scores, message):
    with pytest.raises(ValueError, match=message):
        estimate(unlabelled(np.array(scores, dtype=float)), 0.5, DRAWN)
