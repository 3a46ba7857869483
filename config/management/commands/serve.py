"""Everything Assay needs, in one command: broker, web, worker and clock. Ctrl-C stops all.

For one machine. An organisation runs the same processes apart (see docker-compose.yml).
"""

import http.client
import signal
import socket
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import broker
from config.management.commands.seed_demo import PEOPLE
from config.management.household import GivenUp, Household, Member

PATIENCE = 60.0
#: Celery's banner about root, a page long, would bury the address and the logins.
QUIET = ("-W", "ignore:::celery.platforms")


class Command(BaseCommand):
    """Serve Assay on this machine."""

    help = "Run the broker, the web server, a worker and the clock until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and whether to set up first."""
        parser.add_argument("--address", default="127.0.0.1:8000", help="host:port to listen on")
        parser.add_argument("--port", type=int, help="port on 127.0.0.1, instead of --address")
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date")
        parser.add_argument("--seed", action="store_true", help="set up the demo team and logins")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start all, say where, watch, stop all."""
        for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(word, _interrupt)
        _set_up(migrate=options["migrate"], seed=options["seed"])
        address = f"127.0.0.1:{options['port']}" if options["port"] else options["address"]
        _check_free(address)
        self.stdout.write("Starting the broker, the web server, a worker and the clock …")
        self.stdout.flush()
        try:
            self._serve(address)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        except (GivenUp, broker.BrokerNotReady) as fault:
            raise CommandError(str(fault)) from fault

    def _serve(self, address: str) -> None:
        with _broker(), Household(_members(address), folder=Path(settings.BASE_DIR)) as house:
            _await_web(address, house)
            self._announce(address)
            while True:
                time.sleep(0.5)
                house.tend()

    def _announce(self, address: str) -> None:
        self.stdout.write(self.style.SUCCESS(f"Assay is at http://{address}/admin/"))
        self.stdout.write(f"The API's reference is at http://{address}/api/v1/reference/")
        password = Path(settings.DATA_DIR) / "demo_password"
        users = get_user_model()._default_manager.filter(username__in=PEOPLE)
        there = set(users.values_list("username", flat=True))
        if password.exists() and there:
            names = ", ".join(name for name in PEOPLE if name in there)
            self.stdout.write(f"Demo logins: {names}")
            self.stdout.write(f"Demo password, of all: {password.read_text('ascii').strip()}")
        self.stdout.write("Ctrl-C stops all.")
        self.stdout.flush()


def _check_free(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_server((host.strip("[]"), int(port))).close()
    except (OSError, ValueError) as taken:
        raise CommandError(f"cannot listen on {address}: {taken}") from taken


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _set_up(*, migrate: bool, seed: bool) -> None:
    if migrate:
        call_command("migrate", verbosity=0)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("the database is not up to date: run `manage.py migrate` first")
    if seed:
        call_command("seed_demo", verbosity=0)
    connection.close()


def _broker() -> AbstractContextManager[object]:
    """The embedded one, unless the settings name another."""
    data_dir = Path(settings.DATA_DIR)
    if str(broker.socket_of(data_dir)) in settings.CELERY_BROKER_URL:
        return broker.Broker(data_dir)
    return nullcontext()


def _members(address: str) -> list[Member]:
    gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi:application"]
    web = Member("web", [*gunicorn, *_web(address)])
    beat = Member("beat", _celery("beat", "--schedule", str(_schedule()), "--pidfile="))
    concurrency = str(getattr(settings, "ASSAY_WORKER_CONCURRENCY", 2))
    worker = Member(
        "worker",
        _celery("worker", "--pool", "threads", "--concurrency", concurrency, "--without-mingle"),
    )
    sequencer = Member("sequencer", [sys.executable, "manage.py", "sequence_trail", "--forever"])
    return [web, beat, worker, *([sequencer] if connection.vendor == "postgresql" else [])]


def _web(address: str) -> list[str]:
    told = {"--bind": address, "--worker-class": "gthread", "--workers": "2", "--threads": "4"}
    told |= {"--graceful-timeout": "5", "--timeout": "120", "--log-level": "warning"}
    return [part for option in told.items() for part in option]


def _celery(role: str, *options: str) -> list[str]:
    return [
        sys.executable, *QUIET, "-m", "celery", "--app", "config.celery", "--quiet", role,
        "--loglevel", "WARNING", *options,
    ]  # fmt: skip


def _schedule() -> Path:
    folder = Path(settings.DATA_DIR) / "beat"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "schedule"


def _await_web(address: str, house: Household) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(address):
        house.tend()
        if time.monotonic() > deadline:
            raise GivenUp(f"the web server did not answer at {address} within {PATIENCE:.0f} s")
        time.sleep(0.2)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    web = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=5)
    try:
        web.request("GET", "/healthz")
        web.getresponse().read()
    except OSError:
        return False
    finally:
        web.close()
    return True
