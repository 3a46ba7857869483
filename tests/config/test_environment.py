import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import database, environment, local_secret
from config.settings.environment import Environment, Nonsense

KEY = "k" * 60
FIT = {
    "ASSAY_SECRET_KEY": KEY,
    "ASSAY_ALLOWED_HOSTS": "assay.example.org",
    "ASSAY_DATABASE_URL": "postgresql://assay:pw@db/assay",
    "ASSAY_REDIS_URL": "redis://broker:6379/0",
    "ASSAY_KEYS_DIR": "/var/lib/assay/keys",
}


@pytest.fixture
def read(monkeypatch):
    def read_as(**said):
        for name in list(os.environ):
            if name.startswith("ASSAY_"):
                monkeypatch.delenv(name)
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        return environment.read()

    return read_as


def test_nothing_has_to_be_set_for_one_machine(read):
    read_ = read()
    assert read_.broker_url == f"unix://{read_.data_dir}/redis/redis.sock"
    assert read_.signing_keys_dir == read_.data_dir / "keys"


def test_lists_are_separated_by_commas(read):
    assert read(ASSAY_ALLOWED_HOSTS="a.example, b.example,").allowed_hosts == [
        "a.example",
        "b.example",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ASSAY_SECRET_KEY", "short", "at least 50"),
        ("ASSAY_MAX_UPLOAD_BYTES", "many", "valid integer"),
        ("ASSAY_MAX_UPLOAD_BYTES", "-1", "greater than or equal"),
        ("ASSAY_LOG_LEVEL", "LOUD", "'DEBUG'"),
        ("ASSAY_REDIS_URL", "http://broker", "starts with redis://"),
        ("ASSAY_TRUSTED_ORIGINS", "assay.example.org", "starts with https://"),
        ("ASSAY_DATA_DIR", "here", "absolute path"),
        ("ASSAY_WORK_DIR", "here", "absolute path"),
        ("ASSAY_ENGINE_MEMORY_BYTES", "1000", "greater than or equal"),
        ("ASSAY_KEYS", '{"checkpoint": "xyz"}', "64 hexadecimal digits"),
        ("ASSAY_KEYS", "not json", ""),
        ("ASSAY_HTTPS", "perhaps", "valid boolean"),
        ("ASSAY_PROXIES", "99", "less than or equal"),
        ("ASSAY_ORIGIN", "with space", "pattern"),
    ],
)
def test_nonsense_is_refused_and_the_variable_named(read, name, value, said):
    with pytest.raises(Nonsense) as refused:
        read(**{name: value})
    assert name in str(refused.value)
    assert said in str(refused.value)


def test_a_secret_is_not_repeated_in_the_message(read):
    with pytest.raises(Nonsense) as refused:
        read(ASSAY_SECRET_KEY="tooshort-secret")
    assert "tooshort-secret" not in str(refused.value)


def test_a_misspelt_name_is_refused_with_the_name_meant(read):
    with pytest.raises(Nonsense, match="did you mean ASSAY_ALLOWED_HOSTS"):
        read(ASSAY_ALOWED_HOSTS="a.example")


def test_what_belongs_to_others_is_left_alone(read):
    read(ASSAY_DEMO_PASSWORD="x", ASSAY_ADDRESS="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://us%40er:p%2Fw@db.example:5433/assay?sslmode=require",
            {"USER": "us@er", "PASSWORD": "p/w", "HOST": "db.example", "PORT": 5433}
            | {"NAME": "assay", "OPTIONS": {"sslmode": "require"}},
        ),
        ("postgres://u@/n?host=/run/pg", {"HOST": "/run/pg", "NAME": "n", "OPTIONS": {}}),
        ("sqlite:////tmp/a.sqlite3", {"NAME": Path("/tmp/a.sqlite3")}),
    ],
)
def test_an_address_names_a_database(url, expected):
    found = database.from_url(url)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "postgresql://host",
        "postgresql://h:port/n",
        "postgresql://[h/n",
        "sqlite://rel.db",
        "sqlite:///relative",
        "nonsense",
        "",
    ],
)
def test_an_address_that_names_none_is_refused(url):
    with pytest.raises(Nonsense, match="ASSAY_DATABASE_URL"):
        database.from_url(url)


def start(tmp_path, **said):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.production"}
    settings |= {"ASSAY_DATA_DIR": str(tmp_path)}
    code = "from django.conf import settings; print(settings.DEBUG, settings.SECRET_KEY[:3])"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=kept | settings | said,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_what_it_demands(tmp_path):
    done = start(tmp_path, **FIT)
    assert (done.returncode, done.stdout) == (0, "False kkk\n"), done.stderr


@pytest.mark.parametrize("name", FIT)
def test_production_refuses_to_start_without(tmp_path, name):
    done = start(tmp_path, **{other: value for other, value in FIT.items() if other != name})
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSAY_DATABASE_URL", "sqlite:////tmp/a.sqlite3"),
        ("ASSAY_ALLOWED_HOSTS", "*"),
        ("DEBUG", "1"),
        ("DJANGO_DEBUG", "true"),
        ("ASSAY_SECRET_KEY", "short"),
    ],
)
def test_production_refuses_to_start_on(tmp_path, name, value):
    done = start(tmp_path, **FIT | {name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_local_secret_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "new" / "secret_key"
    made = local_secret.read_or_make(path)
    assert len(made) >= 50
    assert local_secret.read_or_make(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_every_setting_is_described_and_in_the_reference():
    page = (environment.ROOT / "docs/reference/settings.md").read_text()
    told = set(re.findall(r"^\| `(ASSAY_\w+)`", page, flags=re.MULTILINE))
    known = {environment.PREFIX + name.upper() for name in Environment.model_fields}
    assert told == known
    assert all(field.description for field in Environment.model_fields.values())
