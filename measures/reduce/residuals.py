"""How far predicted numbers lie from what came true, summed by group: all a regression needs.

Promises: the same sums to the last bit whatever the order of the rows, the number of threads
or the engine, and a part plus a part is the whole. Each product is split into multiples of
fixed powers of two small enough that adding up to 2³⁰ of them as floats never rounds.
Cannot: see what is smaller than 2⁻⁷² (first powers) or 2⁻⁹⁶ (products) of the largest such
value of the table, which matters only to a group whose errors are that much smaller.

The splitting is that of J. Demmel, H. D. Nguyen (2013), "Fast reproducible floating-point
summation", 21st IEEE Symposium on Computer Arithmetic, 163-172.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import ibis

from measures.reduce import guard
from measures.reduce.finite import LARGEST, all_finite, check_finite, float_of
from measures.reduce.missing import as_group
from measures.reduce.statistic import check_same, digest_of
from measures.reduce.sums import exponent_for

#: Groups one reduction may return.
MOST_GROUPS = 10_000

#: Rows of one group that one reduction may add without rounding.
MOST_ROWS = 2**30

_BITS = 24  # that one part of a value holds


class Power(NamedTuple):
    """A product of powers of the error, the centred target and the relative error."""

    error: int = 0
    target: int = 0
    ratio: int = 0
    sign: str = ""  # "absolute": of its absolute value; "signed": times the error's sign

    @property
    def parts(self) -> int:
        """Into how many parts a value is split: first powers spread less than products."""
        return 3 if self.error + self.target + self.ratio == 1 else 4


#: What is summed over the rows of a group; e = prediction − target, y = target − centre.
POWERS = {
    "e": Power(error=1),
    "y": Power(target=1),
    "|e|": Power(error=1, sign="absolute"),
    "ee": Power(error=2),
    "ey": Power(error=1, target=1),
    "yy": Power(target=2),
    "e|e|": Power(error=2, sign="signed"),
    "r": Power(ratio=1),
    "rr": Power(ratio=2),
    "eee": Power(error=3),
    "eey": Power(error=2, target=1),
    "eyy": Power(error=1, target=2),
    "yyy": Power(target=3),
    "eeee": Power(error=4),
    "eeyy": Power(error=2, target=2),
    "yyyy": Power(target=4),
}
_PLACES = {name: place for place, name in enumerate(POWERS)}


class Scale(NamedTuple):
    """In what units sums are held: targets less `centre`, all divided by powers of two.

    ``2**target`` bounds \\|target − centre\\|, ``2**error`` the absolute error, ``2**ratio`` the
    absolute relative error. Only sums of one scale can be added: take that of the first part
    with room to spare, and give it to the others.
    """

    centre: float = 0.0
    target: int = 0
    error: int = 0
    ratio: int = 0


@dataclass(frozen=True)
class ResidualSums:
    """Exact sums per group.

    `features` are the grouping columns; ``groups[i]`` has one level of each and is sorted;
    `rows` counts people; `undefined` those of them whose target is 0, who have no relative
    error; ``totals[i]`` has one whole number for each of `POWERS`, in units of the scale.
    """

    features: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    undefined: tuple[int, ...]
    totals: tuple[tuple[int, ...], ...]
    scale: Scale

    def __add__(self, other: "ResidualSums") -> "ResidualSums":
        check_same("features", self.features, other.features)
        check_same("scale", self.scale, other.scale)
        return _summed(
            self.features,
            self.groups + other.groups,
            (*_counted(self), *_counted(other)),
            self.scale,
        )

    def digest(self) -> str:
        """SHA-256 over all it holds, sums as text since they pass the range of JSON numbers."""
        totals = [[str(total) for total in group] for group in self.totals]
        parts = (self.features, self.groups, self.rows, self.undefined, totals, self.scale)
        return digest_of("residuals", *parts)

    def over(self, features: Sequence[str]) -> "ResidualSums":
        """The sums of some of the features: people summed over the others; `()` for everybody."""
        places = [self.features.index(feature) for feature in features]
        groups = tuple(tuple(group[place] for place in places) for group in self.groups)
        return _summed(tuple(features), groups, _counted(self), self.scale)

    def total(self, place: int, power: str) -> Fraction:
        """The sum of one of `POWERS` over the rows of the group at `place`, exactly.

        Targets are less the scale's centre; the unit is that of the columns.
        """
        return self.totals[place][_PLACES[power]] * self.resolution(power)

    def resolution(self, power: str) -> Fraction:
        """What the value of one row is rounded to before it is added, in the same unit."""
        what, scale = POWERS[power], self.scale
        exponent = what.error * scale.error + what.target * scale.target + what.ratio * scale.ratio
        return Fraction(2) ** (exponent - _unit(what.parts))


def reduce_residuals(
    table: ibis.Table,
    features: Sequence[str],
    *,
    target: str,
    prediction: str,
    scale: Scale | None = None,
    most: int = MOST_GROUPS,
) -> ResidualSums:
    """Sum errors, targets and their products by group, after one cheap pass for their range.

    Parameters
    ----------
    table : ibis.Table
        One row per person.
    features : sequence of str
        Columns to group by; none gives the one group of everybody.
    target, prediction : str
        Numeric columns, all finite, nothing missing.
    scale : Scale, optional
        Units to sum in, which must hold all values; by default those of this table.
    most : int
        Groups allowed; more are refused, not summed.

    Returns
    -------
    ResidualSums
        Only groups that somebody belongs to; none of an empty table.

    Raises
    ------
    TooManyLevels
        If there are more groups than allowed; names the feature with most levels.
    ValueError
        If a target or prediction is missing, NaN or infinite (says how many and shows the
        first), if a value lies outside the scale, or if a group has more than `MOST_ROWS`.
    """
    rows = table.select(
        *(as_group(table[name]).name(f"g{i}") for i, name in enumerate(features)),
        y=table[target].cast("float64"),
        p=table[prediction].cast("float64"),
    )
    found = _range(rows, target, prediction)
    if found is None:
        return _summed(tuple(features), (), (), scale or Scale())
    held = scale or _fitting(found)
    _check_holds(held, found)
    answer = _queried(rows, len(features), held, most + 1)
    if len(answer["n"]) > most:
        raise guard.too_many(table, features, most)
    _check_rows(answer["n"])
    levels = [answer[f"g{place}"] for place in range(len(features))]
    groups = tuple(zip(*levels, strict=True)) if features else ((),) * len(answer["n"])
    return _summed(tuple(features), groups, _exact(answer), held)


class _Range(NamedTuple):
    """Smallest and largest target, largest absolute error and relative error."""

    low: float
    high: float
    error: float
    ratio: float


def _range(rows: ibis.Table, target: str, prediction: str) -> _Range | None:
    """What values there are, once they are known to be numbers; None of no rows."""
    error = (rows.p - rows.y).abs()
    asked = {
        "rows": rows.count(),
        "known": all_finite([rows.y, rows.p]).sum().fill_null(0),
        "low": rows.y.min(),
        "high": rows.y.max(),
        "error": error.max(),
        "ratio": _relative(rows).max().fill_null(0.0),  # where every target is 0
    }
    answer = rows.aggregate(**asked).to_pyarrow().to_pydict()
    count, known, *bounds = (answer[name][0] for name in asked)
    if not count:
        return None
    if known < count:
        check_finite(rows, {"y": target, "p": prediction})
    found = _Range(*bounds)
    if not max(found.error, found.ratio) <= LARGEST:
        raise ValueError(
            f"expected errors of {prediction!r} and their ratios to {target!r} below 1.8e308,"
            f" got errors up to {found.error} and ratios up to {found.ratio}"
        )
    return found


def _fitting(found: _Range) -> Scale:
    """The tightest scale around the middle of the targets."""
    centre = found.low / 2 + found.high / 2
    away = max(found.high - centre, centre - found.low)
    return Scale(centre, *(exponent_for(largest) for largest in (away, found.error, found.ratio)))


def _check_holds(given: Scale, found: _Range) -> None:
    """Refuse values beyond a given scale, which could round where sums must be exact."""
    away = max(abs(Fraction(end) - Fraction(given.centre)) for end in (found.low, found.high))
    largest = (away, Fraction(found.error), Fraction(found.ratio))
    if any(value > Fraction(2) ** bound for value, bound in zip(largest, given[1:], strict=True)):
        raise ValueError(
            f"expected values within {given}, got targets from {found.low} to {found.high},"
            f" errors up to {found.error} and relative errors up to {found.ratio}"
        )


def _check_rows(rows: Sequence[int]) -> None:
    if max(rows) > MOST_ROWS:
        raise ValueError(
            f"expected at most {MOST_ROWS:,} rows in a group, got {max(rows):,}:"
            " reduce the table in parts with one scale, and add these"
        )


def _queried(rows: ibis.Table, features: int, scale: Scale, limit: int) -> dict[str, list[Any]]:
    """The query: one entry per group, its levels under "g0", …, its sums under "s0_0", …."""
    keys = [f"g{place}" for place in range(features)]
    scaled = rows.select(
        *keys,
        e=_scaled(rows.p - rows.y, scale.error),
        y=_scaled(rows.y - float_of(scale.centre), scale.target),
        r=_scaled(_relative(rows), scale.ratio),
    )
    asked = [scaled.count().name("n"), scaled.r.count().name("defined")]
    for i, power in enumerate(POWERS.values()):
        parts = _parts(_product(scaled, power), power.parts)
        asked += [part.sum().name(f"s{i}_{j}") for j, part in enumerate(parts)]
    grouped = scaled.group_by(keys) if keys else scaled
    return grouped.aggregate(asked).limit(limit).to_pyarrow().to_pydict()


def _relative(rows: ibis.Table) -> ibis.Column:
    """Absolute error over absolute target, NULL where the target is 0."""
    return (rows.p - rows.y).abs() / rows.y.abs().nullif(float_of(0.0))


def _scaled(value: ibis.Column, exponent: int) -> ibis.Column:
    """The value over ``2**exponent``, in [-1, 1]; 0 where too small to count, since an
    engine may refuse a product that underflows."""
    small = float_of(2.0 ** max(exponent - 96, -1022))
    halves = exponent // 2  # a factor of 2**1074 would not be a float
    scaled = value * float_of(2.0**-halves) * float_of(2.0 ** (halves - exponent))
    return (value.abs() < small).ifelse(float_of(0.0), scaled)


def _product(scaled: ibis.Table, power: Power) -> ibis.Column:
    """Factors in pairs from the left: one order of rounding everywhere."""
    error = scaled.e.abs() if power.sign == "absolute" else scaled.e
    factors = [error] * power.error + [scaled.y] * power.target + [scaled.r] * power.ratio
    if power.sign == "signed":
        factors[-1] = scaled.e.abs()
    if len(factors) == 4:
        return (factors[0] * factors[1]) * (factors[2] * factors[3])
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product


def _parts(value: ibis.Column, many: int) -> list[ibis.Column]:
    """A value in [-1, 1] as multiples of 2⁻²³, 2⁻⁴⁷, …, which add without rounding.

    Adding and taking away 1.5·2ᵏ rounds to a multiple of 2ᵏ⁻⁵², what is left is exact.
    """
    parts = []
    for part in range(1, many + 1):
        large = float_of(1.5 * 2.0 ** (52 - _unit(part)))
        rounded = (value + large) - large
        parts.append(rounded)
        value = value - rounded
    return parts


def _unit(parts: int) -> int:
    """The last part's values are multiples of 2 to the power of minus this."""
    return _BITS * parts - 1


