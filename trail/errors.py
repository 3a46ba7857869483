"""What can be the case when the trail refuses."""


class TrailError(Exception):
    """The trail cannot do what was asked, and why."""


class TrailIsAppendOnly(TrailError):
    """Somebody tried to change or delete what has happened."""


class NotInTransaction(TrailError):
    """Something was to be recorded outside the transaction that does it."""


class KeyMissing(TrailError):
    """A key that signed before is not there; it is never replaced silently."""


class NotDeclared(TrailError):
    """A table was named that does not exist, or that nobody decided about."""
