import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score

from measures.fairness import kernel
from measures.fairness.comparison import EVERYBODY, PAIRED_RATES, paired_gaps, paired_rates
from measures.fairness.groups import gaps
from measures.fairness.paired import Pairs, mcnemar, paired_interval
from measures.fairness.paired_auc import compare_areas
from measures.intervals.bootstrap import Drawing
from measures.intervals.delong import roc_auc
from measures.reduce.cells import reduce_cells
from measures.reduce.guard import TooManyLevels
from measures.reduce.pairs import PairedCells, paired_scores, reduce_pairs, reduce_score_pairs
from measures.reduce.scores import reduce_scores
from measures.reduce.statistic import NotMergeable


def _people(n: int, seed: int = 3) -> dict[str, np.ndarray]:
    frozen = np.random.RandomState(seed)
    label = frozen.randint(0, 2, n)
    first = (label + frozen.randint(0, 5, n) > 2).astype(int)
    changed = frozen.rand(n) < 0.15
    return {
        "sex": frozen.choice(["f", "m"], n),
        "race": frozen.choice(["a", "b", "c"], n),
        "y": label,
        "a": first,
        "b": np.where(changed, 1 - first, first),
    }


def _cells(counts: np.ndarray) -> PairedCells:
    return PairedCells(("g",), tuple((chr(97 + i),) for i in range(len(counts))), counts)


def test_pairs_are_counted_and_each_model_alone_has_its_own_cells(stored):
    table = stored(_people(3_000))
    pairs = reduce_pairs(table, ["sex", "race"], label="y", first="a", second="b")
    assert pairs.rows == 3_000
    for ours, model in ((pairs.first, "a"), (pairs.second, "b")):
        theirs = reduce_cells(table, ["sex", "race"], label="y", prediction=model)
        assert ours.digest() == theirs.digest()
    by_sex = reduce_pairs(table, ["sex"], label="y", first="a", second="b")
    assert pairs.over(["sex"]).digest() == by_sex.digest()


def test_parts_of_the_people_add_up_to_all(stored):
    columns = _people(500)
    parts = [
        reduce_pairs(
            stored({name: values[some] for name, values in columns.items()}),
            ["race"],
            label="y",
            first="a",
            second="b",
        )
        for some in (slice(0, 180), slice(180, None))
    ]
    whole = reduce_pairs(stored(columns), ["race"], label="y", first="a", second="b")
    assert (parts[1] + parts[0]).digest() == whole.digest()
    with pytest.raises(NotMergeable, match="same features"):
        whole + whole.over([])


def test_odd_predictions_and_too_many_groups_are_refused(stored):
    table = stored({"g": ["x", "y"], "y": [0, 1], "a": [1, 2], "b": [0, 1], "c": [0.7, 1.0]})
    with pytest.raises(ValueError, match="only 0 and 1 in 'a', got also 2 in 1 rows"):
        reduce_pairs(table, ["g"], label="y", first="a", second="b")
    with pytest.raises(ValueError, match=r"only 0 and 1 in 'c', got also 0\.7 in 1 rows"):
        reduce_pairs(table, ["g"], label="y", first="b", second="c")
    with pytest.raises(TooManyLevels, match="'g'"):
        reduce_pairs(table, ["g"], label="y", first="b", second="y", most=1)


def test_rates_of_both_models_are_the_kernels(stored):
    pairs = reduce_pairs(stored(_people(800)), ["race"], label="y", first="a", second="b")
    found = {(each.group, each.metric): each for each in paired_rates(pairs)}
    assert len(found) == 4 * len(PAIRED_RATES)
    for model, cells in (("first", pairs.first), ("second", pairs.second)):
        evaluation = kernel.evaluate(cells.counts, PAIRED_RATES)
        for j, metric in enumerate(PAIRED_RATES):
            for i, (group,) in enumerate(cells.groups):
                assert getattr(found[group, metric], model) == evaluation.rates[i, j]
            assert getattr(found[EVERYBODY, metric], model) == evaluation.overall[j]
    for each in found.values():
        assert each.difference == pytest.approx(each.second - each.first)
        assert each.interval == paired_interval(each.pairs)
        assert each.test == mcnemar(each.pairs)


def test_errors_are_paired_person_by_person():
    counts = np.zeros((1, 2, 2, 2), np.int64)
    counts[0, 1] = [[1, 2], [3, 4]]  # label 1: both wrong, second right, first right, both right
    counts[0, 0] = [[10, 20], [30, 40]]  # label 0: both right, first right, second right, wrong
    found = {each.metric: each.pairs for each in paired_rates(_cells(counts)) if each.group == "a"}
    assert found["accuracy"] == Pairs(4 + 10, 3 + 20, 2 + 30, 1 + 40)
    assert found["selection_rate"] == Pairs(44, 33, 22, 11)
    assert found["true_positive_rate"] == Pairs(4, 3, 2, 1)
    assert found["false_negative_rate"] == Pairs(1, 2, 3, 4)
    assert found["true_negative_rate"] == Pairs(10, 20, 30, 40)


def test_a_rate_nobody_counts_towards_is_undefined():
    counts = np.zeros((2, 2, 2, 2), np.int64)
    counts[:, 0] = 5
    counts[0, 1] = 5
    found = paired_rates(_cells(counts), ["true_positive_rate"])
    assert [each.people for each in found] == [20, 20, 0]
    assert found[2].first is found[2].interval is found[2].test is None
    undefined = {each.name: each for each in paired_gaps(_cells(counts), Drawing(50))}
    assert undefined["equal_opportunity_difference"].change is None
    assert undefined["selection_rate_difference"].change == 0.0


