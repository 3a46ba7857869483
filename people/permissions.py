"""Who may change who may. Each check raises NotPermitted with a sentence."""

from people.errors import NotPermitted
from people.models import ApiToken, Grant, Team, User
from people.states import AccountKind, Role

#: Somebody with an account, or the system itself: a management command on the machine.
Actor = User | str


def check_may_manage_people(by: Actor, *, to: str) -> None:
    """Accounts and teams: a superuser, or an operator of any team."""
    if isinstance(by, User) and not (_rules(by) or _operates(by)):
        raise NotPermitted(f"{by} may not {to}: that needs a superuser or an operator")


def check_may_manage(by: Actor, account: User, *, to: str) -> None:
    """One account: a superuser, or an operator of every team in which it holds a role.

    A password or a token is all its holder may do, so nobody gets one out of a team they do
    not operate; a superuser's are for superusers.
    """
    check_may_manage_people(by, to=to)
    if not isinstance(by, User) or _rules(by):
        return
    operated = Grant.objects.filter(user=by, role=Role.OPERATOR).values("team")
    if account.is_superuser or account.grants.exclude(team__in=operated).exists():
        raise NotPermitted(
            f"{by} may not {to}: that needs a superuser, or an operator of every team in which"
            f" {account} holds a role"
        )


def check_may_grant(by: Actor, *, to: User, team: Team) -> None:
    """Roles: a superuser or an operator of the team, and nobody their own."""
    if not isinstance(by, User):
        return
    if not (_rules(by) or _operates(by, team)):
        raise NotPermitted(
            f"{by} may not change who holds what in team {team}:"
            " that needs a superuser or an operator of the team"
        )
    if by == to:
        raise NotPermitted(f"{by} may not change their own roles: somebody else has to")


def check_may_issue(by: Actor, *, holder: User) -> None:
    """Tokens: one's own, or a service account's for whoever manages it."""
    if not holder.is_active:
        raise NotPermitted(f"the account of {holder} is not active, it gets no token")
    if not isinstance(by, User) or by == holder:
        return
    check_may_manage(by, holder, to=f"issue a token for {holder}")
    if holder.kind != AccountKind.SERVICE:
        raise NotPermitted(
            f"{by} may not issue a token for {holder}: people issue their own,"
            " only a service account's are issued by others"
        )


def check_may_revoke(by: Actor, token: ApiToken) -> None:
    """Tokens: one's own, or those of an account one manages."""
    if by != token.user:
        check_may_manage(by, token.user, to=f"revoke a token of {token.user}")


def check_may_sign(by: User) -> None:
    """Signatures: people with an active account."""
    if by.kind != AccountKind.PERSON:
        raise NotPermitted(f"{by} may not sign: only a person can, this is a service account")
    if not by.is_active:
        raise NotPermitted(f"{by} may not sign: the account is not active")


def _rules(by: User) -> bool:
    return by.is_active and by.is_superuser


def _operates(by: User, team: Team | None = None) -> bool:
    held = Grant.objects.filter(user=by, role=Role.OPERATOR)
    return by.is_active and (held.filter(team=team) if team else held).exists()
