"""Electronic signatures: the account and its password, both, every time (21 CFR 11.200).

A caller that decides something checks the password first, outside its transaction, so that a
refused signature is remembered although nothing else happens; then it signs inside.
"""

from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from people import events, permissions
from people.errors import Malformed, WrongPassword
from people.models import Signature, User
from people.services import sign_ins
from trail import services as trail


def statement(*, meaning: str, label: str, digest: str, reason: str, more: str = "") -> str:
    """The text that is signed: what it means, of what exactly, and why."""
    lines = [f"Meaning: {meaning}", f"Subject: {label}", f"Digest: {digest}", f"Reason: {reason}"]
    return "\n".join([*lines, more] if more else lines)


def check_password(by: User, password: str) -> None:
    """Raise WrongPassword, or TooManyAttempts; a refusal is recorded for good."""
    permissions.check_may_sign(by)
    address = trail.current().address
    sign_ins.check_not_guessing(by.get_username(), address)
    if not by.check_password(password):
        _record_refusal(by, address)
        wrong = WrongPassword(f"the password given is not the password of {by}: nothing was signed")
        wrong.recorded = True
        raise wrong


@transaction.atomic
def sign(*, by: User, password: str, meaning: str, statement: str) -> Signature:
    """Sign a statement. Raises NotPermitted, WrongPassword or Malformed."""
    permissions.check_may_sign(by)
    if not meaning or not statement:
        raise Malformed("a signature needs a meaning and a statement")
    if not by.check_password(password):
        raise WrongPassword(f"the password given is not the password of {by}: nothing was signed")
    made = Signature.objects.create(
        user=by,
        meaning=meaning,
        statement=statement,
        statement_sha256=sha256(statement.encode()).hexdigest(),
        signed_name=str(by),
        signed_at=timezone.now(),
    )
    detail = {"meaning": meaning, "statement_sha256": made.statement_sha256}
    trail.record(events.SIGNATURE_MADE, by=by, subject=made, detail=detail)
    return made


@transaction.atomic
def _record_refusal(by: User, address: str) -> None:
    sign_ins.count_failure(by.get_username(), address=address)
    trail.record(events.SIGNATURE_REFUSED, by=by, subject=by, outcome="refused")
