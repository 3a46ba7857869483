"""What the trail captures of people. Secrets are left out; names are encrypted per person."""

from people.states import Role
from trail import services as trail
from trail.services import Exempt, Governed

DECISIONS = (
    Governed("people.User", leave_out=("password", "last_login"), person="id"),
    Governed("people.User_groups", person="user"),
    Governed("people.User_user_permissions", person="user"),
    Governed("people.Team"),
    Governed("people.Grant", person="user"),
    Governed("people.ApiToken", leave_out=("digest", "last_used_at"), person="user"),
    Governed("people.Signature", person="user"),
    Exempt("people.FailedSignIn", because="minutes' count of failures; each is an event too"),
    Exempt("people.IdempotentAnswer", because="a day's cache of answers; the acts are captured"),
)

trail.declare(*DECISIONS)
trail.let_read(lambda user: user.grants.filter(role=Role.AUDITOR).exists())
