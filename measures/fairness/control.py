"""How far groups lie apart among people alike in something else: conditional parity.

Groups can differ because they differ in a control feature (the department applied to, the
kind of loan). Within each level of it they are compared anew, as
``MetricFrame(control_features=...)`` does.
"""

from collections.abc import Sequence
from typing import NamedTuple

from measures.fairness import groups, kernel
from measures.fairness.groups import Gap, Method, joined
from measures.fairness.kernel import Disparities, Evaluation
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells


class Level(NamedTuple):
    """The people of one level of the control features, by the features that are left."""

    level: tuple[str, ...]
    cells: Cells


class Conditional(NamedTuple):
    """Metrics and disparities of one level; `overall` is of the level's people."""

    level: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    evaluation: Evaluation
    disparities: Disparities


class LevelGap(NamedTuple):
    """One disparity within one level, such as "department A"."""

    level: str
    people: int
    gap: Gap


def levels(cells: Cells, control: Sequence[str]) -> list[Level]:
    """Cells taken apart by the levels of the control features.

    Parameters
    ----------
    cells : Cells
        Over control and sensitive features, in any order.
    control : sequence of str
        Some, not all, of the cells' features; none gives one level of everybody.

    Returns
    -------
    list of Level
        In the order of the levels; nobody is left out.

    Raises
    ------
    ValueError
        If a control feature is not among the cells', or no other is left.
    """
    if unknown := sorted(set(control) - set(cells.features)):
        raise ValueError(f"expected control features among {cells.features}, got also {unknown}")
    left = [feature for feature in cells.features if feature not in control]
    if not left:
        raise ValueError(f"expected a sensitive feature beside {list(control)}, got none")
    at = [cells.features.index(feature) for feature in control]
    named = [tuple(group[place] for place in at) for group in cells.groups]
    return [
        Level(level, cells.only([i for i, name in enumerate(named) if name == level]).over(left))
        for level in sorted(set(named))
    ]


def evaluate_within(
    cells: Cells, control: Sequence[str], metrics: Sequence[str] = kernel.METRICS
) -> list[Conditional]:
    """Metrics by group, overall, and disparities within each level of the control features.

    Parameters
    ----------
    cells, control
        As for `levels`.
    metrics : sequence of str
        From `kernel.METRICS`; by default all.

    Returns
    -------
    list of Conditional
        In the order of the levels, as `MetricFrame` with control features has them.

    References
    ----------
    F. Kamiran, I. Žliobaitė, T. Calders (2013), "Quantifying explainable discrimination and
    removing illegal discrimination in automated decision making", Knowl. Inf. Syst. 35, 613-644.
    """
    return [_conditional(*each, metrics) for each in levels(cells, control)]


def gaps_within(
    cells: Cells, control: Sequence[str], drawing: Drawing, *, method: Method = "percentile"
) -> list[LevelGap]:
    """The disparities that policies speak of within each level, with bootstrap intervals.

    Each level's people are resampled by themselves, from the same seed.

    Parameters
    ----------
    cells, control
        As for `levels`.
    drawing, method
        As for `groups.gaps`.

    Returns
    -------
    list of LevelGap
        Level by level; a level with one group has no defined gap.
    """
    return [
        LevelGap(joined(level), people.rows, gap)
        for level, people in levels(cells, control)
        for gap in groups.gaps(people, drawing, method=method)
    ]


def _conditional(level: tuple[str, ...], cells: Cells, metrics: Sequence[str]) -> Conditional:
    evaluation = kernel.evaluate(cells.masses, metrics, people=cells.counts)
    return Conditional(level, cells.groups, evaluation, kernel.disparities(evaluation))
