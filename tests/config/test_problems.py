import pytest
from django.core import exceptions as django_errors
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404
from rest_framework import exceptions as rest_errors

from people import errors
from people.models import Grant, Team
from people.states import Role

pytestmark = pytest.mark.django_db
THINGS = "/api/v1/things/"


@pytest.fixture
def problem(things, operator, api):
    """What comes back when an error is raised."""

    def raised(error):
        def deed(request):
            raise error

        things.deed = deed
        client = api(operator)
        client.raise_request_exception = False
        return client.post(THINGS, {})

    return raised


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (errors.Malformed("m"), 400, "malformed"),
        (errors.NotPermitted("m"), 403, "not-permitted"),
        (errors.WrongPassword("m"), 403, "not-permitted"),
        (errors.Conflict("m"), 409, "conflict"),
        (errors.LostUpdate("m"), 412, "lost-update"),
        (errors.TooLarge("m"), 413, "too-large"),
        (errors.UnsupportedFile("m"), 415, "unsupported-file"),
        (errors.RequirementsNotMet("m"), 422, "requirements-not-met"),
        (errors.AssayError("m"), 422, "refused"),
        (errors.TooManyAttempts("m", wait=9), 429, "too-many-attempts"),
        (rest_errors.Throttled(wait=3), 429, "too-many-attempts"),
        (rest_errors.ParseError("m"), 400, "malformed"),
        (Http404(), 404, "not-found"),
        (django_errors.PermissionDenied("m"), 403, "not-permitted"),
        (django_errors.ValidationError("m"), 400, "malformed"),
        (django_errors.RequestDataTooBig(), 413, "too-large"),
        (OperationalError("database is locked"), 503, "busy"),
        (RuntimeError("secret"), 500, "internal"),
    ],
)
def test_every_error_is_a_problem_document(problem, error, status, name):
    answer = problem(error)
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert (answer.status_code, said["status"]) == (status, status)
    assert said["type"] == f"urn:assay:problem:{name}"
    assert said["title"]
    assert said["detail"]


def test_an_unforeseen_error_says_nothing_about_itself(problem):
    answer = problem(RuntimeError("password of the database"))
    assert "password" not in answer.content.decode()
    assert answer["X-Request-ID"]


def test_the_parts_of_an_error_are_listed(problem):
    rules = [{"key": "approvals/validator", "verdict": "missing"}]
    assert problem(errors.RequirementsNotMet("not met", rules)).json()["errors"] == rules


def test_waiting_is_told_in_seconds(problem):
    assert problem(errors.TooManyAttempts("m", wait=9))["Retry-After"] == "9"
    assert problem(OperationalError())["Retry-After"] == "2"


def test_validation_names_each_field_however_deep(problem):
    wrong = rest_errors.ValidationError(
        {"name": ["too long"], "rows": [{"age": ["not a number"]}], "non_field_errors": ["odd"]}
    )
    assert problem(wrong).json()["errors"] == [
        {"field": "name", "message": "too long"},
        {"field": "rows.0.age", "message": "not a number"},
        {"field": "", "message": "odd"},
    ]


def test_a_named_constraint_answers_with_its_sentence(things, operator, team, api):
    def deed(request):
        with transaction.atomic():
            Grant.objects.create(user=operator, team=team, role=Role.OPERATOR)

    things.deed = deed
    answer = api(operator).post(THINGS, {})
    assert answer.status_code == 409
    assert "a role is granted once per team" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CHECK constraint failed: people_a_token_expires_after_it_is_made", "a token expires"),
        ("FOREIGN KEY constraint failed", "refers to"),
        ("UNIQUE constraint failed: people_team.name", "the same name"),
        ("something else with a row: secret", "a rule of the database"),
    ],
)
def test_what_the_database_says_becomes_a_sentence(problem, text, said):
    answer = problem(IntegrityError(text))
    assert answer.status_code == 409
    assert said in answer.json()["detail"]
    assert "secret" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing/", 404),
        ("get", "/api/v1/teams", 404),
        ("get", "/api/v2/", 404),
        ("get", "/api/v1/teams/999/", 404),
        ("get", "/api/v1/teams/x/", 404),
        ("delete", "/api/v1/teams/", 405),
        ("put", "/api/v1/things/1/", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(things, owner, api, method, path, status):
    answer = getattr(api(owner), method)(path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_that_is_not_json_is_malformed(things, operator, api):
    answer = api(operator).generic("POST", THINGS, b"{not json", "application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_body_that_nests_without_end_is_malformed(things, operator, api, opening):
    client = api(operator)
    client.raise_request_exception = False
    answer = client.generic("POST", THINGS, opening * 100_000, "application/json")
    assert (answer.status_code, "nests" in answer.json()["detail"]) == (400, True)


def test_a_media_type_that_is_not_taken_is_415(things, operator, api):
    answer = api(operator).generic("POST", THINGS, b"a: b", "application/yaml")
    assert answer.status_code == 415


def test_a_file_may_be_larger_than_any_other_body(things, operator, api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = api(operator)
    file = SimpleUploadedFile("a.csv", b"x" * 5000)
    assert client.post(THINGS, {"name": "A", "f": file}, format="multipart").status_code == 201
    assert client.post(THINGS, {"name": "x" * 5000}).status_code == 413


def test_accepting_something_else_is_no_way_around_a_problem_document(things, operator, api):
    answer = api(operator).get("/api/v1/teams/999/", headers={"Accept": "application/parquet"})
    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/problem+json"


def test_a_team_is_not_deleted_by_any_of_this(team):
    assert Team.objects.get() == team
