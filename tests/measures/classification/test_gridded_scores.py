"""Counting from the file must be counting in the engine, or not happen."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.reduce.gridded_scores import count_on_grid
from measures.reduce.grouped_scores import reduce_grouped_scores

ROWS = 5_000


def _people(**changed) -> pa.Table:
    drawn = np.random.RandomState(3)
    scores = drawn.beta(2, 3, ROWS).round(4)
    scores[:3] = 0.0, 1.0, 0.5
    columns = {
        "sex": drawn.choice(np.array(["f", "m", None], dtype=object), ROWS),
        "place": pa.array(drawn.choice(["a", "b", "(missing)"], ROWS)).dictionary_encode(),
        "y": (drawn.rand(ROWS) < scores).astype(np.int8),
        "s": scores,
    }
    return pa.table(columns | changed)


def _written(folder: Path, people: pa.Table, parts: int = 2) -> list[Path]:
    files = [folder / f"part {place}.parquet" for place in range(parts)]
    for place, file in enumerate(files):
        size = -(-len(people) // parts)
        pq.write_table(people.slice(place * size, size), file, row_group_size=700)
    return files


def _counted(files, features=("sex",), threads=2):
    return count_on_grid(files, features, score="s", label="y", threads=threads)


@pytest.mark.parametrize("features", [(), ("sex",), ("sex", "place")])
@pytest.mark.parametrize("threads", [1, 3])
def test_files_are_counted_as_the_engine_counts(stored, tmp_path, features, threads):
    people = _people()
    table, files = stored(people), _written(tmp_path, people)
    asked = {"score": "s", "label": "y"}
    ours = reduce_grouped_scores(table, features, **asked, files=files, threads=threads)
    engine = reduce_grouped_scores(table, features, **asked)
    assert _counted(files, features, threads) is not None
    assert ours.groups == engine.groups
    assert ours.digest() == engine.digest()
    assert ours.rows == ROWS


@pytest.mark.parametrize(
    "changed",
    [
        {"s": np.full(ROWS, 1 / 3)},
        {"s": np.full(ROWS, np.nan)},
        {"s": np.full(ROWS, 1.5)},
        {"s": np.full(ROWS, -0.5)},
        {"s": pa.array([None] + [0.5] * (ROWS - 1))},
        {"s": np.full(ROWS, 0.5, dtype=np.float32)},
        {"y": np.full(ROWS, 2)},
        {"y": pa.array([None] + [1] * (ROWS - 1))},
        {"sex": np.arange(ROWS)},
        {"sex": [str(place) for place in range(ROWS)]},
    ],
    ids=[
        "continuous",
        "nan",
        "above one",
        "negative",
        "missing score",
        "float32",
        "odd label",
        "missing label",
        "no text",
        "many groups",
    ],
)
def test_whatever_is_off_the_grid_is_left_to_the_engine(tmp_path, changed):
    assert _counted(_written(tmp_path, _people(**changed))) is None


def test_one_odd_row_in_the_last_part_is_enough(tmp_path):
    scores = np.full(ROWS, 0.25)
    scores[-1] = np.nextafter(0.25, 1)
    assert _counted(_written(tmp_path, _people(s=scores))) is None


def test_unusable_rows_are_refused_as_ever(stored, tmp_path):
    people = _people(y=np.full(ROWS, 2))
    with pytest.raises(ValueError, match="expected only 0 and 1"):
        reduce_grouped_scores(
            stored(people), ["sex"], score="s", label="y", files=_written(tmp_path, people)
        )


def test_true_and_false_are_labels_too(tmp_path):
    people = _people(y=np.arange(ROWS) % 3 == 0, s=np.full(ROWS, 0.25))
    counted = _counted(_written(tmp_path, people), ())
    assert counted[()][2_500].tolist() == [3_333, 1_667]
    assert counted[()].sum() == ROWS


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_every_score_of_four_decimals_is_on_the_grid(place, decimals):
    score = round(place / 10_000, decimals)
    again = np.rint(np.float64(score) * 10_000) / 10_000
    assert again == score
