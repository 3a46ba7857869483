"""Items in the order their scores put them, query by query: all that a ranking measure needs.

An order is no sum, so the few columns needed are fetched and sorted here; what merges is the
value of each query. Ties are kept as blocks, so no measure depends on the order of the rows.
"""

from dataclasses import dataclass

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.reduce.finite import check_finite
from measures.reduce.missing import as_group, as_text
from measures.reduce.statistic import NotMergeable, check_same, digest_of, frozen


@dataclass(frozen=True, eq=False)
class Ranked:
    """Items sorted by query, then score from the highest, then relevance from the highest.

    `queries` (n_queries,) are sorted names, ``starts`` (n_queries + 1,) where each begins and
    ends; `scores` and `relevance` (n_items,) are floats. ``groups[group[i]]`` names the group
    of item i; one group of all, named "", where none was asked for.
    """

    queries: tuple[str, ...]
    starts: np.ndarray
    scores: np.ndarray
    relevance: np.ndarray
    groups: tuple[str, ...]
    group: np.ndarray

    @property
    def query(self) -> np.ndarray:
        """The place of each item's query, shape (n_items,)."""
        return np.repeat(np.arange(len(self.queries)), np.diff(self.starts))

    def blocks(self) -> np.ndarray:
        """Where each block of equal scores within a query begins, and the number of items."""
        if not len(self.scores):
            return np.zeros(1, dtype=np.int64)
        fresh = np.ones(len(self.scores), dtype=bool)
        fresh[1:] = self.scores[1:] != self.scores[:-1]
        fresh[self.starts[:-1]] = True
        return np.append(np.flatnonzero(fresh), len(self.scores))


@dataclass(frozen=True, eq=False)
class QueryScores:
    """One measure's value per query; what is known of a ranking once its rows are gone.

    `queries` are sorted names; `values` (n_queries,) are NaN where undefined; `weights`
    (n_queries,) say how much each counts, above 0.
    """

    measure: str
    queries: tuple[str, ...]
    values: np.ndarray
    weights: np.ndarray

    def __add__(self, other: "QueryScores") -> "QueryScores":
        check_same("measure", self.measure, other.measure)
        if both := set(self.queries) & set(other.queries):
            raise NotMergeable(
                f"expected every query's rows in one part, got {min(both)!r} in both"
            )
        return query_scores(
            self.measure,
            self.queries + other.queries,
            np.concatenate([self.values, other.values]),
            np.concatenate([self.weights, other.weights]),
        )

    def digest(self) -> str:
        """SHA-256 over measure, queries, values (undefined ones as null) and weights."""
        values = [None if np.isnan(value) else float(value) for value in self.values]
        return digest_of("query scores", self.measure, self.queries, values, self.weights)


def query_scores(
    measure: str, queries: tuple[str, ...], values: np.ndarray, weights: np.ndarray | None = None
) -> QueryScores:
    """Values in order of the queries; each weighs 1 if nothing else is said."""
    held = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if held.shape != values.shape or not (np.isfinite(held) & (held > 0)).all():
        raise ValueError(f"expected {len(values)} finite weights above 0, got {weights}")
    order = sorted(range(len(queries)), key=queries.__getitem__)
    places = np.array(order, dtype=np.intp)
    named = tuple(queries[place] for place in order)
    return QueryScores(measure, named, frozen(values[places]), frozen(held[places]))


def reduce_ranked(
    table: ibis.Table, *, query: str, score: str, relevance: str, group: str | None = None
) -> Ranked:
    """Fetch and sort the items of every query.

    Parameters
    ----------
    table : ibis.Table
        One row per item shown for a query. Needs about 160 bytes of memory per row.
    query : str
        Column that names the query, nothing missing.
    score : str
        Column of finite numbers; the highest is ranked first.
    relevance : str
        Column of finite numbers of at least 0: how relevant each item is.
    group : str, optional
        Column of the group each item belongs to; missing is a group.

    Returns
    -------
    Ranked
        The same whatever the order of the rows.

    Raises
    ------
    ValueError
        If a query is missing, a score or relevance is no finite number, or a relevance is
        negative; says how many.
    """
    named = table[query]
    asked = {
        "q": as_text(named) if named.type().is_floating() else named,
        "s": table[score].cast("float64"),
        "r": table[relevance].cast("float64"),
    }
    if group is not None:
        asked["g"] = as_group(table[group])
    rows = table.select(**asked)
    fetched = rows.to_pyarrow()
    _check(rows, fetched, query, score, relevance)
    queries, codes = _encoded(fetched["q"])
    groups, members = _groups(fetched)
    scores, relevant = (fetched[name].to_numpy() + 0.0 for name in "sr")  # -0.0 is 0.0
    order = np.lexsort((members, -relevant, -scores, codes))
    starts = np.searchsorted(codes[order], np.arange(len(queries) + 1))
    parts = (starts, scores[order], relevant[order], members[order])
    starts, scores, relevant, members = map(frozen, parts)
    return Ranked(queries, starts, scores, relevant, groups, members)


def _check(rows: ibis.Table, fetched: pa.Table, query: str, score: str, relevance: str) -> None:
    if missing := fetched["q"].null_count:
        raise ValueError(f"expected a query in every row of {query!r}, got {missing:,} missing")
    numbers = [fetched[name].to_numpy() for name in "sr"]
    if not all(np.isfinite(values).all() for values in numbers):
        check_finite(rows, {"s": score, "r": relevance})
    if negative := int((numbers[1] < 0).sum()):
        raise ValueError(
            f"expected relevance of at least 0 in {relevance!r}, got {negative:,} below,"
            f" the lowest {numbers[1].min()}"
        )


def _encoded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names in order, and each row's place among them."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    whole = column.combine_chunks().dictionary_encode()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    names = pc.cast(whole.dictionary, pa.string()).to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    places = np.empty(len(names), dtype=np.int64)
    places[order] = np.arange(len(names))
    return tuple(names[place] for place in order), places[whole.indices.to_numpy()]


def _groups(fetched: pa.Table) -> tuple[tuple[str, ...], np.ndarray]:
    if "g" in fetched.column_names:
        return _encoded(fetched["g"])
    return ("",), np.zeros(len(fetched), dtype=np.int64)
