"""People counted by group and score where nobody knows yet what came true."""

from collections.abc import Sequence

import ibis
import numpy as np

from measures.reduce import guard
from measures.reduce.grouped_scores import MOST_ENTRIES, MOST_GROUPS, GroupedScores, group_codes
from measures.reduce.missing import as_group
from measures.reduce.scores import score_counts

_SHOWN = 5


def reduce_unlabelled_scores(
    table: ibis.Table,
    features: Sequence[str],
    *,
    score: str,
    most_groups: int = MOST_GROUPS,
    most_entries: int = MOST_ENTRIES,
) -> GroupedScores:
    """Count the rows of a table by group and score, in one pass.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    score : str
        Column of finite numbers, nothing missing.
    most_groups, most_entries : int
        Groups, and pairs of group and score, allowed.

    Returns
    -------
    GroupedScores
        Everybody counted with label 0: only totals mean something.

    Raises
    ------
    TooManyLevels
        If there are more groups than allowed; names the feature with most levels.
    ValueError
        If there are more pairs of group and score than allowed, or a score is missing, NaN or
        infinite; says how many rows are concerned.
    """
    keys = [as_group(table[feature]).name(f"g{i}") for i, feature in enumerate(features)]
    keys.append(table[score].cast("float64").name("score"))
    asked = table.group_by(keys).aggregate(n=table.count()).limit(most_entries + 1)
    counted = asked.to_pyarrow()
    codes, groups = group_codes(counted, len(features))
    if len(groups) > most_groups:
        raise guard.too_many(table, features, most_groups)
    if len(counted) > most_entries:
        raise ValueError(
            f"expected at most {most_entries:,} pairs of group and score, got more: round {score!r}"
        )
    scores, people = counted["score"].to_numpy(), counted["n"].to_numpy().astype(np.int64)
    check_finite(score, scores, people)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(1, len(groups)))
    parts = zip(*(np.split(part[order], bounds) for part in (scores, people)), strict=True)
    held = [score_counts(own, n, np.zeros_like(n)) for own, n in parts] if groups else []
    return GroupedScores(tuple(features), groups, tuple(held))


def check_finite(column: str, scores: np.ndarray, rows: np.ndarray) -> None:
    """Raise ValueError if a score that `rows` people have is missing, NaN or infinite."""
    odd = ~np.isfinite(scores)
    if not odd.any():
        return
    named = ["missing or NaN" if np.isnan(value) else str(value) for value in scores[odd]]
    raise ValueError(
        f"expected finite numbers in {column!r}, got {int(rows[odd].sum()):,} rows of others,"
        f" first: {', '.join(sorted(named)[:_SHOWN])}"
    )
