import numpy as np
import pyarrow as pa
import pytest
from sklearn.inspection import permutation_importance as by_scikit_learn
from sklearn.linear_model import LogisticRegression

from measures.explain import adaptive
from measures.explain.adaptive import Effort, adaptive_importance, correlated
from measures.explain.metric import MEAN_SQUARED_ERROR, R2


def _people(n=2_000, seed=7):
    drawn = np.random.RandomState(seed)
    inputs = drawn.randn(n, 3)
    inputs[:, 2] = 0.6 * inputs[:, 0] + 0.8 * inputs[:, 2]
    chances = 1 / (1 + np.exp(-(inputs[:, 0] + inputs[:, 2] / 3)))
    labels = (drawn.rand(n) < chances).astype(int)
    return pa.table(dict(zip("abc", inputs.T, strict=True))), labels


def _matrix(table):
    return np.column_stack([column.to_numpy() for column in table.columns])


def _linear(table):
    return table["a"].to_numpy() + table["c"].to_numpy() / 3


def _found(rows, labels, score=_linear, **changes):
    given = {"seed": 3} | changes
    return adaptive_importance(rows, labels, score, **given)


def test_the_importance_is_scikit_learns_within_the_error():
    rows, labels = _people()
    model = LogisticRegression().fit(_matrix(rows), labels)
    theirs = by_scikit_learn(
        model, _matrix(rows), labels, scoring="roc_auc", n_repeats=20, random_state=1
    )
    ours = _found(
        rows,
        labels,
        lambda table: model.predict_proba(_matrix(table))[:, 1],
        effort=Effort(repeats=20, tolerance=1.0),
    )
    for one, mean, spread in zip(
        ours.found, theirs.importances_mean, theirs.importances_std, strict=True
    ):
        assert abs(one.value - mean) < 4 * spread / np.sqrt(10) + 1e-4


def test_the_standard_error_is_that_of_other_people_and_other_shuffles():
    found = [
        _found(*_people(300, seed), seed=seed, effort=Effort(repeats=2, tolerance=9.0)).found[0]
        for seed in range(150)
    ]
    spread = np.std([each.value for each in found], ddof=1)
    assert np.mean([each.standard_error for each in found]) == pytest.approx(spread, rel=0.15)


def test_the_squared_error_grows_by_twice_the_variance():
    drawn = np.random.RandomState(1)
    used = drawn.randn(5_000)
    found = _found(
        pa.table({"used": used}),
        used,
        lambda table: table["used"].to_numpy(),
        metric=MEAN_SQUARED_ERROR,
        effort=Effort(tolerance=1.0),
    ).found[0]
    assert found.interval.low < 2 < found.interval.high
    assert found.value == pytest.approx(2, abs=0.15)


def test_a_feature_the_model_does_not_use_costs_exactly_nothing():
    unused = _found(*_people()).found[1]
    assert (unused.feature, unused.value, unused.standard_error) == ("b", 0.0, 0.0)


def test_the_order_of_the_rows_changes_nothing():
    rows, labels = _people()
    shuffled = np.random.RandomState(2).permutation(len(labels))
    effort = Effort(rows=500, tolerance=0.02)
    ours = _found(rows, labels, effort=effort)
    assert ours == _found(rows.take(pa.array(shuffled)), labels[shuffled], effort=effort)
    assert ours != _found(rows, labels, effort=effort, seed=4)


def test_only_features_that_are_not_exact_enough_are_asked_about_again():
    found = _found(*_people(), effort=Effort(rows=200, tolerance=0.02))
    assert found.reached
    assert found.largest_error <= 0.02
    a, b, _ = found.found
    assert b.rows == 200 < a.rows


def test_the_error_reached_is_told_when_all_rows_are_used():
    found = _found(*_people(400), effort=Effort(rows=100, tolerance=1e-5, most_repeats=4))
    assert not found.reached
    assert found.largest_error == max(each.standard_error for each in found.found)
    assert {each.rows for each in found.found if each.feature != "b"} == {400}


def test_more_repeats_are_made_where_the_people_alone_are_exact_enough():
    few = _found(*_people(400), effort=Effort(repeats=2, tolerance=9.0)).found[0]
    wanted = few.standard_error * 0.95
    found = _found(*_people(400), effort=Effort(repeats=2, tolerance=wanted)).found[0]
    assert found.repeats > 2
    assert found.standard_error < few.standard_error


def test_the_rest_may_stay_inexact_if_only_the_top_is_asked_for():
    found = _found(*_people(), effort=Effort(rows=200, tolerance=0.015, top=1))
    assert found.reached
    assert found.found[2].standard_error > 0.0
    assert found.found[2].rows == 200


def test_no_more_rows_than_allowed_are_asked():
    found = _found(*_people(), effort=Effort(rows=100, tolerance=1e-6, most_rows=300))
    assert max(each.rows for each in found.found) == 300


def test_several_shuffles_are_asked_for_at_once(monkeypatch):
    calls = []

    def score(table):
        calls.append(table.num_rows)
        return _linear(table)

    monkeypatch.setattr(adaptive, "ROWS_PER_CALL", 4_000)
    found = _found(*_people(1_000), score, effort=Effort(repeats=4, tolerance=9.0))
    assert calls == [1_000, 4_000, 4_000, 4_000]
    assert found.rows_scored == sum(calls)


def test_features_shuffled_together_keep_what_is_between_them():
    drawn = np.random.RandomState(3)
    one = drawn.randn(1_000)
    rows = pa.table({"one": one, "copy": one, "other": drawn.randn(1_000)})

    def difference(table):
        return table["one"].to_numpy() - table["copy"].to_numpy() + table["other"].to_numpy()

    together = _found(
        rows,
        rows["other"].to_numpy(),
        difference,
        metric=R2,
        together={"pair": ["one", "copy"]},
        effort=Effort(tolerance=9.0),
    )
    pair, other = together.found
    assert (pair.feature, other.feature) == ("pair", "other")
    assert pair.value == pytest.approx(0, abs=1e-9)
    assert other.value > 1


def test_columns_that_move_together_are_found():
    drawn = np.random.RandomState(3)
    one = drawn.randn(200)
    rows = pa.table(
        {"a": one, "b": drawn.randn(200), "c": -np.exp(one), "d": [7.0] * 200, "e": ["x"] * 200}
    )
    assert correlated(rows) == {"a + c": ["a", "c"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"effort": Effort(repeats=1)}, "repeats must be at least 2, got 1"),
        ({"effort": Effort(tolerance=0.0)}, "tolerance must be above 0, got 0.0"),
        ({"effort": Effort(rows=1)}, "rows must be at least 2, got 1"),
        ({"together": {"pair": ["a", "z"]}}, r"each grouped feature once .* got \['z'\]"),
        ({"together": {"p": ["a"], "q": ["a"]}}, r"got \['a'\]"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        _found(*_people(50), **changes)


def test_every_row_wants_a_label():
    rows, labels = _people(50)
    with pytest.raises(ValueError, match="expected a label for 50 rows, got 49"):
        _found(rows, labels[1:])
