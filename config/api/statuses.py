"""Which status each of our errors has over HTTP. Nothing else in Assay knows."""

from typing import NamedTuple

from people.errors import (
    AssayError,
    Conflict,
    LostUpdate,
    Malformed,
    NotPermitted,
    RequirementsNotMet,
    TooLarge,
    TooManyAttempts,
    UnsupportedFile,
)


class Kind(NamedTuple):
    """A kind of problem: its status, its last part of a type URI, its title."""

    status: int
    name: str
    title: str


KINDS: dict[type[AssayError], Kind] = {
    Malformed: Kind(400, "malformed", "The request cannot be read as what it claims to be"),
    NotPermitted: Kind(403, "not-permitted", "You may not do this"),
    Conflict: Kind(409, "conflict", "Not in a state in which this can be done"),
    LostUpdate: Kind(412, "lost-update", "Somebody else changed it in between"),
    TooLarge: Kind(413, "too-large", "More than is taken"),
    UnsupportedFile: Kind(415, "unsupported-file", "Not a kind of file that is accepted"),
    RequirementsNotMet: Kind(422, "requirements-not-met", "The rules that apply are not met"),
    TooManyAttempts: Kind(429, "too-many-attempts", "Too many attempts"),
}
REFUSED = Kind(422, "refused", "This cannot be done")


def kind_of(error: AssayError) -> Kind:
    """The kind of the nearest class that has one."""
    kinds = (KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)
    return next(kinds, REFUSED)
