"""What a model of twenty features rests on, with a stated error.

Ours asks as few rows as the error allows and adds Shapley values of a thousand people;
scikit-learn's permutation importance shuffles every feature five times over all rows.
"""

from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

import pyarrow.parquet as pq
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier

from bench import agreement, data
from bench.ours import explained
from bench.peers import process
from bench.rows import Row, Target, row
from bench.scope import Comparison, Scope
from bench.timing import in_turns, peak_mb

NAME = "explain, permutation importance and SHAP"

#: Standard errors ours and the peer's may lie apart: twenty features are compared.
_APART = 4


def comparisons(scope: Scope) -> list[Comparison]:
    """Against scikit-learn alone."""
    return [partial(_against_sklearn, scope)]


def _against_sklearn(scope: Scope) -> Iterator[Row]:
    """At a tenth of the common number of rows."""
    rows = scope.rows // 10
    path = data.explained(rows)
    model = _model(path)
    found = explained.explain(path, model).importances
    expected = {each.feature: each.value for each in found.found}
    with process.started("in_sklearn") as peer:
        peer.ask("load", path=path, model=model)
        allowed = _APART * found.largest_error
        asked = agreement.timed(NAME, peer, "importance", expected, tolerance=allowed)
        took = in_turns({NAME: partial(explained.explain, path, model)}, asked, each=2)
    yield row(
        f"{NAME}, error ≤ {found.tolerance:g}",
        rows,
        took.ours[NAME],
        peer=f"scikit-learn {metadata.version('scikit-learn')} permutation_importance, all rows",
        theirs=took.peer,
        peak=peak_mb(explained.explain, path=path, model=model),
        target=Target(ratio=7),
    )


def _model(path: Path) -> Path:
    """Fitted to the rows once, and kept beside them."""
    kept = path.with_suffix(".skops")
    if not kept.exists():
        rows = pq.read_table(path).to_pandas()
        features = rows.drop(columns="label").to_numpy()
        skops.io.dump(
            HistGradientBoostingClassifier(random_state=0).fit(features, rows["label"]), kept
        )
    return kept
