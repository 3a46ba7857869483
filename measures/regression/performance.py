"""How far predicted numbers lie from what came true, by group, and how sure we are of it.

Promises: point estimates are scikit-learn's, to the rounding of one float; where scikit-learn
puts a number for something undefined (R² of a constant target, a relative error to 0) there is
None here. Intervals are Student's for means and the delta method for what is made of means.
Cannot: see the uncertainty of errors that all are equal; such a figure has no interval.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import inf, sqrt
from typing import NamedTuple

from scipy.special import stdtrit

from measures.intervals.interval import Interval, check_confidence
from measures.reduce.residuals import ResidualSums

#: How each figure's interval is found.
METHODS = {
    "mean_error": "Student's t",
    "mean_absolute_error": "Student's t",
    "mean_squared_error": "Student's t",
    "root_mean_squared_error": "delta method",
    "r2": "delta method",
    "explained_variance": "delta method",
    "mean_absolute_percentage_error": "Student's t",
    "pinball_loss": "Student's t",
    "median_absolute_error": "order statistics (binomial)",
}

# A variance below this share of the mean square cannot be told from rounding.
_ROUNDING = Fraction(2) ** -50
# Nor one that is not this many times what single values were rounded to.
_COARSE = 1000


class Figure(NamedTuple):
    """One figure of `n` rows. `value` is None where it is undefined; `interval` is None there,
    and where nothing can be said of its uncertainty (one row, or no spread at all)."""

    name: str
    value: float | None
    interval: Interval | None
    n: int
    unit: str


class _Mean(NamedTuple):
    """A mean, and the variance of one value (divisor n); None if it cannot be told from 0."""

    value: Fraction
    variance: Fraction | None


class _Moments(NamedTuple):
    """One group's exact means; `of(power)` is the mean of one of `POWERS`."""

    sums: ResidualSums
    place: int

    @property
    def n(self) -> int:
        return self.sums.rows[self.place]

    def of(self, power: str) -> Fraction:
        return self.sums.total(self.place, power) / self.n

    def mean(self, power: str, square: str) -> _Mean:
        """The mean of a power whose square is another."""
        return _mean(self.of(power), self.of(square), self.sums.resolution(square))


def performance(
    sums: ResidualSums, *, quantiles: Sequence[float] = (), confidence: float = 0.95
) -> dict[tuple[str, ...], list[Figure]]:
    """Every figure of every group.

    Parameters
    ----------
    sums : ResidualSums
        Of any features; ``sums.over(())`` for everybody.
    quantiles : sequence of float
        Levels strictly between 0 and 1 at which the predictions are quantiles; a pinball loss
        for each.
    confidence : float, default 0.95
        Coverage wanted, strictly between 0 and 1.

    Returns
    -------
    dict of tuple of str to list of Figure
        By group. Mean error (bias, prediction − target) and the other errors are in the unit
        of the target, mean squared error in its square; R² and explained variance are
        fractions of at most 1; the mean absolute percentage error is a fraction of at least 0,
        over the rows whose target is not 0.

    Raises
    ------
    ValueError
        If a level or the confidence lies outside its range.

    References
    ----------
    scikit-learn, "Metrics and scoring: regression metrics". R. Koenker, G. Bassett (1978),
    "Regression quantiles", Econometrica 46(1), 33-50. Delta method: A. W. van der Vaart
    (1998), "Asymptotic Statistics", chapter 3.
    """
    check_confidence(confidence)
    if odd := [level for level in quantiles if not 0 < level < 1]:
        raise ValueError(f"expected quantiles strictly between 0 and 1, got {odd}")
    return {
        group: _figures(_Moments(sums, place), quantiles, confidence)
        for place, group in enumerate(sums.groups)
    }


def student_interval(
    mean: float, variance: float | None, n: int, confidence: float, *, least: float = -inf
) -> Interval | None:
    """mean ± t·s/√n, kept above `least`; `variance` has divisor n. None where unknown."""
    if variance is None or n < 2:
        return None
    reach = float(stdtrit(n - 1, (1 + confidence) / 2)) * sqrt(variance / (n - 1))
    return Interval(max(least, mean - reach), mean + reach)


def mean_error(sums: ResidualSums, place: int, *, confidence: float = 0.95) -> Figure:
    """Mean of prediction − target of the group at `place`, with Student's interval."""
    held = _Moments(sums, place)
    return _of_mean("mean_error", held.mean("e", "ee"), held.n, "target", confidence, -inf)


def spread(sums: ResidualSums, place: int) -> float | None:
    """Sample standard deviation (divisor n − 1) of prediction − target; None below two rows."""
    held = _Moments(sums, place)
    if held.n < 2:
        return None
    variance = held.mean("e", "ee").variance or Fraction(0)
    return sqrt(variance * held.n / (held.n - 1))


def mean_target(sums: ResidualSums, place: int) -> float:
    """Mean target of the group at `place`."""
    return float(_Moments(sums, place).of("y") + Fraction(sums.scale.centre))


