"""Sidecars of segments add up to what counting all rows gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.reduce.cells import Cells, reduce_cells
from measures.reduce.sidecar import merged, reduce_sidecar, sidecar_of
from measures.reduce.statistic import NotMergeable

BINARY = {"label": "label", "prediction": "prediction"}
CELLS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from([0, 1, 2, 3])),
    max_size=30,
)


def columns(rows: int, seed: int) -> dict[str, object]:
    drawn = np.random.RandomState(seed)
    return {
        "sex": drawn.choice(["f", "m"], rows),
        "race": drawn.choice(["a", "b", "c", f"only in {seed}"], rows),
        "label": drawn.randint(0, 2, rows),
        "prediction": drawn.randint(0, 2, rows),
    }


def test_segments_merge_to_the_cells_of_all_rows(stored):
    segments = [columns(500, seed) for seed in range(5)]
    whole = {name: np.concatenate([each[name] for each in segments]) for name in segments[0]}
    parts = [reduce_sidecar(stored(each), ["sex", "race"], **BINARY) for each in segments]
    cells = reduce_cells(stored(whole), ["sex", "race"], **BINARY)
    assert merged(parts).cells().digest() == cells.digest()
    assert merged(parts[::-1]).digest() == merged(parts).digest()
    assert merged(parts).cells(["race"]).digest() == cells.over(["race"]).digest()
    assert merged(parts).cells([]).digest() == cells.over([]).digest()
    assert merged(parts).rows == 2_500


@given(CELLS, CELLS)
def test_adding_sidecars_is_adding_cells(first, second):
    ours, theirs = cells_of(first), cells_of(second)
    assert (sidecar_of(ours) + sidecar_of(theirs)).cells().digest() == (ours + theirs).digest()


def test_more_groups_than_a_table_holds_are_added_too():
    levels = [f"{number:04}" for number in range(1_100)]
    cells = cells_of([(level, other, 3) for level, other in zip(levels, levels[::-1], strict=True)])
    assert len(levels) ** 2 > 2**20
    assert (sidecar_of(cells) + sidecar_of(cells)).cells().digest() == (cells + cells).digest()


def test_an_attribute_that_was_not_declared_is_refused_and_named(stored):
    sidecar = reduce_sidecar(stored(columns(50, 1)), ["sex"], **BINARY)
    with pytest.raises(ValueError, match="features of the sidecar, sex, got age"):
        sidecar.cells(["age"])


def test_sidecars_of_other_attributes_do_not_add():
    with pytest.raises(NotMergeable, match="features"):
        merged([sidecar_of(cells_of([])), sidecar_of(cells_of([]).over(["sex"]))])


def test_nothing_to_merge_is_refused():
    with pytest.raises(ValueError, match="got none"):
        merged([])


def test_weights_are_refused(stored):
    table = stored(columns(50, 1) | {"weight": np.full(50, 0.5)})
    with pytest.raises(ValueError, match="without weights"):
        sidecar_of(reduce_cells(table, ["sex"], **BINARY, weight="weight"))


def cells_of(people: list[tuple[str, str, int]]) -> Cells:
    listed = [
        {"group": [one, other], "label": code // 2, "prediction": code % 2, "n": 1}
        for one, other, code in people
    ]
    return Cells.read(["sex", "race"], listed)
