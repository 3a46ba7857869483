"""Made-up tables to measure on, written once to `.bench/data` and kept.

Every table is drawn from a seed, a million rows at a time, so that a hundred million fit in
little memory; and written as the snapshots of datasets are (zstd, row groups of 131,072).
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.timing import ROOT

FOLDER = ROOT / ".bench" / "data"
ROW_GROUP = 131_072
#: Rows drawn at a time: whole row groups.
_AT_ONCE = 8 * ROW_GROUP

#: Levels of the sensitive features: 18 groups with the first three, 360 with all.
LEVELS = {"sex": 2, "race": 3, "region": 3, "age": 5, "branch": 4}

SCORE_GROUPS = 6
NUMBERS = 10
CATEGORIES = 10
SEGMENTS = 100
FEATURES = 20


def predictions(rows: int) -> Path:
    """A log of label and prediction with five sensitive features."""
    return _kept(f"predictions-{rows}", rows, _log)


def segments(rows: int) -> list[Path]:
    """The same log in a hundred files."""
    each = rows // SEGMENTS
    return [
        _kept(f"segments-{rows}/{number:03}", each, _log, seed=number)
        for number in range(1, SEGMENTS + 1)
    ]


def scores(rows: int) -> Path:
    """Labels and scores of four decimals, in six groups."""
    return _kept(f"scores-{rows}", rows, _scored)


def features(rows: int, *, shifted: bool = False) -> Path:
    """Ten numbers and ten texts; `shifted` ones come from other distributions."""
    name = f"features-{'current' if shifted else 'reference'}-{rows}"
    return _kept(name, rows, lambda many, drawn: _mixed(many, drawn, 0.1 * shifted), 1 + shifted)


def explained(rows: int) -> Path:
    """Twenty features, some of which a label depends on."""
    return _kept(f"explained-{rows}", rows, _labelled)


def _kept(
    name: str,
    rows: int,
    make: Callable[[int, np.random.RandomState], dict[str, pa.Array]],
    seed: int = 1,
) -> Path:
    """The file of this name, made if it is not there yet."""
    path = FOLDER / f"{name}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        _write(unfinished, _blocks(rows, make, np.random.RandomState(seed)))
        unfinished.rename(path)
    return path


def _blocks(
    rows: int,
    make: Callable[[int, np.random.RandomState], dict[str, pa.Array]],
    drawn: np.random.RandomState,
) -> Iterator[pa.Table]:
    for start in range(0, rows, _AT_ONCE):
        yield pa.table(make(min(_AT_ONCE, rows - start), drawn))


def _write(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    with pq.ParquetWriter(path, first.schema, compression="zstd", compression_level=3) as writer:
        for block in (first, *blocks):  # the rest is drawn as it is written
            writer.write_table(block, row_group_size=ROW_GROUP)


def _log(rows: int, drawn: np.random.RandomState) -> dict[str, pa.Array]:
    codes = {name: drawn.randint(0, many, rows, np.int8) for name, many in LEVELS.items()}
    label = drawn.random_sample(rows) < 0.3 + 0.05 * codes["sex"]
    chosen = drawn.random_sample(rows) < 0.2 + 0.5 * label + 0.03 * codes["race"]
    named = {name: _named(name, held, LEVELS[name]) for name, held in codes.items()}
    answers = {"label": label, "prediction": chosen}
    return named | {name: pa.array(held.astype(np.int8)) for name, held in answers.items()}


def _scored(rows: int, drawn: np.random.RandomState) -> dict[str, pa.Array]:
    groups = drawn.randint(0, SCORE_GROUPS, rows, np.int8)
    label = drawn.random_sample(rows) < 0.3
    score = drawn.beta(2 + label, 3 - 0.1 * groups)
    return {
        "group": _named("group", groups, SCORE_GROUPS).cast(pa.string()),
        "label": pa.array(label.astype(np.int8)),
        "score": pa.array(score.round(4)),
    }


def _labelled(rows: int, drawn: np.random.RandomState) -> dict[str, pa.Array]:
    held = drawn.standard_normal((FEATURES, rows))
    strength = np.where(np.arange(FEATURES) < FEATURES // 2, 1.5 ** -np.arange(FEATURES), 0.0)
    logit = strength @ held + 0.5 * held[0] * held[1] - 0.5
    label = drawn.random_sample(rows) < 1 / (1 + np.exp(-logit))
    made = {f"feature_{i}": pa.array(column) for i, column in enumerate(held)}
    return made | {"label": pa.array(label.astype(np.int8))}


def _mixed(rows: int, drawn: np.random.RandomState, shift: float) -> dict[str, pa.Array]:
    made = {f"number_{i}": _number(i, rows, drawn, shift) for i in range(NUMBERS)}
    return made | {f"category_{i}": _category(i, rows, drawn, shift) for i in range(CATEGORIES)}


def _number(i: int, rows: int, drawn: np.random.RandomState, shift: float) -> pa.Array:
    """Two each of normal, skewed, bounded, whole, and one in fifty missing."""
    match i % 5:
        case 0:
            return pa.array(drawn.normal(i + shift, 1 + i, rows))
        case 1:
            return pa.array(drawn.lognormal(shift, 0.5, rows))
        case 2:
            return pa.array(drawn.beta(2, 3 + shift, rows))
        case 3:
            return pa.array(drawn.poisson(40 * (1 + shift) + i, rows).astype(np.int64))
        case _:
            missing = drawn.random_sample(rows) < 0.02
            return pa.array(drawn.exponential(1 + shift, rows), mask=missing)


def _category(i: int, rows: int, drawn: np.random.RandomState, shift: float) -> pa.Array:
    """From 2 to 47 values, the later ones rarer."""
    many = 2 + 5 * i
    share = (1 + np.arange(many)) ** (-0.5 - shift)
    codes = drawn.choice(many, rows, p=share / share.sum()).astype(np.int8)
    return _named("value", codes, many).cast(pa.string())


def _named(name: str, codes: np.ndarray, many: int) -> pa.Array:
    levels = [f"{name}{code}" for code in range(many)]
    return pa.DictionaryArray.from_arrays(codes, levels)
