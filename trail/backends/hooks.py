"""What is to happen after a transaction that wrote has been committed."""

from collections.abc import Callable

after_commit: list[Callable[[str], None]] = []


def run_after_commit(alias: str) -> None:
    """Call every hook with the alias of the database that was written to."""
    for hook in after_commit:
        hook(alias)
