"""Tables small enough to check by hand, and the reference data where it lies."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from measures.engines.duckdb import Limits, opened

_BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    return Limits(spill=tmp_path / "spill")


@pytest.fixture
def stored(tmp_path: Path, limits: Limits) -> Iterator[Callable[..., ibis.Table]]:
    """Columns written to Parquet (in row groups of 1,000) and opened as a table."""
    with ExitStack() as stack:

        def store(columns: dict[str, Any] | pa.Table, threads: int = 2) -> ibis.Table:
            table = columns if isinstance(columns, pa.Table) else pa.table(columns)
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
            pq.write_table(table, path, row_group_size=1_000)
            bounds = limits._replace(threads=threads)
            return stack.enter_context(opened({"rows": path}, bounds))["rows"]

        yield store


@pytest.fixture
def reference_data() -> Path:
    """The folder of published tables, which is not part of the repository."""
    folder = Path(os.environ.get("ASSAY_REFERENCE_DATA", _BESIDE_THE_REPOSITORY))
    if not (folder / "reference_values.json").exists():
        pytest.skip(f"the reference data is not at {folder}: set ASSAY_REFERENCE_DATA")
    return folder
