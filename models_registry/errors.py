"""What can be the case in the inventory. Messages say what was expected and what was there."""

from people.errors import Conflict


class Immutable(Conflict):
    """The row is kept as it was written; a change is a new row (409)."""


class StoredBytesDamaged(Conflict):
    """Bytes that were stored are gone, or are no longer the ones their digest names (409)."""
