"""What small errors in the data do to a model's answers.

A model whose decisions flip under an error that people make every day decides by that error.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from measures.explain.sampling import check_features, replaced
from measures.intervals.bootstrap import stream
from measures.robustness.perturbation import noisy, without
from measures.robustness.response import Baseline, Response, respond


def under_noise(
    base: Baseline,
    *,
    levels: Sequence[float] = (0.05, 0.1, 0.25),
    features: Sequence[str] | None = None,
) -> list[Response]:
    """Answers when all features, or those named, carry independent errors at once.

    At level 0.1 a number is off by Gaussian noise of a tenth of its standard deviation over the
    rows, and a tenth of the categories are replaced by another that occurs. The same draws serve
    every level, so that levels can be compared.

    Parameters
    ----------
    base : Baseline
        People as they are.
    levels : sequence of float, default (0.05, 0.1, 0.25)
        Standard deviations and rates, above 0, rates up to 1.
    features : sequence of str, optional
        All by default.

    Returns
    -------
    list of Response
        One per level, named ``"noise 0.1"``.

    Raises
    ------
    ValueError
        If a level is not above 0 or a feature is absent.
    """
    names = _named(base, features)
    return [respond(base, f"noise {level:g}", _with_noise(base, names, level)) for level in levels]


def under_missing(
    base: Baseline,
    *,
    rates: Sequence[float] = (0.05, 0.2),
    features: Sequence[str] | None = None,
) -> list[Response]:
    """Answers when values go missing completely at random, in all features or those named.

    Where the model refuses a row for it, the row counts as refused. Real values seldom go
    missing at random: people with a value missing may differ from the others.

    Parameters
    ----------
    base : Baseline
        People as they are.
    rates : sequence of float, default (0.05, 0.2)
        Share of each feature's values, in (0, 1].
    features : sequence of str, optional
        All by default.

    Returns
    -------
    list of Response
        One per rate, named ``"missing 0.05"``.

    Raises
    ------
    ValueError
        If a rate is outside its range or a feature is absent.
    """
    names = _named(base, features)
    return [respond(base, f"missing {rate:g}", _with_missing(base, names, rate)) for rate in rates]


def each_missing(base: Baseline, *, features: Sequence[str] | None = None) -> list[Response]:
    """Answers when one feature is missing for everybody, feature by feature.

    Returns
    -------
    list of Response
        One per feature, named ``"income missing"``.
    """
    everybody = np.ones(base.rows.num_rows, dtype=bool)
    return [
        respond(
            base,
            f"{name} missing",
            replaced(base.rows, name, without(base.rows.column(name), everybody)),
        )
        for name in _named(base, features)
    ]


def _named(base: Baseline, features: Sequence[str] | None) -> Sequence[str]:
    names = base.rows.column_names if features is None else features
    check_features(base.rows, names)
    return names


def _with_noise(base: Baseline, names: Sequence[str], level: float) -> pa.Table:
    if not level > 0:
        raise ValueError(f"levels of noise must be above 0, got {level}")
    frozen, rows = stream(base.seed), base.rows
    for name in names:
        rows = replaced(rows, name, noisy(rows.column(name), level, frozen))
    return rows


def _with_missing(base: Baseline, names: Sequence[str], rate: float) -> pa.Table:
    if not 0 < rate <= 1:
        raise ValueError(f"rates of missing values must be within (0, 1], got {rate}")
    frozen, rows = stream(base.seed), base.rows
    for name in names:
        rows = replaced(rows, name, without(rows.column(name), frozen.rand(rows.num_rows) < rate))
    return rows
