"""A fairness audit of a hundred segments from the counts kept beside each.

No peer keeps any, so nothing stands beside it; the cells must be those of reading all rows.
"""

from collections.abc import Iterator
from functools import partial

from bench import data
from bench.agreement import ValuesDiffer
from bench.ours import sidecars as ours
from bench.rows import Row, Target, row
from bench.scope import Scope
from bench.timing import peak_mb, repeatedly

NAME = f"fairness, from sidecars of {data.SEGMENTS} segments"
WORKS = {NAME: ours.point_estimates, f"{NAME}, 1,000 resamples": ours.with_intervals}
TARGETS = {NAME: Target(seconds=0.05)}


def compared(scope: Scope) -> Iterator[Row]:
    """At a hundred times the common number of rows."""
    rows = scope.rows if scope.quick else 100 * scope.rows
    segments = data.segments(rows)
    folder = ours.keep(segments)
    if ours.cells_of(folder).digest() != ours.scanned(segments).digest():
        raise ValuesDiffer("sidecars: expected the cells of all rows, got other counts")
    for name, work in WORKS.items():
        took = repeatedly(partial(work, folder), 9)
        yield row(name, rows, took, peak=peak_mb(work, folder=folder), target=TARGETS.get(name))
