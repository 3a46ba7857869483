"""A child that does what every child does first, and then nothing."""

import time

from audits.child import entry


def idle() -> None:
    """Until it is ended."""
    entry.die_with_the_worker()
    time.sleep(120)
