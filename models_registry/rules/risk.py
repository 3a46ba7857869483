"""The risk tier of a use case follows from plain questions; it is not typed in.

Version 1 of the questionnaire. The tiers lean on Regulation (EU) 2024/1689: Article 5
(prohibited), Article 6 with Annex III (high), Article 50 (limited). It is a sorting aid for
governance, not legal advice.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Tier = Literal["minimal", "limited", "high", "prohibited"]

VERSION = 1

#: From the least harm to the most.
TIERS: tuple[Tier, ...] = ("minimal", "limited", "high", "prohibited")


class Question(NamedTuple):
    """One question, answered yes or no, and the tier a yes leads to."""

    key: str
    text: str
    tier: Tier
    because: str


class Assessment(NamedTuple):
    """The tier, and the sentence that says why."""

    tier: Tier
    reason: str


QUESTIONS = (
    Question(
        "social_scoring",
        "Does it score people on their behaviour in life at large, to their detriment elsewhere?",
        "prohibited",
        "it scores people on their social behaviour (Article 5(1)(c))",
    ),
    Question(
        "manipulates",
        "Does it push people by manipulation or by exploiting their weaknesses?",
        "prohibited",
        "it manipulates people or exploits weaknesses (Article 5(1)(a) and (b))",
    ),
    Question(
        "decides_about_people",
        "Does it decide, or help decide, what a person gets: credit, work, a home, insurance,"
        " schooling, care, benefits?",
        "high",
        "it bears on a person's access to essential services or work (Annex III)",
    ),
    Question(
        "safety_component",
        "Could its failure endanger somebody's health or safety?",
        "high",
        "its failure could endanger health or safety (Article 6(1))",
    ),
    Question(
        "profiles_people",
        "Does it profile people, or use what is known about individuals?",
        "limited",
        "it uses what is known about individuals",
    ),
    Question(
        "talks_to_people",
        "Do people talk to it, or see content it made, without a person in between?",
        "limited",
        "people meet it directly and must be told so (Article 50)",
    ),
)


def assess(answers: Mapping[str, bool]) -> Assessment:
    """The highest tier any yes leads to. Raises ValueError if an answer is missing or odd."""
    _check(answers)
    reasons = [question for question in QUESTIONS if answers[question.key]]
    if not reasons:
        return Assessment("minimal", "Minimal: every question was answered with no.")
    tier = max((question.tier for question in reasons), key=TIERS.index)
    because = "; ".join(question.because for question in reasons if question.tier == tier)
    return Assessment(tier, f"{tier.capitalize()}: {because}.")


def _check(answers: Mapping[str, bool]) -> None:
    if not isinstance(answers, Mapping):
        raise ValueError(
            f"expected answers to be a mapping of questions to answers, got {answers!r}"
        )
    keys = [question.key for question in QUESTIONS]
    if unknown := sorted(set(answers) - set(keys)):
        raise ValueError(f"expected answers to {', '.join(keys)}; got {', '.join(unknown)}")
    for key in keys:
        if not isinstance(answers.get(key), bool):
            got = repr(answers[key]) if key in answers else "no answer"
            raise ValueError(f"expected {key} to be answered with true or false, got {got}")