def test_gaps_of_both_models_and_their_change():
    counts = np.random.RandomState(2).randint(5, 60, (3, 2, 2, 2))
    pairs = _cells(counts)
    for each, one, other in zip(
        paired_gaps(pairs, Drawing(300)),
        gaps(pairs.first, Drawing(10)),
        gaps(pairs.second, Drawing(10)),
        strict=True,
    ):
        assert (each.name, each.first, each.second) == (one.name, one.value, other.value)
        assert each.change == each.second - each.first
        assert each.interval.low < each.change < each.interval.high
        assert each.people == counts.sum(axis=(1, 2, 3)).min()


def test_a_model_compared_with_itself_does_not_change_at_all():
    counts = np.zeros((2, 2, 2, 2), np.int64)
    for same in range(2):
        counts[:, :, same, same] = [[40, 30], [20, 25]]
    for each in paired_gaps(_cells(counts), Drawing(100)):
        assert (each.change, each.interval) == (0.0, (0.0, 0.0))


def test_sharing_people_makes_the_change_surer_than_two_samples_would():
    pairs = _by_sex(_people(4_000))
    change = paired_gaps(pairs, Drawing(500))[1].interval
    alone = gaps(pairs.first, Drawing(500))[1].interval
    assert change.high - change.low < alone.high - alone.low


def _by_sex(columns: dict[str, np.ndarray]) -> PairedCells:
    counts = np.zeros((2, 2, 2, 2), np.int64)
    sex = (columns["sex"] == "m").astype(int)
    np.add.at(counts, (sex, columns["y"], columns["a"], columns["b"]), 1)
    return _cells(counts)


def test_unknown_rates_are_refused():
    with pytest.raises(ValueError, match=r"expected rates among accuracy, .*, got 'precision'"):
        paired_rates(_cells(np.ones((1, 2, 2, 2), np.int64)), ["precision"])


def _delong(label, first, second):
    """Area difference and its variance, pair by pair of people."""
    pos, neg = label == 1, label == 0
    kernels = [
        (s[pos][:, None] > s[neg][None, :]) + 0.5 * (s[pos][:, None] == s[neg][None, :])
        for s in (first, second)
    ]
    apart = kernels[1] - kernels[0]
    variance = sum(apart.mean(axis=axis).var(ddof=1) / apart.shape[1 - axis] for axis in (0, 1))
    return apart.mean(), variance


scored = arrays(np.int64, st.tuples(st.integers(8, 40), st.just(3)), elements=st.integers(0, 6))


@given(scored)
@settings(max_examples=30)
def test_areas_are_compared_as_by_delongs_definition(rows):
    label, first, second = rows[:, 0] % 2, rows[:, 1] / 7, rows[:, 2] / 3
    if label.sum() < 2 or (1 - label).sum() < 2:
        return
    found = compare_areas(paired_scores(first, second, 1 - label, label))
    difference, variance = _delong(label, first, second)
    assert found.first.value == pytest.approx(roc_auc_score(label, first))
    assert found.second.value == pytest.approx(roc_auc_score(label, second))
    assert found.difference == pytest.approx(difference, abs=1e-12)
    if variance < 1e-15:
        assert found.standard_error is None or found.standard_error < 1e-7
        return
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert found.test.statistic == pytest.approx(difference / np.sqrt(variance), abs=1e-9)


def test_scores_independent_of_each_other_vary_as_two_samples():
    frozen = np.random.RandomState(4)
    label = frozen.randint(0, 2, 20_000)
    first, second = (label * 0.5 + frozen.randn(20_000) for _ in range(2))
    found = compare_areas(paired_scores(first, second, 1 - label, label))
    apart = np.hypot(found.first.standard_error, found.second.standard_error)
    assert found.standard_error == pytest.approx(apart, rel=0.02)


def test_the_same_score_twice_has_no_difference_and_no_test():
    frozen = np.random.RandomState(4)
    label, score = frozen.randint(0, 2, 50), frozen.rand(50)
    found = compare_areas(paired_scores(score, score, 1 - label, label))
    assert (found.difference, found.standard_error, found.interval) == (0.0, None, None)


def test_score_pairs_are_counted_from_a_table_and_add(stored):
    frozen = np.random.RandomState(6)
    n = 2_500
    columns = {
        "y": frozen.randint(0, 2, n).astype(bool),
        "s": frozen.randint(0, 30, n) / 30,
        "t": frozen.randint(0, 20, n),
    }
    table = stored(pa.table(columns))
    pairs = reduce_score_pairs(table, label="y", first="s", second="t")
    found = compare_areas(pairs)
    for ours, score in ((found.first, "s"), (found.second, "t")):
        assert ours == roc_auc(reduce_scores(table, score=score, label="y"))
    parts = [
        reduce_score_pairs(table.filter(keep), label="y", first="s", second="t")
        for keep in (table.t < 7, table.t >= 7)
    ]
    assert (parts[1] + parts[0]).digest() == pairs.digest()


def test_scores_that_are_no_numbers_are_refused(stored):
    table = stored({"y": [0, 1, 3], "s": [0.1, float("inf"), 0.2], "t": [1.0, 2.0, None]})
    with pytest.raises(ValueError, match="only 0 and 1 in 'y', got also 3"):
        reduce_score_pairs(table, label="y", first="s", second="t")
    valid = table.filter(table.y < 2)
    with pytest.raises(ValueError, match="finite numbers in 's', got 1 rows of others, first: inf"):
        reduce_score_pairs(valid, label="y", first="s", second="t")
    with pytest.raises(ValueError, match="expected at most 1 pairs"):
        reduce_score_pairs(valid, label="y", first="s", second="t", most=1)
