"""Numbers as people read them, never rounded across the bound they are compared with."""

from decimal import ROUND_HALF_EVEN, Decimal

PLACES = 4


def shown(number: Decimal | None, *bounds: Decimal | None) -> str:
    """The number with as few decimals as keep it on its own side of every bound."""
    if number is None:
        return "not computed"
    for places in range(PLACES, 16, 2):
        text = _rounded(number, places)
        if all(_same_side(number, Decimal(text), bound) for bound in bounds):
            return text
    return format(number, "f")


def _rounded(number: Decimal, places: int) -> str:
    """Rounded and without trailing zeros; an enormous number as it is."""
    if abs(number) >= Decimal(10) ** 15:
        return str(number)
    text = format(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _same_side(number: Decimal, written: Decimal, bound: Decimal | None) -> bool:
    return bound is None or ((number > bound) - (number < bound)) == (
        (written > bound) - (written < bound)
    )
