"""Too many groups are refused before they are computed, naming the column at fault."""

from collections.abc import Mapping, Sequence

import ibis

from measures.reduce.missing import as_group


class TooManyLevels(ValueError):
    """Grouping by these columns would make more groups than can be judged or shown."""

    def __init__(self, levels: Mapping[str, int], most: int) -> None:
        self.column = max(levels, key=lambda name: levels[name])
        named = ", ".join(f"{name!r} has {count:,}" for name, count in levels.items())
        super().__init__(
            f"expected at most {most:,} groups, but {self.column!r} has too many distinct"
            f" values ({named}): leave it out, or band its values first"
        )


def too_many(table: ibis.Table, columns: Sequence[str], most: int) -> TooManyLevels:
    """The error for a table whose columns have too many levels, counted exactly."""
    counted = (
        table.aggregate(
            [as_group(table[name]).nunique().name(f"c{i}") for i, name in enumerate(columns)]
        )
        .to_pyarrow()
        .to_pydict()
    )
    levels = {name: counted[f"c{i}"][0] for i, name in enumerate(columns)}
    return TooManyLevels(levels, most)
