"""The loop that heals: what should be under way and is not is rung for again."""

from datetime import timedelta

from django.utils import timezone

from audits import bell
from audits.models import Run

#: A run asked for less long ago is on its way already.
PATIENCE = timedelta(seconds=2)
#: Rings per sweep: a worker that is busy with the rest will be rung again in time.
RINGS = 20


def ring_again() -> int:
    """Ring for the runs that wait too long or were lost by their worker, oldest first."""
    now = timezone.now()
    due = Run.objects.due(now, waiting_since=now - PATIENCE).order_by("pk")[:RINGS]
    rung = 0
    for run in due:
        if not bell.ring(run):
            break  # the broker is away for all of them
        rung += 1
    return rung
