"""Governance over HTTP: the same rules, as answers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.models import Certificate
from models_registry.models import ModelVersion
from tests.governance.conftest import FAIR, PASSWORD, POLICY, auc, behind, ratio
from trail.models import InboxRow

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
SIGNED = {"password": PASSWORD, "reason": "It is fit."}


def ask(client, version, environment="production"):
    return client.post(
        f"{V1}/approval-requests/",
        {"subject_type": "model_version", "subject_id": version.pk, "environment": environment},
        format="json",
    )


def test_the_whole_way_from_a_policy_to_the_gate(
    api, version, measure, environment, owner, steward, validator, approver1, approver2
):
    drafted = api(steward).post(f"{V1}/policies/", {"text": POLICY}, format="json")
    assert drafted.status_code == 201, drafted.json()
    newest = drafted.json()["versions"][0]
    asked = api(steward).post(
        f"{V1}/approval-requests/",
        {"subject_type": "policy_version", "subject_id": newest["id"]},
        format="json",
    )
    assert asked.status_code == 201, asked.json()
    path = f"{V1}/approval-requests/{asked.json()['id']}/approve/"
    assert api(approver1).post(path, SIGNED, format="json").json()["state"] == "approved"

    measure(version)
    opened = ask(api(owner), version).json()
    assert opened["ready"] is True
    assert {rule["verdict"] for rule in opened["rules"]} == {"met"}
    for decider in (validator, approver1, approver2):
        path = f"{V1}/approval-requests/{opened['id']}/approve/"
        answer = api(decider).post(path, SIGNED, format="json")
        assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert (told["state"], len(told["decisions"])) == ("approved", 3)
    assert told["certificate"] == Certificate.objects.get().pk

    gate = {"digest": version.manifest_digest, "environment": "production"}
    assert api(owner).get(f"{V1}/gate/", gate).json()["allowed"] is True
    assert api(owner).get(f"{V1}/gate/", gate | {"environment": "x"}).json()["allowed"] is False
    live = api(owner).post(
        f"{V1}/deployments/", {"version": version.pk, "environment": "production"}, format="json"
    )
    assert live.status_code == 201, live.json()
    retired = api(owner).post(
        f"{V1}/deployments/{live.json()['id']}/retire/", {"reason": "Old."}, format="json"
    )
    assert retired.json()["state"] == "retired"


def test_an_unmet_rule_is_a_422_with_each_rule(api, policy, version, measure, owner, validator):
    measure(version, ratio(0.58, 0.51, 0.66))
    pk = ask(api(owner), version).json()["id"]
    answer = api(validator).post(f"{V1}/approval-requests/{pk}/approve/", SIGNED, format="json")
    assert answer.status_code == 422
    (rule,) = answer.json()["errors"]
    assert (rule["key"], rule["verdict"], rule["high"]) == (FAIR, "not_met", "0.66")


def test_one_s_own_request_is_a_403_with_a_sentence(api, pending, owner):
    path = f"{V1}/approval-requests/{pending.pk}/approve/"
    answer = api(owner).post(path, SIGNED, format="json")
    assert (answer.status_code, "opened this request" in answer.json()["detail"]) == (403, True)


def test_a_refused_decision_is_recorded_once(api, pending, owner, validator):
    path = f"{V1}/approval-requests/{pending.pk}/approve/"
    assert api(owner).post(path, SIGNED, format="json").status_code == 403
    wrong = SIGNED | {"password": "not that one"}
    assert api(validator).post(path, wrong, format="json").status_code == 403
    refused = InboxRow.objects.filter(source="service", outcome="refused")
    assert sorted(row.event for row in refused) == [
        "governance.request.refused",
        "people.signature.refused",
    ]


def test_a_wrong_password_is_a_403(api, pending, validator):
    path = f"{V1}/approval-requests/{pending.pk}/approve/"
    answer = api(validator).post(path, SIGNED | {"password": "x"}, format="json")
    assert answer.status_code == 403
    assert not pending.decisions.exists()


def test_a_changed_subject_is_a_409(api, pending, version, validator):
    behind(ModelVersion).filter(pk=version.pk).update(manifest_digest="0" * 64)
    path = f"{V1}/approval-requests/{pending.pk}/approve/"
    assert api(validator).post(path, SIGNED, format="json").status_code == 409


def test_a_bad_policy_is_a_400_naming_the_place(api, steward):
    answer = api(steward).post(f"{V1}/policies/", {"text": "policy: ["}, format="json")
    assert answer.status_code == 400
    answer = api(steward).post(f"{V1}/policies/", {"text": POLICY + "x: 1\n"}, format="json")
    assert answer.json()["errors"] == [
        {"place": "/", "message": "Additional properties are not allowed ('x' was unexpected)"}
    ]


def test_a_stranger_sees_nothing(api, pending, agree, version, mallory):
    agree(pending)
    client = api(mallory)
    for name in (
        "approval-requests",
        "evidence",
        "certificates",
        "waivers",
        "attestations",
        "policies",
    ):
        assert client.get(f"{V1}/{name}/").json()["results"] == []
    pk = pending.pk
    assert client.get(f"{V1}/approval-requests/{pk}/").status_code == 404
    path = f"{V1}/approval-requests/{pk}/approve/"
    assert client.post(path, SIGNED, format="json").status_code == 404
    assert ask(client, version).status_code == 404
    about = {"framework": "us-fair-lending", "subject_id": version.pk}
    assert client.get(f"{V1}/coverage/", about).status_code == 404


def test_the_gate_answers_a_stranger_without_showing_the_certificate(
    api, pending, agree, version, mallory, owner
):
    agree(pending)
    asked = {"digest": version.manifest_digest, "environment": "production"}
    told = api(mallory).get(f"{V1}/gate/", asked).json()
    assert (told["allowed"], told["certificate"]) == (True, None)
    assert api(owner).get(f"{V1}/gate/", asked).json()["certificate"]["request"] == pending.pk


def test_an_auditor_reads_everything(api, pending, auditor):
    assert api(auditor).get(f"{V1}/approval-requests/{pending.pk}/").status_code == 200
    assert api(auditor).get(f"{V1}/evidence/?kind=fairness_audit").json()["results"]


def test_a_waiver_is_proposed_and_withdrawn(
    api, policy, version, measure, owner, approver1, validator
):
    measure(version, ratio(0.85, 0.76, 0.95))
    proposal = {
        "subject_id": version.pk,
        "environment": "production",
        "rule": FAIR,
        "reason": "Wide.",
        "ends_at": (timezone.now() + timedelta(days=30)).isoformat(),
    }
    proposed = api(owner).post(f"{V1}/waivers/", proposal, format="json")
    assert proposed.status_code == 201, proposed.json()
    request = proposed.json()["approval_request"]
    path = f"{V1}/approval-requests/{request}/approve/"
    assert api(approver1).post(path, SIGNED, format="json").status_code == 200
    preview = api(owner).get(
        f"{V1}/approval-requests/preview/", {"version": version.pk, "environment": "production"}
    )
    assert "waived" in {rule["verdict"] for rule in preview.json()["rules"]}
    path = f"{V1}/waivers/{proposed.json()['id']}/withdraw/"
    ended = api(validator).post(path, {"reason": "Enough."}, format="json")
    assert ended.json()["state"] == "withdrawn"


def test_an_attestation_is_filed_and_shown(api, version, validator):
    said = {
        "kind": "legal_register",
        "subject_type": "model_version",
        "subject_id": version.pk,
        "statement": "ECOA applies.",
        "password": PASSWORD,
    }
    filed = api(validator).post(f"{V1}/attestations/", said, format="json")
    assert filed.status_code == 201, filed.json()
    assert PASSWORD not in str(filed.json())
    shown = api(validator).get(f"{V1}/attestations/").json()["results"]
    assert [row["id"] for row in shown] == [filed.json()["id"]]


def test_a_certificate_is_revoked(api, pending, agree, approver1):
    certificate = agree(pending).certificate
    path = f"{V1}/certificates/{certificate.pk}/revoke/"
    revoked = api(approver1).post(path, {"reason": "Complaint."}, format="json").json()
    assert (revoked["revoked_by"], revoked["revoked_reason"]) == (approver1.pk, "Complaint.")


def test_coverage_requirements_and_change_records_are_read(api, make_version, file, owner):
    old, new = make_version(C=1), make_version(C=2)
    file("validation_run", old, auc())
    about = {"framework": "us-fair-lending", "subject_id": new.pk}
    covered = api(owner).get(f"{V1}/coverage/", about).json()
    assert {row["verdict"] for row in covered} == {"missing"}
    assert len(api(owner).get(f"{V1}/requirements/").json()["results"]) == 9
    assert api(owner).get(f"{V1}/frameworks/").json()["results"][0]["slug"] == "us-fair-lending"
    changed = api(owner).get(f"{V1}/change-records/", {"old": old.pk, "new": new.pk}).json()
    assert changed["results"][0]["measure"] == "roc_auc"


def test_a_framework_that_cannot_be_is_malformed(api, version, owner):
    about = {"framework": "\0", "subject_id": version.pk}
    assert api(owner).get(f"{V1}/coverage/", about).status_code == 400


def test_the_schema_of_a_policy_is_published(api, owner):
    assert api(owner).get(f"{V1}/policies/schema/").json()["title"] == "Assay policy"


@pytest.mark.parametrize(
    "name", ["approval-requests", "evidence", "certificates", "waivers", "policies", "requirements"]
)
def test_a_list_makes_a_constant_number_of_queries(
    api, name, policy, make_version, measure, request_for, agree, auditor
):
    client = api(auditor)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(f"{V1}/{name}/").status_code == 200
        return len(captured)

    def grow():
        version = make_version()
        measure(version)
        agree(request_for(version))

    grow()
    queries()
    before = queries()
    grow()
    grow()
    assert queries() == before


@pytest.mark.parametrize("odd", ["9" * 5000, "9" * 30, "-1", "1e3", "½", "٣"])
def test_a_subject_that_cannot_be_is_malformed(api, owner, odd):
    asked = {"subject_type": "model_version", "subject_id": odd, "environment": "production"}
    answer = api(owner).post("/api/v1/approval-requests/", asked)
    assert (answer.status_code, "there is no model_version" in answer.json()["detail"]) == (
        400,
        True,
    )
