"""Signing in: recorded whether it succeeds or not, and slow for whoever guesses.

Wrong passwords are counted per account and address, and, with more patience, per account and
per address alone; whoever is over a limit waits, even with the right password.
"""

from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from people import events
from people.errors import TooManyAttempts
from people.models import FailedSignIn, User
from trail import services as trail

WINDOW = timedelta(minutes=15)
#: How many times the limit one account may fail from anywhere, one address with any account.
PATIENCE = 5


def check_not_guessing(username: str, address: str) -> None:
    """Raise TooManyAttempts where there were too many wrong passwords lately."""
    limit: int = settings.ASSAY_SIGN_IN_FAILURES
    failures = FailedSignIn.objects.since(timezone.now() - WINDOW)
    by_account = failures.filter(account_digest=_digest(username.lower()))
    by_address = failures.filter(address_digest=_digest(address))
    if (
        by_account.filter(address_digest=_digest(address)).count() >= limit
        or by_account.count() >= limit * PATIENCE
        or by_address.count() >= limit * PATIENCE
    ):
        minutes = int(WINDOW.total_seconds() // 60)
        raise TooManyAttempts(
            f"too many wrong passwords; try again in {minutes} minutes",
            wait=int(WINDOW.total_seconds()),
        )


@transaction.atomic
def succeeded(user: User, *, method: str) -> None:
    """Somebody has signed in."""
    trail.record(events.SIGNED_IN, by=user, subject=user, detail={"method": method})


@transaction.atomic
def failed(username: str, *, address: str) -> None:
    """A sign-in was refused. What was typed as a name is kept nowhere: it may be a password."""
    FailedSignIn.objects.forget(WINDOW)
    count_failure(username, address=address)
    known = User.objects.filter(username__iexact=username).first()
    trail.record(
        events.SIGN_IN_REFUSED,
        by="anonymous",
        subject=known or ("people.user", "unknown"),
        outcome="refused",
    )


def count_failure(username: str, *, address: str) -> None:
    """Remember one wrong password for some minutes."""
    FailedSignIn.objects.create(
        account_digest=_digest(username.lower()), address_digest=_digest(address)
    )


@transaction.atomic
def ended(user: User) -> None:
    """Somebody has signed out."""
    trail.record(events.SIGNED_OUT, by=user, subject=user)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
