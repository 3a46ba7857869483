"""Runs, reports and what is brought in, over HTTP."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audits.models import Run
from audits.services import scheduling
from models_registry.models import Snapshot
from tests.audits.conftest import FEATURES, applications

RUNS = "/api/v1/runs/"
REPORTS = "/api/v1/reports/"


@pytest.fixture
def report(profile_run, carried_out):
    """A draft."""
    return carried_out(profile_run).report


def a_file(name="applications.csv", content=None):
    return SimpleUploadedFile(name, applications(50) if content is None else content)


def test_a_run_is_asked_for_and_found_where_the_answer_says(api, raw, owner):
    client = api(owner)
    answer = client.post(RUNS, {"kind": "profile", "spec": {"snapshot": raw.pk}})
    assert answer.status_code == 202, answer.content
    assert answer["Location"].endswith(f"{RUNS}{answer.json()['id']}/")
    seen = client.get(answer["Location"]).json()
    assert (seen["state"], seen["kind"], seen["subject_type"]) == ("queued", "profile", "snapshot")


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ({"kind": "bake", "spec": {}}, 400, "ingest, profile"),
        ({"kind": "profile", "spec": {"snapshot": 1, "snapsot": 2}}, 400, "snapsot"),
        ({"kind": "profile", "spec": {"snapshot": 999}}, 400, "no snapshot 999"),
        ({"kind": "profile"}, 400, "spec"),
        ({"kind": "ingest", "spec": {}}, 400, "POST the file to snapshots"),
        ({"kind": "predict", "spec": {}}, 400, "POST the rows or the snapshot to predictions"),
    ],
)
def test_what_cannot_be_asked_for_is_a_problem_that_says_why(wanted, status, says, api, raw, owner):
    answer = api(owner).post(RUNS, wanted)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    assert says in answer.content.decode()
    assert Run.objects.count() == 1  # the one that made `raw`


def test_a_role_that_may_not_ask_is_told_which_may(api, train_spec, validator):
    answer = api(validator).post(RUNS, {"kind": "train", "spec": train_spec})
    assert answer.status_code == 403
    assert "role owner" in answer.json()["detail"]


def test_a_sensitive_input_is_not_taken(api, train_spec, owner):
    spec = train_spec | {"features": [*FEATURES, "race"]}
    answer = api(owner).post(RUNS, {"kind": "train", "spec": spec})
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_stranger_sees_no_run_and_no_report(api, report, mallory):
    client = api(mallory)
    assert client.get(RUNS).json()["results"] == []
    assert client.get(REPORTS).json()["results"] == []
    assert client.get(f"{RUNS}{report.run.pk}/").status_code == 404
    assert client.get(f"{REPORTS}{report.pk}/content/").status_code == 404


def test_an_auditor_sees_all_and_cancels_nothing(api, profile_run, auditor):
    client = api(auditor)
    assert client.get(f"{RUNS}{profile_run.pk}/").status_code == 200
    assert client.post(f"{RUNS}{profile_run.pk}/cancel/").status_code == 403


def test_a_run_is_cancelled_once(api, profile_run, steward):
    client = api(steward)
    assert client.post(f"{RUNS}{profile_run.pk}/cancel/").json()["state"] == "cancelled"
    assert client.post(f"{RUNS}{profile_run.pk}/cancel/").status_code == 409


def test_a_report_is_read_and_accepted(api, report, validator, password):
    client = api(validator)
    page = client.get(f"{REPORTS}{report.pk}/content/")
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src" not in page["Content-Security-Policy"].replace("script-src 'none'", "")
    answer = client.post(f"{REPORTS}{report.pk}/accept/", {"password": password})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted"), answer.content
    again = client.post(f"{REPORTS}{report.pk}/return/", {"password": password, "reason": "No."})
    assert again.status_code == 409


def test_a_report_is_not_accepted_with_a_wrong_password(api, report, validator):
    answer = api(validator).post(f"{REPORTS}{report.pk}/accept/", {"password": "wrong"})
    assert answer.status_code == 403


def test_a_file_is_brought_in_and_becomes_a_snapshot(api, dataset, steward, carried_out):
    sent = {"dataset": dataset.pk, "file": a_file()}
    answer = api(steward).post("/api/v1/snapshots/", sent, format="multipart")
    assert answer.status_code == 202, answer.content
    run = carried_out(Run.objects.get(pk=answer.json()["id"]))
    assert run.state == "succeeded", run.error
    assert Snapshot.objects.get().rows == 50


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("model.csv", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00", 415),
        ("rows.parquet", b"a,b\n1,2\n", 415),
        ("rows.xlsx", b"PK\x03\x04rest of a zip", 415),
        ("rows.csv", b"", 400),
    ],
)
def test_a_file_that_is_not_what_it_says_is_not_taken(name, content, status, api, dataset, steward):
    sent = {"dataset": dataset.pk, "file": a_file(name, content)}
    answer = api(steward).post("/api/v1/snapshots/", sent, format="multipart")
    assert answer.status_code == status, answer.content
    assert not Run.objects.exists()


def test_only_those_who_keep_the_data_bring_it_in(api, dataset, validator):
    sent = {"dataset": dataset.pk, "file": a_file()}
    answer = api(validator).post("/api/v1/snapshots/", sent, format="multipart")
    assert answer.status_code == 403
    assert not Run.objects.exists()


def test_a_wrong_delimiter_is_said_by_the_run(api, dataset, steward, carried_out):
    sent = {"dataset": dataset.pk, "file": a_file(), "delimiter": ";"}
    answer = api(steward).post("/api/v1/snapshots/", sent, format="multipart")
    run = carried_out(Run.objects.get(pk=answer.json()["id"]))
    assert run.state == "failed"
    assert "separated by a semicolon" in run.error


@pytest.mark.parametrize("page", [RUNS, REPORTS])
def test_a_list_makes_as_many_queries_for_many_as_for_one(
    page, api, raw, steward, carried_out, django_assert_num_queries, django_assert_max_num_queries
):
    client = api(steward)
    spec = {"snapshot": raw.pk}
    carried_out(scheduling.request_run("profile", spec, by=steward))
    client.get(page)
    with django_assert_max_num_queries(20) as few:
        client.get(page)
    for _ in range(3):
        carried_out(scheduling.request_run("profile", spec, by=steward))
    with django_assert_num_queries(len(few.captured_queries)):
        assert len(client.get(page).json()["results"]) >= 4


def test_outcomes_that_name_no_prediction_are_not_taken(api, owner):
    sent = {"deployment": 1, "outcomes": [{"prediction": "x", "outcome": 1}]}
    answer = api(owner).post("/api/v1/outcomes/", sent)
    assert answer.status_code == 400
    assert "prediction_id and outcome" in answer.content.decode()


def test_predictions_of_a_deployment_nobody_knows_are_a_problem(api, owner):
    answer = api(owner).post("/api/v1/predictions/", {"deployment": 9, "rows": [{"a": 1}]})
    assert answer.status_code == 400
    assert "no deployment 9" in answer.json()["detail"]
