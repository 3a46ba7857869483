"""Which columns are missing together, and how many rows are complete."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis

from measures.reduce.missing import without_nan
from measures.reduce.statistic import check_same, digest_of

#: Patterns one reduction may return; two columns have up to four.
MOST_PATTERNS = 10_000


class TooManyPatterns(ValueError):
    """Values are missing in more combinations of columns than may be returned."""


@dataclass(frozen=True)
class MissingPatterns:
    """Rows by the set of columns that have no value in them. Mergeable.

    ``patterns[i]`` has True for each of `columns` that is missing, `counts[i]` its rows.
    """

    columns: tuple[str, ...]
    patterns: tuple[tuple[bool, ...], ...]
    counts: tuple[int, ...]

    def __add__(self, other: "MissingPatterns") -> "MissingPatterns":
        check_same("columns", self.columns, other.columns)
        both = dict(zip(self.patterns, self.counts, strict=True))
        for pattern, count in zip(other.patterns, other.counts, strict=True):
            both[pattern] = both.get(pattern, 0) + count
        return _patterns(self.columns, both)

    def digest(self) -> str:
        """SHA-256 over columns, patterns and counts."""
        return digest_of("missing patterns", self.columns, self.patterns, self.counts)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return sum(self.counts)

    @property
    def incomplete(self) -> int:
        """Rows with at least one value missing."""
        held = zip(self.patterns, self.counts, strict=True)
        return sum(count for pattern, count in held if any(pattern))

    def together(self, first: str, second: str) -> int:
        """Rows in which both columns are missing."""
        one, other = self.columns.index(first), self.columns.index(second)
        held = zip(self.patterns, self.counts, strict=True)
        return sum(count for pattern, count in held if pattern[one] and pattern[other])


def reduce_missing_patterns(
    table: ibis.Table, columns: Sequence[str], *, most: int = MOST_PATTERNS
) -> MissingPatterns:
    """Count rows by the columns that are missing in them, in one pass.

    Parameters
    ----------
    table : ibis.Table
        Any number of rows.
    columns : sequence of str
        Columns to look at: those known to have missing values are enough.
    most : int
        Patterns allowed.

    Returns
    -------
    MissingPatterns
        NULL and NaN are missing.

    Raises
    ------
    TooManyPatterns
        If there are more patterns than allowed.
    """
    flags = [without_nan(table[name]).isnull().name(f"m{i}") for i, name in enumerate(columns)]
    counted = table.group_by(flags).aggregate(n=table.count()) if flags else None
    if counted is None:
        return _patterns((), {(): int(table.count().to_pyarrow().as_py())})
    answer = counted.limit(most + 1).to_pyarrow().to_pydict()
    if len(answer["n"]) > most:
        raise TooManyPatterns(
            f"expected at most {most:,} combinations of missing columns, got more: look at"
            f" fewer than {len(columns)} columns at once"
        )
    patterns = zip(*(answer[f"m{i}"] for i in range(len(columns))), strict=True)
    return _patterns(tuple(columns), dict(zip(patterns, answer["n"], strict=True)))


def _patterns(columns: tuple[str, ...], counted: dict[tuple[bool, ...], int]) -> MissingPatterns:
    patterns = tuple(sorted(pattern for pattern, count in counted.items() if count))
    return MissingPatterns(columns, patterns, tuple(counted[pattern] for pattern in patterns))
