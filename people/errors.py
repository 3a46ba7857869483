"""What can be the case when a request cannot be met. `config.api` maps these to HTTP.

Every message is a sentence that says what was expected and what was there.
"""

from collections.abc import Sequence
from typing import Any


class AssayError(Exception):
    """Something that was asked for cannot be done, and why; nothing has changed.

    `errors` lists the parts of the answer, each a JSON object (a rule, a field). Whoever has
    recorded the refusal in the trail says so in `recorded`.
    """

    recorded = False

    def __init__(self, message: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = list(errors)


class Malformed(AssayError):
    """The request cannot be read as what it claims to be (400)."""


class NotPermitted(AssayError):
    """This person may not do this (403)."""


class WrongPassword(NotPermitted):
    """The signature's password does not match (403)."""


class Conflict(AssayError):
    """The thing is not in a state in which this can be done (409)."""


class LostUpdate(AssayError):
    """Somebody else changed it in between (412)."""


class TooLarge(AssayError):
    """More bytes, rows or columns than are taken (413)."""


class UnsupportedFile(AssayError):
    """The file is not of a kind that is accepted (415)."""


class RequirementsNotMet(AssayError):
    """The rules that apply are not met (422); `errors` holds each rule with its verdict."""


class TooManyAttempts(AssayError):
    """Too many wrong passwords lately (429); `wait` says for how many seconds."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait
