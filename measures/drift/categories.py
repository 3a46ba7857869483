"""Categories that have come, and those that have gone."""

from typing import NamedTuple

from measures.intervals.interval import UNINFORMATIVE, Interval
from measures.intervals.wilson import wilson_interval
from measures.reduce.categories import CategoryCounts


class CategoryChange(NamedTuple):
    """Categories on one side only, as (name, rows), most rows first.

    `share` is the part of the current known rows that are in new categories, a fraction in
    [0, 1] with Wilson's interval (NaN and [0, 1] where no value is known); `n` those rows. A
    vanished category may only be rare: its reference rows say how many would be expected.
    """

    new: tuple[tuple[str, int], ...]
    vanished: tuple[tuple[str, int], ...]
    share: float
    interval: Interval
    n: int


def category_change(
    reference: CategoryCounts, current: CategoryCounts, *, confidence: float = 0.95
) -> CategoryChange:
    """Which categories are new and which have vanished; missing values are not a category.

    Parameters
    ----------
    reference, current : CategoryCounts
        Rows by value.
    confidence : float, default 0.95
        Coverage wanted of the share's interval, strictly between 0 and 1.
    """
    new, vanished = _only(current, reference), _only(reference, current)
    rows, n = sum(count for _, count in new), sum(current.counts)
    if not n:
        return CategoryChange(new, vanished, float("nan"), UNINFORMATIVE, 0)
    interval = wilson_interval(rows, n, confidence=confidence)
    return CategoryChange(new, vanished, rows / n, interval, n)


def _only(here: CategoryCounts, there: CategoryCounts) -> tuple[tuple[str, int], ...]:
    known = {level for level, count in there.as_dict().items() if count}
    held = here.most_frequent(len(here.levels))
    return tuple((level, count) for level, count in held if count and level not in known)
