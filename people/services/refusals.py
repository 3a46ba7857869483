"""What somebody asked for and may not do: remembered, although nothing else happens."""

from django.db import transaction

from people import events
from people.models import User
from trail import services as trail


@transaction.atomic
def remember(by: User, *, asked: str, why: str) -> None:
    """Record the refusal, outside the transaction that was refused."""
    detail = {"asked": asked[:200]}
    trail.record(
        events.PERMISSION_REFUSED, by=by, subject=by, detail=detail, reason=why, outcome="refused"
    )
