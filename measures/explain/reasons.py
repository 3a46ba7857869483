"""Why one person's score is as low as it is: the few features that count most against them.

Regulation B (12 CFR 1002.9) asks a creditor for the specific principal reasons of an adverse
action; its official interpretation names, as one method, the factors in which the applicant fell
furthest below applicants at or slightly above the passing score, or below all applicants
(comment 9(b)(2)-5), and holds more than four reasons unlikely to help (9(b)(2)-1). Whether a
feature is a lawful and understandable reason is for people to say; a reason is no promise that
changing the feature would change the decision.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from measures.explain.attribution import ShapleyValues
from measures.explain.dependence import plain, stored_as
from measures.explain.sampling import Score, check_features, is_number, replaced, scored
from measures.intervals.interval import check_confidence

#: More reasons than this are not likely to be helpful (12 CFR 1002.9, comment 9(b)(2)-1).
MOST_REASONS = 4


class Reason(NamedTuple):
    """A feature that lowered the score, by how much (below 0, in its unit), and in words.

    `certain` is False where the standard error of a sampled contribution does not exclude 0.
    """

    feature: str
    value: Any
    reference: Any
    contribution: float
    standard_error: float | None
    certain: bool
    text: str


def shapley_reasons(
    found: ShapleyValues,
    rows: pa.Table,
    row: int,
    *,
    reference: Mapping[str, Any] | None = None,
    most: int = MOST_REASONS,
    confidence: float = 0.95,
) -> tuple[Reason, ...]:
    """Reasons of one row: the features with the most negative Shapley values.

    Parameters
    ----------
    found : ShapleyValues
        Of the rows; the background should be the applicants one compares with.
    rows : pyarrow.Table
        The rows that were explained.
    row : int
        Which one, from 0.
    reference : mapping of str to value, optional
        Values typical of the background (`reference_profile`), for the wording only.
    most : int, default 4
        How many reasons at most.
    confidence : float, default 0.95
        At which a contribution is called certain.

    Returns
    -------
    tuple of Reason
        The strongest first, equal ones by name; features that did not lower the score are
        never reasons, so there may be fewer, or none.

    Raises
    ------
    ValueError
        If there is no such row.
    """
    check_confidence(confidence)
    check_features(rows, found.features)
    if not 0 <= row < len(found.values):
        raise ValueError(f"row must be within [0, {len(found.values) - 1}], got {row}")
    z, typical = float(ndtri((1 + confidence) / 2)), reference or {}
    reasons = []
    for i, name in enumerate(found.features):
        error = None if found.errors is None else float(found.errors[row, i])
        part = float(found.values[row, i])
        value = rows.column(name)[row].as_py()
        certain = part + z * (error or 0.0) < 0
        reasons.append(_reason(name, value, typical.get(name), part, error, certain))
    return _principal(reasons, most)


def profile_reasons(
    score: Score, row: pa.Table, reference: Mapping[str, Any], *, most: int = MOST_REASONS
) -> tuple[Reason, ...]:
    """Reasons of one row by comparison with a reference profile, one feature at a time.

    A feature's contribution is the score as it is less the score with the profile's value in
    its place, everything else left alone. What two features do only together is not seen.

    Parameters
    ----------
    score : callable
        ``score(table)`` gives one finite number per row.
    row : pyarrow.Table of one row
        The person.
    reference : mapping of str to value
        The profile (`reference_profile`); features not in it are left out.
    most : int, default 4
        How many reasons at most.

    Returns
    -------
    tuple of Reason
        Exact; the strongest first, equal ones by name; only features that lowered the score.

    Raises
    ------
    ValueError
        If there is not exactly one row, or a feature is absent.
    """
    if row.num_rows != 1:
        raise ValueError(f"expected one row to give reasons for, got {row.num_rows}")
    check_features(row, list(reference))
    changed = [
        replaced(row, name, _value(value, row.schema.field(name).type))
        for name, value in reference.items()
    ]
    as_it_is, *others = (float(each) for each in _asked(score, row, changed))
    reasons = [
        _reason(name, row.column(name)[0].as_py(), value, as_it_is - other, None, True)
        for (name, value), other in zip(reference.items(), others, strict=True)
    ]
    return _principal(reasons, most)


def just_passing(scores: np.ndarray, threshold: float, *, share: float = 0.1) -> np.ndarray:
    """Places of the people at or slightly above the threshold: the lowest share of the passing.

    At least one person where anybody passes; people with equal scores are in or out together.

    Raises ValueError if nobody passes or the share is not in (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be within (0, 1], got {share}")
    passing = np.sort(scores[scores >= threshold])
    if not len(passing):
        raise ValueError(f"expected somebody at or above {threshold}, got nobody")
    highest = passing[max(0, round(share * len(passing)) - 1)]
    return np.flatnonzero((scores >= threshold) & (scores <= highest))


def reference_profile(rows: pa.Table) -> dict[str, Any]:
    """A typical value of each feature: the median that occurs, or the most frequent category.

    Features without a known value are left out. Ties: the lower number, the first name.
    """
    found = {name: _typical(rows.column(name)) for name in rows.column_names}
    return {name: value for name, value in found.items() if value is not None}


def _asked(score: Score, row: pa.Table, changed: list[pa.Table]) -> np.ndarray:
    return scored(score, pa.concat_tables([row, *changed]).unify_dictionaries().combine_chunks())


def _value(value: Any, kind: pa.DataType) -> pa.Array:
    return stored_as(pa.array([value], plain(kind)), kind)


def _typical(column: pa.ChunkedArray) -> Any:
    known = column.drop_null()
    if not len(known):
        return None
    if not is_number(plain(column.type)):
        counted = known.cast(plain(column.type)).value_counts().to_pylist()
        return min(counted, key=lambda each: (-each["counts"], str(each["values"])))["values"]
    ordered = sorted(value for value in known.to_pylist() if value == value)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def _reason(
    name: str, value: Any, typical: Any, part: float, error: float | None, certain: bool
) -> Reason:
    return Reason(name, value, typical, part, error, certain, _worded(name, value, typical, part))


def _worded(name: str, value: Any, typical: Any, part: float) -> str:
    shown = "missing" if value is None else str(value)
    lowered = f"lowered the score by {abs(part):.3g}"
    if typical is None or typical == value:
        return f"{name} ({shown}) {lowered}"
    if value is None or isinstance(value, str) or isinstance(typical, (str, bool)):
        return f"{name} ({shown}, not {typical}) {lowered}"
    side = "below" if value < typical else "above"
    return f"{name} ({shown}, {side} {typical}) {lowered}"


def _principal(reasons: list[Reason], most: int) -> tuple[Reason, ...]:
    if most < 1:
        raise ValueError(f"most must be at least 1, got {most}")
    against = [each for each in reasons if each.contribution < 0]
    return tuple(sorted(against, key=lambda each: (each.contribution, each.feature))[:most])
