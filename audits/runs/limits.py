"""What a run may take, and how long a worker is believed to be alive."""

from datetime import timedelta

from django.conf import settings

from audits.child.limits import Limits
from audits.jobs.contract import Engine

#: A run that ended its process this often is not tried again.
CRASHES = 3
#: Claims of one run altogether: what fails for passing reasons is not tried for ever.
ATTEMPTS = 12


def lease() -> timedelta:
    """How long a worker that says nothing is taken to be alive."""
    return timedelta(seconds=getattr(settings, "ASSAY_LEASE_SECONDS", 30))


def of_child() -> Limits:
    """Memory and time of one child process."""
    return Limits(
        memory=getattr(settings, "ASSAY_WORKER_MEMORY_BYTES", 4 << 30),
        seconds=getattr(settings, "ASSAY_WORKER_SECONDS", 3600),
    )


def of_engine() -> Engine:
    """What counting rows may use inside such a process."""
    usual = Engine()
    return Engine(
        memory=getattr(settings, "ASSAY_ENGINE_MEMORY_BYTES", usual.memory),
        threads=getattr(settings, "ASSAY_ENGINE_THREADS", usual.threads),
        spill=getattr(settings, "ASSAY_ENGINE_SPILL_BYTES", usual.spill),
    )
