"""What has to be settled before counts can be compared: the bins, and what an empty one counts.

No convention is right; they give different numbers for the same rows, so the one in use
belongs beside every figure. Two of the presets give other tools' figures to 1e-12.
"""

from typing import Literal, NamedTuple

#: What the share of an empty bin counts as in the population stability index.
EmptyShare = Literal["millionth", "ten_thousandth"]


class Convention(NamedTuple):
    """How two columns are brought to counts and compared.

    Parameters
    ----------
    bins : {"deciles", "doane", "sturges_of_both"}
        Bins of a numeric column: tenths of the reference; of equal width over the reference,
        as many as Doane's rule says; of equal width over both columns, as many as Sturges's
        rule says for the rows of both.
    few : int
        A numeric column whose reference has at most this many distinct values is counted by
        value.
    outside : {"outermost", "apart"}
        Values beyond the edges fall into the outermost bins, or into one bin of their own.
    missing : {"a_bin", "left_out"}
        Whether missing values are a bin. Left out, shares are of known values.
    empty : {"millionth", "ten_thousandth"}
        Shares below 1e-6 count as 1e-6; or shares of zero count as 1e-4, but as a millionth
        of the side's smallest other share where that is 1e-4 or less.
    log_base : float
        Base of the logarithm in the Jensen-Shannon distance: with 2 it lies in [0, 1], with e
        in [0, 0.8326].

    References
    ----------
    H. A. Sturges (1926), "The choice of a class interval", J. Amer. Statist. Assoc. 21(153),
    65-66. D. P. Doane (1976), "Aesthetic frequency classifications", Amer. Statist. 30(4),
    181-183.
    """

    bins: Literal["deciles", "doane", "sturges_of_both"] = "deciles"
    few: int = 0
    outside: Literal["outermost", "apart"] = "outermost"
    missing: Literal["a_bin", "left_out"] = "a_bin"
    empty: EmptyShare = "millionth"
    log_base: float = 2.0


#: What the reports use: ten bins of the reference, which a stored baseline can answer for.
DECILES = Convention()

#: Evidently 0.7: its PSI and its Jensen-Shannon distance (natural logarithm) of every column.
#: Bins need the range of both columns, so a stored baseline cannot answer for numbers.
STURGES_OF_BOTH = Convention(
    "sturges_of_both", 20, "apart", "left_out", "ten_thousandth", 2.718281828459045
)

#: NannyML 0.13: its Jensen-Shannon distance (base 2) and Hellinger distance of every column.
DOANE_OF_REFERENCE = Convention("doane", 0, "apart", "left_out", "millionth", 2.0)
