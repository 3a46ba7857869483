import warnings

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from measures.classification import class_probabilities as probabilities
from measures.classification.multiclass import SUMMARIES, by_group, multiclass, statistics
from measures.intervals import bootstrap
from measures.intervals.bootstrap import Drawing
from measures.reduce.classes import ClassCounts, reduce_class_scores, reduce_classes
from measures.reduce.guard import TooManyLevels

tables = arrays(np.int64, (4, 4), elements=st.integers(0, 6) | st.just(0)).filter(
    lambda counts: counts.sum() > 0
)


@given(tables)
@settings(max_examples=50)
def test_every_figure_is_scikit_learns(counts):
    label, said = np.nonzero(counts)
    weight = counts[label, said]
    asked = {"y_true": label, "y_pred": said, "sample_weight": weight}
    found = multiclass(counts, tuple("abcd"), Drawing(5))
    ours = {each.name: each.value for each in found.overall}
    known = {"labels": range(4), "zero_division": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": metrics.accuracy_score(**asked),
            "balanced_accuracy": metrics.balanced_accuracy_score(**asked),
        }
        for average in ("macro", "weighted", "micro"):
            for name in ("precision", "recall", "f1"):
                score = getattr(metrics, f"{name}_score")
                expected[f"{average}_{name}"] = score(**asked, **known, average=average)
        if not np.isnan(ours["matthews_correlation"]):
            expected["matthews_correlation"] = metrics.matthews_corrcoef(**asked)
        if not np.isnan(ours["cohen_kappa"]):
            expected["cohen_kappa"] = metrics.cohen_kappa_score(label, said, sample_weight=weight)
        per_class = metrics.precision_recall_fscore_support(**asked, **known)
    assert {name: ours[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    for i, each in enumerate(found.classes):
        mine = (each.precision.value, each.recall.value, each.f1.value, each.support)
        assert mine == pytest.approx([part[i] for part in per_class], abs=1e-12)
    for figure in found.overall:
        assert not figure.value < figure.interval.low
        assert not figure.value > figure.interval.high


def test_correlation_and_kappa_are_undefined_for_one_class_alone():
    found = {
        f.name: f for f in multiclass(np.array([[3, 0], [0, 0]]), ("a", "b"), Drawing(5)).overall
    }
    for name in ("matthews_correlation", "cohen_kappa"):
        assert np.isnan(found[name].value)
        assert (found[name].defined, found[name].interval) == (False, (-1.0, 1.0))
    # all of one class, some mistaken: no correlation, but no agreement beyond chance either
    found = {
        f.name: f for f in multiclass(np.array([[3, 1], [0, 0]]), ("a", "b"), Drawing(5)).overall
    }
    assert np.isnan(found["matthews_correlation"].value)
    assert found["cohen_kappa"].value == pytest.approx(0.0, abs=1e-15)


def test_an_absent_class_counts_towards_the_macro_average_and_is_flagged():
    counts = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    found = multiclass(counts, ("a", "b", "c"), Drawing(50))
    macro = {f.name: f.value for f in found.overall}["macro_recall"]
    assert macro == pytest.approx((0.8 + 0.9 + 0) / 3, abs=1e-15)
    absent = found.classes[2]
    assert (absent.f1.value, absent.f1.defined, absent.recall.defined) == (0.0, False, False)


def test_the_intervals_are_those_of_resampled_rows():
    counts = np.array([[30, 5, 2], [6, 40, 4], [1, 7, 15]])
    rows = np.repeat(np.arange(9), counts.ravel())
    stream, drawn = np.random.RandomState(3), []
    for _ in range(1_500):
        again = np.bincount(stream.choice(rows, len(rows)), minlength=9).reshape(3, 3)
        drawn.append(statistics(again))
    expected = np.quantile(drawn, [0.025, 0.975], axis=0)
    ours = bootstrap.replicates(counts, statistics, Drawing(1_500))
    found = multiclass(counts, ("a", "b", "c"), Drawing(1_500))
    by_name = {each.name: each.interval for each in found.overall}
    for i, name in enumerate(SUMMARIES):
        assert by_name[name] == pytest.approx(expected[:, i], abs=0.025)
    assert found.classes[0].f1.interval == pytest.approx(expected[:, len(SUMMARIES)], abs=0.025)
    assert ours.shape == (1_500, len(SUMMARIES) + 3)


def _animals(rows: int = 900) -> pa.Table:
    drawn = np.random.RandomState(2)
    kinds = np.array(["cat", "dog", "eel"])
    true = drawn.randint(0, 3, rows)
    odds = drawn.dirichlet([1, 1, 1], rows) + 0.4 * np.eye(3)[true]
    odds /= odds.sum(axis=1, keepdims=True)
    return pa.table(
        {
            "home": drawn.choice(["a", "b"], rows),
            "y": kinds[true],
            "p": kinds[odds.argmax(axis=1)],
            **{f"p_{kind}": odds[:, i] for i, kind in enumerate(kinds)},
        }
    )


def test_rows_are_counted_by_group_class_and_prediction(stored):
    animals = _animals()
    counted = reduce_classes(stored(animals), ["home"], label="y", prediction="p")
    assert counted.groups == (("a",), ("b",))
    home = np.array(animals["home"].to_pylist())
    for group, held in zip("ab", counted.counts, strict=True):
        true, said = (np.array(animals[name].to_pylist())[home == group] for name in "yp")
        np.testing.assert_array_equal(held, metrics.confusion_matrix(true, said))
    figures = by_group(counted, Drawing(20))
    assert [each.group for each in figures] == [("a",), ("b",)]
    assert sum(each.figures.n for each in figures) == len(animals) == counted.rows


def test_class_counts_add_even_if_a_part_lacks_a_class(stored):
    animals = _animals()
    part = [pa.compute.equal(animals["y"], "eel"), pa.compute.equal(animals["p"], "eel")]
    eels = pa.compute.or_(*part)
    whole, some, others = (
        reduce_classes(stored(rows), ["home"], label="y", prediction="p")
        for rows in (animals, animals.filter(eels), animals.filter(pa.compute.invert(eels)))
    )
    assert others.classes == ("cat", "dog")
    assert (some + others).digest() == (others + some).digest() == whole.digest()
    together = reduce_classes(stored(animals), [], label="y", prediction="p")
    assert whole.over([]).digest() == together.digest()
    np.testing.assert_array_equal(whole.everybody(), together.counts[0])


def test_numbers_are_classes_by_their_text(stored):
    table = stored({"y": pa.array([1.0, 2.0, 10.0]), "p": pa.array([1, 1, 10])})
    counted = reduce_classes(table, [], label="y", prediction="p")
    assert counted.classes == ("1", "10", "2")
    assert np.trace(counted.counts[0]) == 2


def test_undeclared_and_missing_classes_are_refused_with_their_count(stored):
    table = stored({"y": pa.array(["a", "b", None, "z", "z"]), "p": ["a", "b", "a", "a", "b"]})
    said = r"expected a class in every row in 'y', got missing in 1 rows \(1 rows in all\)"
    with pytest.raises(ValueError, match=said):
        reduce_classes(table, [], label="y", prediction="p")
    said = r"expected only a, b in 'y', got z in 2 rows, missing in 1 rows \(3 rows in all\)"
    with pytest.raises(ValueError, match=said):
        reduce_classes(table, [], label="y", prediction="p", classes=["a", "b"])


def test_too_many_classes_or_groups_are_refused(stored):
    table = stored({"g": list("abcdef"), "y": list("uvwxyz")})
    with pytest.raises(TooManyLevels, match="at most 5 groups, but 'y'"):
        reduce_classes(table, [], label="y", prediction="y", most_classes=5)
    with pytest.raises(TooManyLevels, match="at most 5 groups, but 'g'"):
        reduce_classes(table, ["g"], label="y", prediction="y", most_cells=5 * 36)


def test_one_versus_rest_areas_and_losses_are_scikit_learns(stored):
    animals = _animals()
    columns = {kind: f"p_{kind}" for kind in ("cat", "dog", "eel")}
    scored = reduce_class_scores(stored(animals), label="y", scores=columns)
    true = np.array(animals["y"].to_pylist())
    odds = np.stack([animals[name].to_numpy() for name in columns.values()], axis=1)
    areas = probabilities.one_versus_rest(scored)
    for average, found in (("macro", areas.macro), ("weighted", areas.weighted)):
        expected = metrics.roc_auc_score(true, odds, multi_class="ovr", average=average)
        assert found.value == pytest.approx(expected, abs=1e-12)
        assert found.interval.low < found.value < found.interval.high
    brier, loss = probabilities.class_losses(scored)
    assert loss.value == pytest.approx(metrics.log_loss(true, odds), abs=1e-12)
    own = np.eye(3)[np.searchsorted(["cat", "dog", "eel"], true)]
    each = ((odds - own) ** 2).sum(axis=1)
    reach = 1.959963984540054 * each.std(ddof=1) / np.sqrt(len(each))
    assert brier.value == pytest.approx(each.mean(), abs=1e-12)
    assert brier.interval == pytest.approx((each.mean() - reach, each.mean() + reach), abs=1e-12)
    lost = -np.log(odds[own == 1])
    reach = 1.959963984540054 * lost.std(ddof=1) / np.sqrt(len(lost))
    assert loss.interval == pytest.approx((lost.mean() - reach, lost.mean() + reach), abs=1e-12)


def test_the_averages_interval_is_no_narrower_than_that_of_resampled_rows(stored):
    animals = _animals(300)
    columns = {kind: f"p_{kind}" for kind in ("cat", "dog", "eel")}
    found = probabilities.one_versus_rest(
        reduce_class_scores(stored(animals), label="y", scores=columns)
    ).macro
    true = np.array(animals["y"].to_pylist())
    odds = np.stack([animals[name].to_numpy() for name in columns.values()], axis=1)
    stream, drawn = np.random.RandomState(1), []
    for _ in range(150):
        chosen = stream.randint(0, 300, 300)
        drawn.append(metrics.roc_auc_score(true[chosen], odds[chosen], multi_class="ovr"))
    width = 2 * 1.96 * np.std(drawn)
    assert 0.9 * width < found.interval.high - found.interval.low < 2 * width


def test_class_scores_add_up(stored):
    animals = _animals()
    columns = {kind: f"p_{kind}" for kind in ("cat", "dog", "eel")}
    whole, first, second = (
        reduce_class_scores(stored(part), label="y", scores=columns)
        for part in (animals, animals[:300], animals[300:])
    )
    assert (second + first).digest() == whole.digest()


def test_probabilities_must_add_up_and_cover_every_class(stored):
    table = stored({"y": ["a", "b", "c"], "pa": [0.5, 0.5, 0.1], "pb": [0.5, 0.6, 0.9]})
    with pytest.raises(ValueError, match=r"expected only a, b in 'y', got c in 1 rows"):
        reduce_class_scores(table, label="y", scores={"a": "pa", "b": "pb"})
    table = stored({"y": ["a", "b", "b"], "pa": [0.5, 0.5, -0.1], "pb": [0.5, 0.6, 1.1]})
    with pytest.raises(ValueError, match="add up to 1 over the classes, got 2 rows of others"):
        reduce_class_scores(table, label="y", scores={"a": "pa", "b": "pb"})


def test_a_class_nobody_is_of_has_no_area(stored):
    table = stored({"y": ["a", "b"], "pa": [0.5, 0.2], "pb": [0.5, 0.8], "pc": [0.0, 0.0]})
    scored = reduce_class_scores(table, label="y", scores={"a": "pa", "b": "pb", "c": "pc"})
    areas = probabilities.one_versus_rest(scored)
    assert areas.classes["a"].defined
    assert [areas.classes["c"].defined, areas.macro.defined] == [False, False]


def test_names_must_fit_the_counts_and_somebody_be_there():
    with pytest.raises(ValueError, match="expected counts of 2 by 2 classes"):
        multiclass(np.ones((3, 3), dtype=int), ("a", "b"), Drawing())
    empty = ClassCounts((), ((),), ("a", "b"), np.zeros((1, 2, 2), dtype=np.int64))
    with pytest.raises(ValueError, match="expected at least one person, got none"):
        by_group(empty, Drawing())
