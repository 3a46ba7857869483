"""Who there is and what each may do."""

from people.models.failed_sign_in import FailedSignIn
from people.models.idempotency import IdempotentAnswer
from people.models.signature import Signature
from people.models.team import Grant, Team
from people.models.token import ApiToken
from people.models.user import User

__all__ = [
    "ApiToken",
    "FailedSignIn",
    "Grant",
    "IdempotentAnswer",
    "Signature",
    "Team",
    "User",
]
