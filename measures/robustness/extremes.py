"""What a model does with input it can never have learnt from.

Refusing is an answer, and often the right one; a confident score far outside the data is not.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from measures.explain.dependence import plain
from measures.explain.sampling import as_floats, check_features, is_number, replaced
from measures.robustness.perturbation import always, numbers_like, unseen
from measures.robustness.response import Baseline, Response, respond


def out_of_range(
    base: Baseline,
    *,
    factor: float = 1.0,
    ranges: dict[str, tuple[float, float]] | None = None,
    features: Sequence[str] | None = None,
) -> list[Response]:
    """Answers when one feature is out of its range for everybody, feature by feature.

    A number is set to its largest value plus `factor` times its range, and to its smallest less
    that; text to a category that does not occur. Booleans have no such value and are left out,
    as are numbers that are nowhere known.

    Parameters
    ----------
    base : Baseline
        People as they are.
    factor : float, default 1.0
        How far beyond, in ranges; above 0.
    ranges : dict of str to (low, high), optional
        The ranges of the training data; those of the rows where not given.
    features : sequence of str, optional
        All by default.

    Returns
    -------
    list of Response
        Named ``"income above range"``, ``"income below range"``, ``"housing unseen"``.

    Raises
    ------
    ValueError
        If the factor is not above 0, a range is not one, or a feature is absent.
    """
    if not factor > 0:
        raise ValueError(f"factor must be above 0, got {factor}")
    names = base.rows.column_names if features is None else features
    check_features(base.rows, names)
    known = ranges or {}
    return [
        respond(base, change, replaced(base.rows, name, column))
        for name in names
        for change, column in _extremes(name, base.rows.column(name), factor, known.get(name))
    ]


def _extremes(
    name: str, column: pa.ChunkedArray, factor: float, known: tuple[float, float] | None
) -> Iterator[tuple[str, pa.Array]]:
    kind = plain(column.type)
    if is_number(kind):
        limits = known or _range(column)
        if limits is None:
            return
        low, high = limits
        if not low <= high:
            raise ValueError(f"expected a range of {name!r} from low to high, got {low} to {high}")
        # a constant has no range: its own size, or 1, stands for it
        beyond = factor * ((high - low) or abs(high) or 1.0)
        for side, value in (("above", high + beyond), ("below", low - beyond)):
            yield f"{name} {side} range", numbers_like(column, np.full(len(column), value))
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield f"{name} unseen", always(column, unseen(column))


def _range(column: pa.ChunkedArray) -> tuple[float, float] | None:
    values = as_floats(column)
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else None
