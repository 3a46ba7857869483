"""What can be the case in governance when something cannot be done."""

from people.errors import Conflict, Malformed


class AlreadyDecided(Conflict):
    """The request is closed, or this person has already decided on it."""


class SubjectChanged(Conflict):
    """The subject is no longer what was put before the deciders."""


class NoPolicy(Conflict):
    """No policy in force says what this needs, so nothing can be approved."""


class AmbiguousPolicy(Conflict):
    """Two policies in force claim the same thing equally."""


class GateClosed(Conflict):
    """It may not run there now, and why."""


class NotWaivable(Malformed):
    """The rule is not one a waiver can set aside."""
