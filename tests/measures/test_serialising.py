"""A statistic that is written is the same when it is read, and bytes of anything else are none."""

from contextlib import ExitStack

import numpy as np
import pyarrow.parquet as pq
import pytest

from measures.engines.duckdb import Limits, opened
from measures.reduce.equivalence import ClassSizes
from measures.reduce.serialising import _KINDS, NotAStatistic, as_bytes, from_bytes
from tests.measures.questions import QUESTIONS, people


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    """Every statistic that the questions are answered by, in lists and tables too."""
    folder = tmp_path_factory.mktemp("people")
    pq.write_table(people(), folder / "people.parquet")
    with ExitStack() as stack:
        tables = stack.enter_context(
            opened({"people": folder / "people.parquet"}, Limits(folder / "spill"))
        )
        answers = [asked(tables["people"]) for asked in QUESTIONS.values()]
    return [each for answer in answers for each in held(answer) if hasattr(each, "digest")]


def held(answer):
    if isinstance(answer, dict):
        return answer.values()
    return answer if isinstance(answer, list) else [answer]


def test_every_statistic_comes_back_bit_for_bit_and_adds_up(statistics):
    assert len({type(each) for each in statistics}) > 20
    for each in statistics:
        read = from_bytes(as_bytes(each))
        assert read.digest() == each.digest()
        assert as_bytes(read) == as_bytes(each)
        if not isinstance(each, ClassSizes):  # a class of people may lie in both parts
            assert (read + read).digest() == (each + each).digest()


def test_whatever_has_a_digest_can_be_written():
    kinds = {name for name, kind in _KINDS.items() if hasattr(kind, "digest")}
    assert {"Cells", "ScoreCounts", "ResidualSums", "Moments", "Sidecar"} <= kinds


def test_what_is_read_cannot_be_changed(statistics):
    cells = next(each for each in statistics if type(each).__name__ == "Cells")
    with pytest.raises(ValueError, match="read-only"):
        from_bytes(as_bytes(cells)).counts[0] = 1


@pytest.mark.parametrize("cut", [0, 10, 25, 60, -1])
def test_bytes_that_end_too_early_are_refused(cut, statistics):
    with pytest.raises(NotAStatistic, match="expected a"):
        from_bytes(as_bytes(statistics[0])[:cut])


@pytest.mark.parametrize(
    "head",
    [b'{"of":"Popen","parts":[]}', b'{"array":"|O","shape":[1],"at":0}', b'{"eval":"1"}', b"[1"],
)
def test_bytes_that_name_anything_else_are_refused(head, statistics):
    magic = as_bytes(statistics[0])[:18]
    with pytest.raises(NotAStatistic):
        from_bytes(magic + len(head).to_bytes(8, "little") + head + bytes(8))


def test_what_is_no_statistic_is_refused():
    with pytest.raises(TypeError, match="got <class 'dict'>"):
        as_bytes({"counts": np.arange(3)})
