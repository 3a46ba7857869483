from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.response import Response

from people.errors import Conflict
from people.models import IdempotentAnswer, Team

pytestmark = pytest.mark.django_db
THINGS = "/api/v1/things/"
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


@pytest.fixture
def client(things, operator, api):
    return api(operator)


def test_the_same_request_is_done_once_and_answered_twice_the_same(client):
    first = client.post(THINGS, {"name": "A"}, headers=KEY)
    second = client.post(THINGS, {"name": "A"}, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]
    assert second["Location"] == "/there/"
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Team.objects.filter(name="A").count() == 1


def test_what_is_kept_of_a_request_depends_on_a_secret(client, settings):
    client.post(THINGS, {"name": "A"}, headers=KEY)
    before = IdempotentAnswer.objects.get().request_digest
    IdempotentAnswer.objects.all().delete()
    Team.objects.filter(name="A").delete()
    settings.SECRET_KEY = "another " * 8
    client.post(THINGS, {"name": "A"}, headers=KEY)
    assert IdempotentAnswer.objects.get().request_digest != before


def test_without_a_key_it_is_done_each_time(client):
    assert client.post(THINGS, {"name": "A"}).status_code == 201
    assert client.post(THINGS, {"name": "A"}).status_code == 400  # the name is taken by now


def test_the_key_with_another_request_is_refused(client):
    client.post(THINGS, {"name": "A"}, headers=KEY)
    answer = client.post(THINGS, {"name": "B"}, headers=KEY)
    assert answer.status_code == 422
    assert "came before with another request" in answer.json()["detail"]
    assert not Team.objects.filter(name="B").exists()


def test_another_account_may_use_the_same_key(client, api, operator, team):
    from people.models import Grant, User

    other = User.objects.create(username="other")
    Grant.objects.create(user=other, team=team, role="operator")
    assert client.post(THINGS, {"name": "A"}, headers=KEY).status_code == 201
    assert api(other).post(THINGS, {"name": "B"}, headers=KEY).status_code == 201


def test_a_refused_request_keeps_nothing_and_may_be_mended(client):
    assert client.post(THINGS, {"name": ""}, headers=KEY).status_code == 400
    assert not IdempotentAnswer.objects.exists()
    assert client.post(THINGS, {"name": "A"}, headers=KEY).status_code == 201


def test_what_fails_keeps_nothing(things, client):
    def deed(request):
        raise Conflict("not now")

    things.deed = deed
    assert client.post(THINGS, {}, headers=KEY).status_code == 409
    assert not IdempotentAnswer.objects.exists()


def test_while_the_first_is_being_answered_the_second_is_told_to_wait(things, client):
    answers = []

    def deed(request):
        if not answers:
            answers.append(None)
            answers.append(client.post(THINGS, {"name": "A"}, headers=KEY))
        return Response({"done": True}, status=202)

    things.deed = deed
    first = client.post(THINGS, {"name": "A"}, headers=KEY)
    assert first.status_code == 202
    assert answers[1].status_code == 409
    assert "no answer yet" in answers[1].json()["detail"]


def test_a_key_is_forgotten_after_a_day(client):
    client.post(THINGS, {"name": "A"}, headers=KEY)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert client.post(THINGS, {"name": "B"}, headers=KEY).status_code == 201
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_has_1_to_255_printable_characters(client, key):
    answer = client.post(THINGS, {"name": "A"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert not Team.objects.filter(name="A").exists()


def upload(client, content):
    file = SimpleUploadedFile("rows.csv", content, content_type="text/csv")
    return client.post(THINGS, {"name": "A", "file": file}, format="multipart", headers=KEY)


def test_a_file_sent_again_is_the_same_request_and_another_file_is_not(client):
    assert upload(client, b"a,b\n1,2\n").status_code == 201
    assert upload(client, b"a,b\n1,2\n")["Idempotency-Replayed"] == "true"
    assert upload(client, b"a,b\n1,3\n").status_code == 422


def test_the_file_is_still_there_for_whoever_reads_it_next(things, client):
    read = []

    def deed(request):
        read.append(request.FILES["file"].read())
        return Response({}, status=202)

    things.deed = deed
    upload(client, b"a,b\n1,2\n")
    assert read == [b"a,b\n1,2\n"]


def test_somebody_who_may_not_ask_claims_no_key(things, client):
    client.credentials(HTTP_AUTHORIZATION="Bearer assay_wrong")
    assert client.post(THINGS, {"name": "A"}, headers=KEY).status_code == 401
    assert not IdempotentAnswer.objects.exists()
