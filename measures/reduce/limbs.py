"""Fractions cut into whole numbers, whose sums every engine forms exactly and alike.

Adding floats depends on the order of the rows, and an engine with threads has none; engines'
decimals differ in their last digits. Whole numbers of 30 bits do neither: the sum of 2³³ of
them fits an integer of 64 bits.
"""

from collections.abc import Sequence

import ibis

from measures.reduce.finite import float_of

#: Bits that one whole number holds.
LIMB = 30

#: Of how many whole numbers a value is made, unless said otherwise.
_LIMBS = 3

#: The sums' unit is ``2**-BITS``: what lies below it of a single value is cut off.
BITS = LIMB * _LIMBS


def cut(value: ibis.Value, limbs: int = _LIMBS) -> list[ibis.Value]:
    """Whole numbers that hold a float in [-1, 1], the most significant first.

    NULL stays NULL, which sums leave out.
    """
    rest, wholes = value * float_of(2.0**LIMB), []
    for _ in range(limbs):
        whole = rest.floor().cast("int64")
        wholes.append(whole)
        rest = (rest - whole) * float_of(2.0**LIMB)
    return wholes


def sums_of(value: ibis.Value, name: str, limbs: int = _LIMBS) -> dict[str, ibis.Value]:
    """The aggregates that `joined` makes one sum of, named ``name0``, ``name1``, …"""
    return {f"{name}{place}": limb.sum() for place, limb in enumerate(cut(value, limbs))}


def names_of(name: str, limbs: int = _LIMBS) -> list[str]:
    """The names that `sums_of` gives its aggregates."""
    return [f"{name}{place}" for place in range(limbs)]


def joined(sums: Sequence[int | None]) -> int:
    """The sum of the values, in units of the last limb; 0 where there were none."""
    total = 0
    for limb in sums:
        total = (total << LIMB) + int(limb or 0)
    return total
