import numpy as np
import pyarrow as pa
import pytest

from measures.explain.metric import ROC_AUC, standard_error
from measures.intervals.wilson import wilson_interval
from measures.robustness import response
from measures.robustness.response import Model, answered, baseline, respond


class OddRows(Exception):
    pass


def _x(table):
    return table["x"].to_numpy().astype(float)


def _base(values, labels=None, **changes):
    rows = pa.table({"x": np.asarray(values, dtype=float)})
    return baseline(Model(_x, 0.5), rows, labels=labels, seed=1, **changes)


def _changed(base, change):
    return base.rows.set_column(0, "x", pa.array(change(base.rows["x"].to_numpy())))


def test_flips_are_counted_by_direction_with_wilsons_interval():
    base = _base([0.1, 0.2, 0.6, 0.9])
    found = respond(base, "mirrored", _changed(base, lambda x: np.where(x == 0.1, x, 1 - x)))
    assert (found.change, found.refusal) == ("mirrored", None)
    assert (found.flipped.cases, found.flipped.n, found.flipped.value) == (3, 4, 0.75)
    assert found.flipped.interval == wilson_interval(3, 4)
    assert found.to_favourable.cases == 1
    assert found.to_unfavourable.cases == 2
    assert found.refused.interval == wilson_interval(0, 4)


def test_a_score_at_the_threshold_is_favourable():
    base = _base([0.5, 0.4])
    assert respond(base, "up", _changed(base, lambda x: x * 0 + 0.5)).to_favourable.cases == 1


def test_changes_of_the_score_are_means_with_normal_intervals():
    base = _base([0.1, 0.2, 0.3])
    found = respond(base, "moved", _changed(base, lambda x: x + np.where(x == 0.1, -0.3, 0.1)))
    assert found.score_change.value == pytest.approx(-0.1 / 3)
    reach = 1.959964 * np.std([-0.3, 0.1, 0.1], ddof=1) / np.sqrt(3)
    low, high = found.score_change.interval
    assert (high - low) / 2 == pytest.approx(reach)
    assert found.absolute_change.value == pytest.approx(0.5 / 3)


def test_performance_is_compared_on_the_same_people():
    drawn = np.random.RandomState(2)
    values, labels = drawn.rand(200), drawn.randint(0, 2, 200)
    base = _base(values, labels)
    same = respond(base, "nothing", base.rows).performance
    assert (same.worsening, same.interval) == (0, (0, 0))
    upside_down = respond(base, "upside down", _changed(base, lambda x: 1 - x)).performance
    before = ROC_AUC.evaluated(labels, values)
    assert upside_down.before == before.value
    assert upside_down.after == pytest.approx(1 - before.value)
    low, high = upside_down.interval
    expected = 2 * 1.959964 * standard_error(2 * before.influence)
    assert high - low == pytest.approx(expected)


def test_without_labels_or_without_both_of_them_there_is_no_performance():
    base = _base([0.1, 0.9])
    assert respond(base, "nothing", base.rows).performance is None
    base = _base([0.1, 0.9], np.array([1, 1]))
    assert respond(base, "nothing", base.rows).performance is None


def test_the_rows_a_model_refuses_are_found_one_by_one():
    def picky(table):
        if (_x(table) < 0).any():
            raise OddRows("a negative number")
        return _x(table)

    values = [1.0, -1.0, 2.0, 3.0, -2.0, 4.0, float("nan")]
    found = answered(Model(picky, 0.5, (OddRows,)), pa.table({"x": values}))
    assert np.isnan(found.scores).tolist() == [False, True, False, False, True, False, True]
    assert found.refusal == "a negative number"


def test_a_score_that_is_not_finite_is_no_answer():
    base = _base([0.1, 0.9, 0.8])
    found = respond(base, "unknown", _changed(base, lambda x: np.where(x == 0.1, np.nan, x)))
    assert (found.refused.cases, found.refused.n) == (1, 3)
    assert (found.flipped.cases, found.flipped.n) == (0, 2)
    assert found.refusal == "the score is nan"


def test_a_model_that_refuses_everybody_has_no_rate_of_flips():
    base = _base([0.1, 0.9])
    found = respond(base, "all", _changed(base, lambda x: x * np.nan))
    assert found.refused.value == 1
    assert (found.flipped.value, found.flipped.interval) == (None, (0, 1))
    assert found.score_change == (None, None, 0)


def test_an_error_that_is_no_refusal_is_not_swallowed():
    def broken(table):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answered(Model(broken, 0.5), pa.table({"x": [1.0]}))


def test_one_score_per_row_is_expected():
    with pytest.raises(ValueError, match=r"expected 2 scores, one per row, got shape \(3,\)"):
        answered(Model(lambda table: np.zeros(3), 0.5), pa.table({"x": [1.0, 2.0]}))


def test_a_model_is_asked_a_bounded_number_of_rows_at_a_time(monkeypatch):
    monkeypatch.setattr(response, "ROWS_PER_CALL", 3)
    asked = []

    def score(table):
        asked.append(table.num_rows)
        return _x(table)

    found = answered(Model(score, 0.5), pa.table({"x": np.arange(7.0)}))
    assert found.scores.tolist() == list(range(7))
    assert asked == [3, 3, 1]


def test_a_baseline_wants_an_answer_for_everybody_as_they_are():
    with pytest.raises(ValueError, match="finite score for every row, got nan"):
        _base([0.1, np.nan])
    with pytest.raises(ValueError, match="expected a label for 2 rows, got 1"):
        _base([0.1, 0.2], np.array([1]))
    with pytest.raises(ValueError, match="expected rows to ask the model about, got none"):
        _base([])
