import numpy as np
import pyarrow as pa
import pytest

from measures.explain.accumulated import accumulated_effects


@pytest.fixture
def rows():
    drawn = np.random.RandomState(6)
    one = drawn.rand(500)
    return pa.table({"one": one, "near": one + drawn.randn(500) / 20, "kind": ["x"] * 500})


def _linear(table):
    return 3 * table["one"].to_numpy() - 2 * table["near"].to_numpy()


def test_a_line_has_its_own_slope_although_another_feature_moves_along(rows):
    found = accumulated_effects(rows, "one", _linear)
    assert np.diff(found.effects) == pytest.approx(3 * np.diff(found.edges))
    assert all(high - low < 0.2 for low, high in found.intervals)


def test_bins_hold_about_as_many_rows_each_and_every_row_is_in_one(rows):
    found = accumulated_effects(rows, "one", _linear, bins=10)
    assert sum(found.counts) == found.n == 500
    assert set(found.counts) <= {49, 50, 51}


def test_effects_and_their_errors_are_those_worked_out_by_hand():
    # steps of [0, 1]: 1 and 3, mean 2; of (1, 2]: 10 and 20, mean 15
    rows = pa.table({"x": [0.0, 1.0, 2.0, 2.0], "by": [1.0, 3.0, 10.0, 20.0]})

    def score(table):
        return table["x"].to_numpy() * table["by"].to_numpy()

    found = accumulated_effects(rows, "x", score)
    assert found.counts == (2, 2)
    centre = (2 * 1 + 2 * (2 + 7.5)) / 4  # rows at the middle of their bin: 1 and 9.5
    assert found.effects == pytest.approx((-centre, 2 - centre, 17 - centre))
    # variances of the bin means: 2 / 2 = 1 and 50 / 2 = 25; weights of the first edge −0.75, −0.25
    error = np.sqrt(0.75**2 * 1 + 0.25**2 * 25)
    low, high = found.intervals[0]
    assert (high - low) / 2 == pytest.approx(1.959964 * error)


def test_a_single_row_in_a_bin_has_no_interval():
    rows = pa.table({"x": [0.0, 1.0, 2.0]})
    found = accumulated_effects(rows, "x", lambda table: table["x"].to_numpy())
    assert np.isnan(found.intervals[0]).all()


def test_rows_without_a_value_are_left_out():
    rows = pa.table({"x": [0, None, 1, 1, 0]})
    found = accumulated_effects(rows, "x", lambda table: table["x"].to_numpy())
    assert (found.n, found.edges) == (4, (0.0, 1.0))


def test_only_numbers_that_differ_have_effects(rows):
    with pytest.raises(ValueError, match="expected 'kind' to be numbers, but its column is string"):
        accumulated_effects(rows, "kind", _linear)
    with pytest.raises(ValueError, match="expected at least two values of 'x', got 1"):
        accumulated_effects(pa.table({"x": [1.0, 1.0]}), "x", _linear)
