"""A table with all that is awkward in it, and every question that reductions answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from measures.fairness import groups
from measures.intervals.bootstrap import Drawing
from measures.profile.columns import ColumnProfile, describe
from measures.reduce.association import (
    reduce_category_moments,
    reduce_contingency,
    reduce_missing_by,
)
from measures.reduce.categories import reduce_categories
from measures.reduce.cells import reduce_cells, reduce_cells_by_weight
from measures.reduce.classes import reduce_class_scores, reduce_classes
from measures.reduce.columns import duplicate_rows, reduce_columns
from measures.reduce.equivalence import (
    reduce_class_sizes,
    reduce_sensitive_classes,
    reduce_small_classes,
)
from measures.reduce.grouped_scores import reduce_grouped_scores
from measures.reduce.histogram import reduce_histograms
from measures.reduce.missing_patterns import reduce_missing_patterns
from measures.reduce.moments import Shift, reduce_moments
from measures.reduce.pairs import reduce_pairs, reduce_score_pairs
from measures.reduce.products import reduce_products
from measures.reduce.quantiles import reduce_quantiles
from measures.reduce.ranked import reduce_ranked
from measures.reduce.residual_bins import quantile_edges, reduce_residual_bins
from measures.reduce.residuals import reduce_residuals
from measures.reduce.score_bins import reduce_score_bins
from measures.reduce.scores import reduce_scores, reduce_weighted_scores
from measures.reduce.sorted_values import reduce_sorted
from measures.reduce.sums import reduce_sums
from measures.reduce.texts import reduce_texts
from measures.reduce.times import reduce_time_span
from measures.reduce.unlabelled_scores import reduce_unlabelled_scores

ROWS = 3_000

BINARY = {"label": "label", "prediction": "prediction"}


def people() -> pa.Table:
    """Missing values, NaN, negative zero, tiny and huge numbers, words of other alphabets."""
    drawn = np.random.RandomState(20261125)
    age = drawn.randint(18, 90, ROWS).astype(float)
    age[drawn.rand(ROWS) < 0.02] = np.nan
    score = np.round(drawn.rand(ROWS), 3)
    share = drawn.rand(ROWS)
    wage = np.exp(drawn.normal(10, 1, ROWS))
    race = drawn.choice(["asian", "black", "naïve — 名", "white"], ROWS).astype(object)
    race[drawn.rand(ROWS) < 0.05] = None
    start = np.datetime64("2026-01-01T00:00:00", "us")
    return pa.table(
        {
            "sex": drawn.choice(["f", "m"], ROWS),
            "race": race,
            "age": pa.array(age, from_pandas=False),
            "code": pa.array(
                drawn.randint(-(2**40), 2**40, ROWS), mask=drawn.rand(ROWS) < 0.1, type=pa.int64()
            ),
            "label": pa.array(drawn.randint(0, 2, ROWS), pa.int16()),
            "prediction": pa.array(drawn.randint(0, 2, ROWS), pa.int16()),
            "other": drawn.rand(ROWS) < 0.5,
            "score": score,
            "second": np.where(drawn.rand(ROWS) < 0.1, -0.0, np.round(drawn.rand(ROWS), 2)),
            "weight": drawn.choice([0.1, 0.3, 1.0, 2.5, 1e-9], ROWS),
            "share": share,
            "class": drawn.choice(["a", "b", "c"], ROWS),
            "said": drawn.choice(["a", "b"], ROWS),
            "rest": 1.0 - share,
            "wage": wage,
            "guess": wage * drawn.normal(1.0, 0.2, ROWS),
            "query": drawn.randint(0, 50, ROWS),
            "seen": pa.array(
                start + drawn.randint(0, 10**12, ROWS), type=pa.timestamp("us", tz="UTC")
            ),
        }
    )


def audit(table: ibis.Table) -> list[Any]:
    """A fairness audit from the rows to the intervals."""
    cells = reduce_cells(table, ["sex", "race"], **BINARY)
    drawing = Drawing(resamples=200, confidence=0.95, seed=7)
    return [groups.group_rates(cells), groups.all_gaps(cells, drawing)]


def figures(profile: ColumnProfile) -> Any:
    """What a reader sees: sums may have another unit, and gaps of times need the rows fetched."""
    number = profile.number and replace(profile.number, moments=None)
    return profile._replace(number=number, time=profile.time and profile.time.span)


QUESTIONS: dict[str, Callable[[ibis.Table], Any]] = {
    "audit": audit,
    "categories": lambda t: reduce_categories(t, ["sex", "race", "age", "other", "second"]),
    "category moments": lambda t: reduce_category_moments(t, "race", {"wage": Shift(2e4, 3e6)}),
    "cells": lambda t: reduce_cells(t, ["sex", "race", "other", "age"], **BINARY),
    "cells by weight": lambda t: reduce_cells_by_weight(t, ["race"], **BINARY, weight="weight"),
    "cells of booleans": lambda t: reduce_cells(t, ["sex"], label="label", prediction="other"),
    "class scores": lambda t: reduce_class_scores(
        t.mutate(said=(t["share"] < 0.5).ifelse("a", "b")),
        label="said",
        scores={"a": "share", "b": "rest"},
    ),
    "class sizes": lambda t: reduce_class_sizes(t, ["sex", "race", "age"]),
    "classes": lambda t: reduce_classes(t, ["sex"], label="class", prediction="said"),
    "columns": reduce_columns,
    "contingency": lambda t: reduce_contingency(t, "sex", "race"),
    "duplicates": lambda t: duplicate_rows(t.select("sex", "race", "age")),
    "grouped scores": lambda t: reduce_grouped_scores(t, ["race"], score="score", label="label"),
    "histograms": lambda t: reduce_histograms(
        t, {"age": [20.0, 40.0, 60.0], "second": [0.0, 0.5, 1.0], "code": [-1e12, 0.0, 1e12]}
    ),
    "missing by": lambda t: reduce_missing_by(t, ["race", "age", "code"], "label"),
    "missing patterns": lambda t: reduce_missing_patterns(t, ["race", "age", "code"]),
    "moments": lambda t: reduce_moments(t, {"wage": Shift(2e4, 3e6), "age": Shift(50.0, 40.0)}),
    "pairs": lambda t: reduce_pairs(t, ["sex"], label="label", first="prediction", second="other"),
    "products": lambda t: reduce_products(t, ["age", "wage", "code", "share"]),
    "profile": lambda t: [figures(each) for each in describe(t)],
    "quantile edges": lambda t: quantile_edges(t, "wage", 7),
    "quantiles": lambda t: reduce_quantiles(t, ["age", "wage", "code"], [0.1, 0.5, 0.9]),
    "ranked": lambda t: reduce_ranked(t, query="query", score="score", relevance="label"),
    "residual bins": lambda t: reduce_residual_bins(
        t, ["sex"], target="wage", prediction="guess", by="guess", edges=[1e4, 2e4, 4e4]
    ),
    "residuals": lambda t: reduce_residuals(t, ["sex", "race"], target="wage", prediction="guess"),
    "residuals of all": lambda t: reduce_residuals(t, [], target="wage", prediction="guess"),
    "score bins": lambda t: reduce_score_bins(t, ["race"], score="share", label="label"),
    "score pairs": lambda t: reduce_score_pairs(t, label="label", first="score", second="second"),
    "scores": lambda t: reduce_scores(t, score="share", label="label"),
    "sensitive classes": lambda t: reduce_sensitive_classes(t, ["sex", "race"], "class"),
    "small classes": lambda t: reduce_small_classes(t, ["sex", "race", "age"], below=3),
    "sorted": lambda t: reduce_sorted(t, "wage"),
    "sums": lambda t: reduce_sums(t, {"wage": 24, "age": 7, "code": 41}),
    "texts": lambda t: reduce_texts(t, ["sex", "race"]),
    "time span": lambda t: reduce_time_span(t, "seen"),
    "unlabelled scores": lambda t: reduce_unlabelled_scores(t, ["race"], score="second"),
    "weighted cells": lambda t: reduce_cells(t, ["race"], **BINARY, weight="weight"),
    "weighted scores": lambda t: reduce_weighted_scores(
        t, score="score", label="label", weight="weight"
    ),
}
