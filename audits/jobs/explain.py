"""An explanation: what a version's scores rest on, how they move, and how easily answers flip.

It describes the model, on a sample of a snapshot, and says nothing about causes. The same spec
on the same snapshot gives the same numbers: all that is drawn follows from the seed.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs import explained_rows, reason_codes, robust, second_opinions
from audits.jobs.contract import Job, Outcome, Tell
from audits.jobs.explained_rows import CONFIDENCE, People
from audits.jobs.second_opinions import Opinion
from measures.explain import adaptive, dependence
from measures.explain.adaptive import Effort, Importances, SampledImportance, adaptive_importance
from measures.measured import Measured

#: The standard error wanted of each importance, unless the spec says otherwise.
STANDARD_ERROR = 0.005

#: So many features are drawn, each at so many of its values, for so many people.
_CURVES, _PLACES, _DRAWN_FOR = 5, 12, 20_000

#: Rows and repeats that are asked first, and people of the rarer class these must have.
_ROWS, _REPEATS, _RARE = 1_000, 3, 20

#: Features compared with each other to find those that move together.
_COMPARED = 50


def work(job: Job, tell: Tell) -> Outcome:
    """Explain a version on a sample of a snapshot. Raises Refused on unusable input."""
    tell(0.05, "Drawing a sample of the snapshot")
    people = explained_rows.draw(job)
    tell(0.1, f"Shuffling each of {len(people.features)} features")
    found = _importances(job, people)
    ranked = [each.feature for each in sorted(found.found, key=_most_important_first)]
    tell(0.4, "Drawing how the score moves")
    some = people.some(_DRAWN_FOR)
    curves = {name: _curve(people, some, name) for name in ranked[:_CURVES] if _known(some, name)}
    joined = adaptive.correlated(some.select(ranked[:_COMPARED]))
    groups = _importances(job, people, joined).found[: len(joined)] if joined else ()
    tell(0.5, "Asking in other ways")
    opinions = {name: ask(people) for name, ask in _OPINIONS.items()}
    tell(0.7, "Changing people a little")
    robustness = robust.assess(people, ranked)
    measures = [
        *(_measure("permutation_importance", each) for each in found.found),
        *(_measure("joint_permutation_importance", each) for each in groups),
        *(measure for opinion in opinions.values() for measure in opinion.measures),
        *robustness.measures,
    ]
    details = {
        "partial_dependence": curves,
        "importance": _effort(found),
        "moving_together": list(joined.values()),
        **{name: opinion.details for name, opinion in opinions.items()},
        "robustness": robustness.details,
        "not_measured": second_opinions.missing(opinions.values()) + robustness.missing,
        **_how(job, people, found),
    }
    return Outcome(tuple(measures), details)


#: Asked besides importance, by the key of the details.
_OPINIONS: Mapping[str, Callable[[People], Opinion]] = {
    "surrogate": second_opinions.small_tree,
    "stability": second_opinions.over_seeds,
    "shapley": second_opinions.shapley,
    "reasons": reason_codes.reason_codes,
}


def _importances(
    job: Job, people: People, together: Mapping[str, Sequence[str]] | None = None
) -> Importances:
    """As many rows and repeats as the standard error needs, within what the spec allows."""
    rows, repeats = len(people.labels), job.spec["repeats"]
    first = min(rows, max(_ROWS, ceil(_RARE * rows / people.of_rarer_class)))
    return adaptive_importance(
        people.rows,
        people.labels,
        people.score,
        together=together,
        effort=Effort(
            tolerance=job.spec.get("standard_error", STANDARD_ERROR),
            rows=first,
            repeats=min(_REPEATS, repeats),
            most_rows=rows,
            most_repeats=repeats,
        ),
        confidence=CONFIDENCE,
        seed=job.spec["seed"],
    )


def _most_important_first(each: SampledImportance) -> tuple[float, str]:
    return -each.value, each.feature


def _measure(name: str, each: SampledImportance) -> Measured:
    (low, high), about = each.interval, {"feature": each.feature}
    return Measured(name, each.value, low, high, each.rows, "drop of the ROC AUC", about)


def _effort(found: Importances) -> dict[str, Any]:
    return {
        "roc_auc": found.baseline,
        "standard_error_wanted": found.tolerance,
        "largest_standard_error": found.largest_error,
        "reached": found.reached,
        "rows_scored": found.rows_scored,
    }


def _known(rows: pa.Table, feature: str) -> bool:
    """Whether somebody has a value."""
    column = rows.column(feature)
    return bool(pc.any(pc.invert(pc.is_null(column, nan_is_null=True))).as_py())


def _curve(people: People, rows: pa.Table, feature: str) -> dict[str, Any]:
    """Mean score of the sample when everybody has the same value of one feature."""
    drawn = dependence.partial_dependence(
        rows,
        feature,
        people.score,
        points=_PLACES,
        kept=0,
        confidence=CONFIDENCE,
        seed=people.seed,
    )
    return {
        "values": [_plain(value) for value in drawn.values],
        "scores": list(drawn.means),
        "low": [max(0.0, each.low) for each in drawn.intervals],
        "high": [min(1.0, each.high) for each in drawn.intervals],
        "heterogeneity": list(drawn.heterogeneity),
    }


def _plain(value: Any) -> str | float:
    return value if isinstance(value, str) else float(value)


def _how(job: Job, people: People, found: Importances) -> dict[str, Any]:
    methods = {"importance": adaptive.METHOD, "how the score moves": dependence.METHOD}
    others = second_opinions.INTERVALS | reason_codes.INTERVALS | robust.INTERVALS
    return {
        "interval_method": methods | others,
        "confidence": CONFIDENCE,
        "threshold": people.threshold,
        "repeats": max(each.repeats for each in found.found),
        "rows": len(people.labels),
        "seed": job.spec["seed"],
    }
