"""The words a rule answers with."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says about the evidence held."""

    MET = "met"
    NOT_MET = "not_met"
    INSUFFICIENT = "insufficient"
    MISSING = "missing"
    STALE = "stale"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


#: Verdicts that do not stand in the way of an approval.
PASSING = frozenset({Verdict.MET, Verdict.WAIVED, Verdict.NOT_APPLICABLE})

#: Verdicts a waiver can set aside. What is missing or stale is brought, not waived.
WAIVABLE = frozenset({Verdict.NOT_MET, Verdict.INSUFFICIENT})

#: From best to worst, for a rule that is judged on several groups.
SEVERITY = (
    Verdict.NOT_APPLICABLE,
    Verdict.MET,
    Verdict.WAIVED,
    Verdict.INSUFFICIENT,
    Verdict.STALE,
    Verdict.MISSING,
    Verdict.NOT_MET,
)
