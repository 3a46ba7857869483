import pytest
from django.core.management import CommandError, call_command

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
