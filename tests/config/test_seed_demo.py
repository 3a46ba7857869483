from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.management.commands import serve
from models_registry.models import Environment
from people.models import Grant, User

pytestmark = pytest.mark.django_db


def test_the_demo_is_set_up_once_however_often_it_is_asked_for(capsys, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    for _ in range(2):
        call_command("seed_demo")
    first, second = capsys.readouterr().out.split("Demo logins", 2)[1:]
    password = first.split("Demo password: ")[1].strip()
    assert password in second
    assert User.objects.get(username="owner").check_password(password)
    assert Grant.objects.count() == 7
    assert set(Environment.objects.values_list("name", flat=True)) == {"staging", "production"}


def test_the_demo_is_refused_in_production(settings):
    settings.ASSAY_DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="not set up in production"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_serve_says_last_where_it_is_and_who_may_sign_in(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("seed_demo", verbosity=0)
    told = StringIO()
    serve.Command(stdout=told, no_color=True)._announce("127.0.0.1:8000")
    password = (tmp_path / "demo_password").read_text()
    assert told.getvalue().splitlines() == [
        "Assay is at http://127.0.0.1:8000/admin/",
        "The API's reference is at http://127.0.0.1:8000/api/v1/reference/",
        "Demo logins: owner, validator, approver1, approver2, steward, auditor, operator",
        f"Demo password, of all: {password}",
        "Ctrl-C stops all.",
    ]
