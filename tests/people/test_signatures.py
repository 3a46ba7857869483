from hashlib import sha256

import pytest
from django.db import transaction

from people import events
from people.errors import Malformed, NotPermitted, TooManyAttempts, WrongPassword
from people.models import Signature
from people.services import signatures

pytestmark = pytest.mark.django_db


def test_a_signature_holds_name_meaning_statement_and_time(approver1, password, recorded):
    text = signatures.statement(
        meaning="approved", label="credit v3", digest="ab" * 32, reason="It meets the policy."
    )
    made = signatures.sign(by=approver1, password=password, meaning="approved", statement=text)
    assert made.signed_name == "approver1"
    assert made.statement_sha256 == sha256(text.encode()).hexdigest()
    assert "credit v3" in text
    assert "ab" * 32 in text
    assert "It meets the policy." in text
    assert len(recorded(events.SIGNATURE_MADE)) == 1


def test_a_wrong_password_signs_nothing_and_is_remembered(approver1, recorded):
    with pytest.raises(WrongPassword, match="not the password of approver1"):
        signatures.check_password(approver1, "a guess")
    (row,) = recorded(events.SIGNATURE_REFUSED)
    assert row.outcome == "refused"
    assert "a guess" not in row.body
    assert not Signature.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_refusal_outlives_the_callers_failure(approver1, recorded):
    def decide():
        signatures.check_password(approver1, "a guess")
        with transaction.atomic():
            raise AssertionError("never reached")

    with pytest.raises(WrongPassword):
        decide()
    from trail.models import Entry

    kept = Entry.objects.filter(event=events.SIGNATURE_REFUSED).count()
    assert kept + len(recorded(events.SIGNATURE_REFUSED)) == 1


def test_the_password_is_asked_for_again_when_signing(approver1):
    with pytest.raises(WrongPassword):
        signatures.sign(by=approver1, password="no", meaning="approved", statement="x")
    assert not Signature.objects.exists()


def test_a_service_account_cannot_sign(service, password):
    with pytest.raises(NotPermitted, match="only a person can"):
        signatures.check_password(service, password)
    with pytest.raises(NotPermitted, match="only a person can"):
        signatures.sign(by=service, password=password, meaning="approved", statement="x")


def test_a_closed_account_cannot_sign(approver1, password):
    approver1.is_active = False
    with pytest.raises(NotPermitted, match="not active"):
        signatures.sign(by=approver1, password=password, meaning="approved", statement="x")


def test_a_signature_means_something(approver1, password):
    with pytest.raises(Malformed, match="a meaning and a statement"):
        signatures.sign(by=approver1, password=password, meaning="", statement="x")


def test_guessing_is_slowed_down_even_with_the_right_password_at_last(
    approver1, password, settings
):
    for _ in range(settings.ASSAY_SIGN_IN_FAILURES):
        with pytest.raises(WrongPassword):
            signatures.check_password(approver1, "a guess")
    with pytest.raises(TooManyAttempts, match="try again in 15 minutes"):
        signatures.check_password(approver1, password)
