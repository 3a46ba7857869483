"""How far the groups of a feature lie apart, in every way that Fairlearn knows.

Each metric's difference and ratio, between groups and of groups to everybody, and the
disparities that have a name of their own. All come from the same resampled people.
"""

from collections.abc import Sequence

from measures.fairness import groups as fairness
from measures.fairness import kernel
from measures.fairness.groups import Gap, Method
from measures.intervals import bca, bootstrap
from measures.intervals.bootstrap import Drawing
from measures.measured import Measured
from measures.reduce.cells import Cells

_FORMS = ("difference", "ratio", "difference_to_overall", "ratio_to_overall")

#: The disparities of a feature: those that policies speak of first, then all others.
NAMES = tuple(
    dict.fromkeys(
        [
            *kernel.Gaps._fields,
            *(each.name for each in kernel.DISPARITIES.values() if each.form in _FORMS),
        ]
    )
)

#: What the report calls each method of finding an interval.
METHOD_OF: dict[Method, str] = {"percentile": bootstrap.METHOD, "bca": bca.METHOD}


def found(cells: Cells, drawing: Drawing, method: Method) -> list[Gap]:
    """Every disparity of a feature or intersection, in the order of `NAMES`."""
    return fairness.all_gaps(cells, drawing, names=NAMES, method=method)


def as_measures(cells: Cells, gaps: Sequence[Gap]) -> list[Measured]:
    """Disparities as measures; n is the smallest group."""
    about = {"feature": fairness.feature_name(cells)}
    smallest = int(cells.sizes.min())
    return [
        Measured(gap.name, gap.value, *gap.interval, n=smallest, unit="fraction", slice=about)
        for gap in gaps
    ]


def undefined(gaps: Sequence[Gap]) -> list[str]:
    """Names of those that compare a rate nobody could count towards: their interval is [0, 1]."""
    return [gap.name for gap in gaps if not gap.defined]


def other_methods(gaps: Sequence[Gap], method: Method) -> dict[str, list[str]]:
    """Names of those whose interval had to be found otherwise than asked, by how it was."""
    otherwise: dict[str, list[str]] = {}
    for gap in gaps:
        if gap.defined and gap.method != METHOD_OF[method]:
            otherwise.setdefault(gap.method, []).append(gap.name)
    return otherwise