class _Counted(NamedTuple):
    rows: int
    undefined: int
    totals: tuple[int, ...]


def _exact(answer: dict[str, list[Any]]) -> tuple[_Counted, ...]:
    """The query's answer per group, the parts of each sum put together."""
    return tuple(
        _Counted(
            rows,
            rows - answer["defined"][place],
            tuple(_whole(answer, place, i, power) for i, power in enumerate(POWERS.values())),
        )
        for place, rows in enumerate(answer["n"])
    )


def _whole(answer: dict[str, list[Any]], place: int, i: int, power: Power) -> int:
    sums = [answer[f"s{i}_{j}"][place] or 0.0 for j in range(power.parts)]
    return int(sum(map(Fraction, sums)) * 2 ** _unit(power.parts))


def _counted(sums: ResidualSums) -> tuple[_Counted, ...]:
    return tuple(map(_Counted._make, zip(sums.rows, sums.undefined, sums.totals, strict=True)))


def _summed(
    features: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    counted: tuple[_Counted, ...],
    scale: Scale,
) -> ResidualSums:
    """Sums with equal groups added up and the groups in order."""
    found: dict[tuple[str, ...], _Counted] = {}
    for group, more in zip(groups, counted, strict=True):
        found[group] = _together(found[group], more) if group in found else more
    ordered = tuple(sorted(found))
    rows, undefined, totals = (
        tuple(getattr(found[group], part) for group in ordered) for part in _Counted._fields
    )
    return ResidualSums(features, ordered, rows, undefined, totals, scale)


def _together(one: _Counted, other: _Counted) -> _Counted:
    totals = tuple(map(sum, zip(one.totals, other.totals, strict=True)))
    return _Counted(one.rows + other.rows, one.undefined + other.undefined, totals)