def mean_prediction(sums: ResidualSums, place: int) -> float:
    """Mean prediction of the group at `place`."""
    held = _Moments(sums, place)
    return float(held.of("y") + held.of("e") + Fraction(sums.scale.centre))


def _figures(held: _Moments, quantiles: Sequence[float], confidence: float) -> list[Figure]:
    errors = {
        "mean_error": (held.mean("e", "ee"), "target", -inf),
        "mean_absolute_error": (held.mean("|e|", "ee"), "target", 0.0),
        "mean_squared_error": (held.mean("ee", "eeee"), "target squared", 0.0),
    }
    return [
        *(
            _of_mean(name, mean, held.n, unit, confidence, least)
            for name, (mean, unit, least) in errors.items()
        ),
        _root(errors["mean_squared_error"][0], held.n, confidence),
        _determination("r2", held, Fraction(0), confidence),
        _determination("explained_variance", held, held.of("e"), confidence),
        _relative(held, confidence),
        *(_pinball(held, level, confidence) for level in quantiles),
    ]


def _mean(mean: Fraction, of_squares: Fraction, resolution: Fraction) -> _Mean:
    variance = of_squares - mean * mean
    told = variance > max(_ROUNDING * of_squares, _COARSE * resolution)
    return _Mean(mean, variance if told else None)


def _of_mean(name: str, mean: _Mean, n: int, unit: str, confidence: float, least: float) -> Figure:
    value, variance = float(mean.value), mean.variance
    known = None if variance is None else float(variance)
    return Figure(name, value, student_interval(value, known, n, confidence, least=least), n, unit)


def _root(squared: _Mean, n: int, confidence: float) -> Figure:
    """Of a mean square M with variance s²: √M has variance s²/4M."""
    value = sqrt(squared.value)
    known = squared.variance
    variance = None if known is None else float(known / squared.value) / 4
    interval = student_interval(value, variance, n, confidence, least=0.0)
    return Figure("root_mean_squared_error", value, interval, n, "target")


def _determination(name: str, held: _Moments, shift: Fraction, confidence: float) -> Figure:
    """1 − M/V, of the mean square M of errors less `shift` and the variance V of the target.

    To first order it moves by −(u − k·v)/V, with u the squared error, v the squared distance
    of the target from its mean, and k = M/V; the interval is that of the mean of these.
    """
    target = held.mean("y", "yy")
    if held.n < 2 or target.variance is None:
        return Figure(name, None, None, held.n, "fraction")
    squared = held.of("ee") - 2 * shift * held.of("e") + shift * shift
    ratio = squared / target.variance
    value, variance = float(1 - ratio), _variance(held, shift, ratio) / target.variance**2
    coarse = _COARSE * held.sums.resolution("eeee") / target.variance**2
    known = float(variance) if variance > max(_ROUNDING * ratio**2, coarse) else None
    interval = student_interval(value, known, held.n, confidence)
    if interval is not None:
        interval = Interval(interval.low, min(1.0, interval.high))
    return Figure(name, value, interval, held.n, "fraction")


def _variance(held: _Moments, shift: Fraction, ratio: Fraction) -> Fraction:
    """Variance of u − k·v, whose mean is 0; from moments about `shift` and the mean target."""
    of, a, m = held.of, shift, held.of("y")
    uu = of("eeee") - 4 * a * of("eee") + 6 * a**2 * of("ee") - 4 * a**3 * of("e") + a**4
    vv = of("yyyy") - 4 * m * of("yyy") + 6 * m**2 * of("yy") - 3 * m**4
    uv = (
        of("eeyy") - 2 * m * of("eey") + m**2 * of("ee")
        - 2 * a * (of("eyy") - 2 * m * of("ey") + m**2 * of("e"))
        + a**2 * (of("yy") - m**2)
    )  # fmt: skip
    return uu - 2 * ratio * uv + ratio**2 * vv


def _relative(held: _Moments, confidence: float) -> Figure:
    """Over the rows whose target is not 0."""
    name, unit = "mean_absolute_percentage_error", "fraction"
    n = held.n - held.sums.undefined[held.place]
    if not n:
        return Figure(name, None, None, 0, unit)
    mean, of_squares = (held.sums.total(held.place, power) / n for power in ("r", "rr"))
    found = _mean(mean, of_squares, held.sums.resolution("rr"))
    return _of_mean(name, found, n, unit, confidence, 0.0)


def _pinball(held: _Moments, level: float, confidence: float) -> Figure:
    """Errors below the target weigh `level`, errors above it 1 − `level`."""
    below, above = Fraction(level), 1 - Fraction(level)
    e, size, ee, signed = (held.of(power) for power in ("e", "|e|", "ee", "e|e|"))
    mean = (below * (size - e) + above * (size + e)) / 2
    of_squares = (below**2 * (ee - signed) + above**2 * (ee + signed)) / 2
    found = _mean(mean, of_squares, held.sums.resolution("ee"))
    return _of_mean(f"pinball_loss_{level:g}", found, held.n, "target", confidence, 0.0)
