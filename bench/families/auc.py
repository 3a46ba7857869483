"""The exact area under the ROC curve by group, of scores with four decimals.

Ours adds DeLong's interval; scikit-learn, given the rows in memory, has none.
"""

from collections.abc import Iterator
from functools import partial
from importlib import metadata

from bench import agreement, data
from bench.ours import areas
from bench.peers import process
from bench.rows import Row, Target, row
from bench.scope import Comparison, Scope
from bench.timing import in_turns, peak_mb

NAME = "auc, by group with DeLong intervals"


def comparisons(scope: Scope) -> list[Comparison]:
    """Against scikit-learn alone."""
    return [partial(_against_sklearn, scope)]


def _against_sklearn(scope: Scope) -> Iterator[Row]:
    """At ten times the common number of rows."""
    rows = scope.rows if scope.quick else 10 * scope.rows
    path = data.scores(rows)
    expected = {group: found.value for group, found in areas.by_group(path).items()}
    with process.started("in_sklearn") as peer:
        peer.ask("load", path=path)
        asked = agreement.timed(NAME, peer, "areas", expected)
        took = in_turns({NAME: partial(areas.by_group, path)}, asked)
    yield row(
        NAME,
        rows,
        took.ours[NAME],
        peer=f"scikit-learn {metadata.version('scikit-learn')} by group",
        theirs=took.peer,
        peak=peak_mb(areas.by_group, path=path),
        target=Target(ratio=12),
    )
