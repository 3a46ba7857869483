"""Drift of all features together: can a classifier tell which side a row is from?"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import ibis

from audits.jobs import window
from measures.drift import domain_classifier
from measures.drift.domain_classifier import DomainDrift
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured

#: Values (rows of a side × columns) the classifier may look at, so that time is bounded.
MOST_VALUES = 1_000_000

#: Rows of a side it gets however many columns there are, and rows it cannot do without.
SOME_ROWS, FEWEST_ROWS = 500, 20

#: Columns listed as driving it.
LISTED = 10


class Told(NamedTuple):
    """The area and its p-value, what the report tells, and what could not be measured."""

    measures: list[Measured]
    details: dict[str, Any]
    unmeasured: list[str]


def tell_apart(
    reference: ibis.Table,
    rows: ibis.Table,
    features: Sequence[Mapping[str, str]],
    drawing: Drawing,
) -> Told:
    """Train a classifier to tell window from reference, on a bounded sample of both."""
    fewest = min(int(side.count().to_pyarrow().as_py()) for side in (reference, rows))
    if fewest < FEWEST_ROWS:
        said = (
            f"columns are not compared together: reference and window need {FEWEST_ROWS} rows"
            f" each, and one has {fewest}"
        )
        return Told([], {}, [said])
    numbers, categories = (
        [each["name"] for each in features if each["type"] == kind]
        for kind in ("number", "category")
    )
    most = max(SOME_ROWS, min(domain_classifier.MOST_ROWS, MOST_VALUES // len(features)))
    found = domain_classifier.domain_drift(
        _typed(reference, features), _typed(rows, features), numbers, categories,
        seed=drawing.seed, confidence=drawing.confidence, most_rows=most,
    )  # fmt: skip
    return Told(_measures(found), _details(found), [])


def _typed(side: ibis.Table, features: Sequence[Mapping[str, str]]) -> ibis.Table:
    columns = [window.typed(side[f["name"]], f["type"]).name(f["name"]) for f in features]
    return side.select(columns)


def _measures(found: DomainDrift) -> list[Measured]:
    n = found.n_reference + found.n_current
    return [
        Measured("domain_classifier_auc", found.auc, *found.interval, n, "fraction"),
        Measured("domain_classifier_p_value", found.p_value, None, None, n, "probability"),
    ]


def _details(found: DomainDrift) -> dict[str, Any]:
    drivers = [
        {
            "feature": each.column,
            "lost_auc": each.lost_auc,
            "low": each.interval.low,
            "high": each.interval.high,
        }
        for each in found.drivers[:LISTED]
    ]
    return {
        "auc": found.auc,
        "low": found.interval.low,
        "high": found.interval.high,
        "p": found.p_value,
        "n_reference": found.n_reference,
        "n_window": found.n_current,
        "drivers": drivers,
        "columns": len(found.drivers),
    }
