from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from people import events
from people.errors import Conflict, Malformed, NotPermitted
from people.models import ApiToken
from people.services import tokens
from people.states import Scope

pytestmark = pytest.mark.django_db


def issued_to(holder, *, by=None, scopes=("read",), valid_for=timedelta(days=1)):
    return tokens.issue(
        holder=holder, by=by or holder, label="test", scopes=scopes, valid_for=valid_for
    )


def test_only_the_digest_of_a_token_is_stored(owner):
    token, secret = issued_to(owner)
    assert token.digest == sha256(secret.encode()).hexdigest()
    assert len(secret) == len("assay_") + 43  # 32 random bytes
    assert secret.startswith(token.prefix)
    assert secret not in str(ApiToken.objects.values().get())


def test_issuing_is_recorded_without_the_secret(owner, recorded):
    _, secret = issued_to(owner)
    (row,) = recorded(events.TOKEN_ISSUED)
    assert secret not in row.body
    assert sha256(secret.encode()).hexdigest() not in row.body


def test_a_token_authenticates_until_it_expires(owner):
    token, secret = issued_to(owner)
    assert tokens.authenticate(secret) == token
    past = timezone.now() - timedelta(days=2)
    ApiToken.objects.filter(pk=token.pk).update(
        created_at=past, expires_at=past + timedelta(hours=1)
    )
    assert tokens.authenticate(secret) is None


def test_a_revoked_token_authenticates_no_more(owner, recorded):
    token, secret = issued_to(owner)
    tokens.revoke(token, by=owner)
    assert tokens.authenticate(secret) is None
    assert len(recorded(events.TOKEN_REVOKED)) == 1
    with pytest.raises(Conflict, match="revoked already"):
        tokens.revoke(token, by=owner)


def test_the_token_of_a_closed_account_authenticates_nobody(owner):
    _, secret = issued_to(owner)
    owner.is_active = False
    owner.save()
    assert tokens.authenticate(secret) is None


@pytest.mark.parametrize("secret", ["", "assay_", "assay_" + "x" * 43, "\u0000", "é" * 50])
def test_nonsense_authenticates_nobody(db, secret):
    assert tokens.authenticate(secret) is None


def test_scopes_are_kept_in_order_and_unknown_ones_refused(owner):
    assert issued_to(owner, scopes=["decide", "read"]).token.scopes == ["read", "decide"]
    with pytest.raises(Malformed, match=r"expected scopes among read, .*; got admin"):
        issued_to(owner, scopes=["admin"])
    with pytest.raises(Malformed, match="got none"):
        issued_to(owner, scopes=[])


@pytest.mark.parametrize("days", [0, -1, 366, 10_000])
def test_a_token_is_valid_for_a_year_at_most(owner, days):
    with pytest.raises(Malformed, match="up to 365 days"):
        issued_to(owner, valid_for=timedelta(days=days))


def test_operators_issue_for_services_and_nobody_for_other_people(operator, service, owner):
    assert issued_to(service, by=operator).token.user == service
    with pytest.raises(NotPermitted, match="people issue their own"):
        issued_to(owner, by=operator)


def test_a_stranger_issues_and_revokes_for_nobody_else(mallory, owner, service):
    for holder in (owner, service):
        with pytest.raises(NotPermitted):
            issued_to(holder, by=mallory)
    token, secret = issued_to(owner)
    with pytest.raises(NotPermitted):
        tokens.revoke(token, by=mallory)
    assert tokens.authenticate(secret)


def test_the_database_itself_refuses_a_token_that_ends_before_it_begins(owner):
    now = timezone.now()
    with pytest.raises(IntegrityError, match="a_token_expires_after_it_is_made"):
        ApiToken.objects.create(user=owner, digest="x", created_at=now, expires_at=now)


def test_reading_with_a_token_writes_its_use_rarely(owner, django_assert_num_queries):
    _, secret = issued_to(owner)
    tokens.authenticate(secret)
    with django_assert_num_queries(1):
        tokens.authenticate(secret)


def test_the_command_prints_the_token_alone(owner, capsys):
    call_command("issue_token", "owner", "--scopes", "read,write", "--days", "3")
    secret = capsys.readouterr().out.strip()
    token = tokens.authenticate(secret)
    assert token
    assert token.user == owner
    assert token.scopes == [Scope.READ, Scope.WRITE]


def test_the_command_says_what_is_wrong(owner):
    with pytest.raises(CommandError, match="no account 'nobody'"):
        call_command("issue_token", "nobody")
    with pytest.raises(CommandError, match="up to 365 days"):
        call_command("issue_token", "owner", "--days", "9999")
