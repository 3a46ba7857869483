"""Badges: a state as one coloured word, where the colour means the same everywhere.

The word always says it too, so nobody has to see the colour.
"""

from enum import StrEnum

from django.utils.html import format_html
from django.utils.safestring import SafeString


class Tone(StrEnum):
    """What a colour means."""

    GOOD = "good"
    BAD = "bad"
    CARE = "care"
    BUSY = "busy"
    QUIET = "quiet"


#: The words of every app's states and verdicts, by what they mean to somebody who decides.
TONES: dict[str, Tone] = {
    **dict.fromkeys(
        ("met", "approved", "approve", "accepted", "succeeded", "live", "in_force", "valid"),
        Tone.GOOD,
    ),
    **dict.fromkeys(
        ("not_met", "rejected", "reject", "failed", "refused", "prohibited", "revoked", "high"),
        Tone.BAD,
    ),
    **dict.fromkeys(
        (
            "insufficient",
            "missing",
            "stale",
            "returned",
            "expired",
            "limited",
            "restricted",
            "disputed",
            "rolled_back",
            "error",
            "missing_evidence",
            "partly",
        ),
        Tone.CARE,
    ),
    **dict.fromkeys(("running", "open", "proposed", "draft", "waived", "queued"), Tone.BUSY),
}


def tone_of(word: str) -> Tone:
    """The tone of a state or verdict; a word without meaning for a decider is quiet."""
    return TONES.get(str(word), Tone.QUIET)


def badge(label: object, tone: Tone = Tone.QUIET) -> SafeString:
    """A small pill with a word in it."""
    return format_html('<span class="ds-badge ds-{}">{}</span>', str(tone), label)


def state_badge(word: str, label: object = "") -> SafeString:
    """The badge of a state: its label, coloured by what the state means."""
    return badge(label or str(word).replace("_", " ").capitalize(), tone_of(word))
