"""The embedded broker, and everything by one command."""

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from config import broker
from config.broker import Broker
from config.management.household import GivenUp, Household, Member
from tests.audits.processes import alive, children_of, until


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="assay-", dir="/tmp") as folder:
        yield Path(folder)


def test_the_broker_answers_on_a_socket_of_its_own_and_on_no_port(data_dir):
    wanted = {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction"}
    with Broker(data_dir) as held:
        assert held.answers()
        assert stat.S_IMODE(held.folder.stat().st_mode) == 0o700
        asked = redis.Redis(unix_socket_path=str(held.socket), decode_responses=True)
        with asked as client:
            said = {name: client.config_get(name)[name] for name in wanted}
        assert said == wanted
    assert not held.answers()


def test_the_broker_keeps_its_messages_when_it_is_started_again(data_dir):
    with Broker(data_dir) as first, redis.Redis(unix_socket_path=str(first.socket)) as client:
        client.lpush("heavy", "a message")
    with Broker(data_dir) as again, redis.Redis(unix_socket_path=str(again.socket)) as client:
        assert client.llen("heavy") == 1


def test_a_broker_that_answers_already_is_left_alone(data_dir):
    with Broker(data_dir) as first:
        with Broker(data_dir) as second:
            assert second.process is None
        assert first.answers()


def test_a_path_too_long_for_a_socket_is_said(data_dir):
    with pytest.raises(broker.BrokerNotReady, match="a shorter ASSAY_DATA_DIR"):
        Broker(data_dir / ("x" * 120)).start()


@pytest.mark.parametrize(
    ("url", "celery_says"),
    [
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("redis://broker:6379/0", "redis://broker:6379/0"),
    ],
)
def test_a_socket_is_written_as_celery_writes_it(url, celery_says):
    assert broker.for_celery(url) == celery_says


def test_what_ends_is_started_again_and_given_up_when_it_ends_too_often(tmp_path):
    marks = tmp_path / "marks"
    program = f"open({str(marks)!r}, 'a').write('x')"
    member = Member("short", [sys.executable, "-c", program])
    with (
        Household([member], folder=tmp_path) as house,
        pytest.raises(GivenUp, match="short ended 5 times in a minute"),
    ):
        until(house.tend, 30)
    assert len(marks.read_text()) == 5


class Served:
    """`manage.py serve` in a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        self.environ = kept | {"ASSAY_DATA_DIR": str(data_dir)}
        self.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.development"
        self.log = data_dir / "log"
        self.port = free_port()

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environ, text=True, capture_output=True,
            timeout=120, check=False,
        )  # fmt: skip

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        with self.log.open("wb") as out:
            return subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environ, stdout=out, stderr=out
            )

    def told(self) -> str:
        return self.log.read_text(errors="replace")

    def status(self) -> int:
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            web.request("GET", "/healthz")
            return web.getresponse().status
        finally:
            web.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def offspring(pid: int) -> list[int]:
    """All processes below one."""
    below = children_of(pid)
    return below + [deeper for child in below for deeper in offspring(child)]


@pytest.mark.slow
@pytest.mark.worker
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_one_command_starts_all_and_ctrl_c_stops_all(data_dir):
    served = Served(data_dir)
    refused = served.manage("serve", "--port", str(served.port))
    assert refused.returncode == 1
    assert "manage.py migrate" in refused.stderr
    assert served.manage("migrate", "--verbosity", "0").returncode == 0
    process = served.start()
    try:
        until(lambda: "Ctrl-C stops all." in served.told(), 90, served.told)
        assert f"http://127.0.0.1:{served.port}/admin/" in served.told()
        assert served.status() == 200
        family = offspring(process.pid)
        assert len(family) >= 4  # broker, web, clock, worker
        second = served.manage("serve", "--port", str(served.port))
        assert "cannot listen" in second.stderr
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
    assert status == 0
    until(lambda: not any(alive(pid) for pid in family), 10)
