import json
import re

import pytest
from django.core.management import call_command
from django.test import Client

from config.middleware.security_headers import policy_for

pytestmark = pytest.mark.django_db
STRICT = policy_for("/")


def test_health_says_ok_and_nothing_else(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_front_door_leads_to_the_desk(client):
    assert client.get("/")["Location"] == "/admin/"


def test_the_policy_is_strict_and_looser_only_where_it_must_be():
    assert "unsafe" not in STRICT
    assert "unsafe" not in policy_for("/api/v1/teams/")
    assert "unsafe" not in policy_for("/api/v1/schema/")
    assert "'unsafe-eval'" in policy_for("/admin/people/user/")
    assert "unsafe-eval" not in policy_for("/api/v1/reference/")
    script = re.search(r"script-src ([^;]*)", policy_for("/api/v1/reference/"))
    assert script
    assert script[1] == "'self'"


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/teams/", "/admin/login/", "/nowhere"])
def test_every_answer_has_its_security_headers(path):
    answer = Client().get(path)
    assert answer["Content-Security-Policy"] == policy_for(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_the_reference_needs_nothing_from_elsewhere(client):
    assert client.get("/api/v1/")["Location"] == "/api/v1/reference/"
    page = client.get("/api/v1/reference/").content.decode()
    script = client.get("/api/v1/reference/?script").content.decode()
    assert "http://" not in page + script
    assert "https://" not in page + script
    for inline in re.findall(r"<script>", page):
        raise AssertionError(f"{inline} would be refused by the policy")


def test_the_schema_is_openapi_3_1_and_complete(client):
    schema = json.loads(client.get("/api/v1/schema/?format=json").content)
    assert schema["openapi"].startswith("3.1")
    nouns = {path.split("/")[3] for path in schema["paths"]}
    assert nouns >= {
        "use-cases", "datasets", "snapshots", "recipes", "models", "model-versions",
        "environments", "deployments", "predictions", "outcomes", "feedback", "runs", "evidence",
        "attestations", "frameworks", "requirements", "coverage", "policies", "approval-requests",
        "waivers", "reports", "gate", "trail", "tokens", "me", "teams", "change-records",
    }  # fmt: skip


def test_what_belongs_to_two_apps_answers_under_one_name(client):
    paths = json.loads(client.get("/api/v1/schema/?format=json").content)["paths"]
    for noun in ("snapshots", "predictions", "outcomes", "deployments"):
        assert {"get", "post"} <= set(paths[f"/api/v1/{noun}/"])


def test_the_schema_is_made_without_a_warning(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", tmp_path / "schema.yml")


def test_deciding_needs_the_scope_for_it_everywhere(client):
    paths = json.loads(client.get("/api/v1/schema/?format=json").content)["paths"]
    verbs = ("approve", "reject", "accept", "return")
    decisions = [path for path in paths if path.rstrip("/").rsplit("/", 1)[-1] in verbs]
    assert decisions
    for path in decisions:
        assert "Scope: `decide`" in paths[path]["post"]["description"], path


def test_every_operation_says_what_it_does_and_how_it_fails(client):
    paths = json.loads(client.get("/api/v1/schema/?format=json").content)["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert "403" in operation["responses"], (method, path)


def test_unknown_pages_answer_404(client):
    assert client.get("/nowhere").status_code == 404
