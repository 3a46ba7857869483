"""What is kept and what is not, where transactions really commit; and two at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from governance.models import Certificate, Decision
from governance.states import RequestState
from people.errors import AssayError, RequirementsNotMet
from people.models import Signature
from tests.governance.conftest import approve, happened, ratio

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds):
    """Do things in threads of their own that start together; what each raised."""
    start = Barrier(len(deeds))

    def run(deed):
        try:
            start.wait(10)
            deed()
        except AssayError as refused:
            return refused
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_a_refusal_is_kept_and_nothing_else(policy, version, measure, request_for, validator):
    measure(version, ratio(0.58, 0.51, 0.66))
    pending = request_for(version)
    signed = Signature.objects.count()
    with pytest.raises(RequirementsNotMet):
        approve(pending, validator)
    pending.refresh_from_db()
    assert pending.state == RequestState.OPEN
    assert (pending.decisions.count(), Signature.objects.count()) == (0, signed)
    assert kept("governance.request.refused") == 1


def kept(event: str) -> int:
    """How often something is in the trail, whether it has been numbered yet or not."""
    from trail.models import Entry

    return happened(event).count() + Entry.objects.filter(event=event).count()


def test_two_who_approve_at_once_are_both_heard(pending, validator, approver1, approver2):
    approve(pending, validator)
    refused = at_once(*(lambda by=by: approve(pending, by) for by in (approver1, approver2)))
    pending.refresh_from_db()
    assert refused == [None, None]
    assert (pending.state, Certificate.objects.count()) == (RequestState.APPROVED, 1)


def test_one_who_approves_twice_at_once_is_heard_once(pending, validator):
    refused = at_once(*[lambda: approve(pending, validator)] * 2)
    assert sorted(type(error).__name__ for error in refused) == ["AlreadyDecided", "NoneType"]
    assert Decision.objects.filter(request=pending).count() == 1
