"""Start a server for the length of a test run, and see that it ends with it."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PR_SET_PDEATHSIG = 1
PATIENCE = 60.0


class Account(NamedTuple):
    """Whose rights a server runs with."""

    uid: int
    gid: int


class Unavailable(Exception):
    """A server the tests need cannot be brought up here, and why."""


def unprivileged() -> Account | None:
    """An account without rights, when we are root; None: stay who we are."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def folder_for(name: str, account: Account | None) -> Path:
    """A new folder of the account's own. Its path is short: a socket's may have 107 bytes."""
    place = "/tmp" if account else None  # a private TMPDIR of root's would be closed to it
    folder = Path(tempfile.mkdtemp(prefix=f"assay-{name}-", dir=place))
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def run(command: Sequence[str | Path], account: Account | None) -> None:
    """Carry out one command as the account; Unavailable with what it said."""
    done = subprocess.run(
        command, capture_output=True, text=True, cwd="/", check=False, **_rights(account)
    )
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {(done.stderr or done.stdout).strip()}")


def start(
    command: Sequence[str | Path], log: Path, account: Account | None = None
) -> subprocess.Popen[bytes]:
    """Start a server that ends, at the latest, when we do."""
    with log.open("wb") as out:
        return subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the tests; we stop the server ourselves
            # no thread runs yet that could hold a lock here
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            **_rights(account),
        )


def await_ready(
    process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool], name: str
) -> None:
    """Wait until the server answers; Unavailable with its log if it does not."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{name} did not come up: {log.read_text(errors='replace')}")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Ask the server to end; insist if it does not."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _rights(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
