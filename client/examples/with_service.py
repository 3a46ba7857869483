"""Runs an example against a service of its own: fresh data, real worker, gone afterwards.

    python client/examples/with_service.py client/examples/mortgages.py

The data lie in `.assay/demo` and are made anew each time; they stay there to be looked at
until the next run. Exit status 0 only if the example succeeds, the trail verifies, and the
service stops as it should.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".assay" / "demo"
LOG = DATA / "service.log"
PATIENCE = 90.0
Environment = dict[str, str]


class NotServing(SystemExit):
    """The service did not come up, or not down."""


def main(example: str) -> int:
    """Serve, run the example, verify, stop."""
    begun = time.monotonic()
    environment = fresh()
    manage(environment, "migrate", "--verbosity", "0")
    manage(environment, "seed_demo")
    with service(environment) as address:
        print(f"A fresh Assay answers at {address} (data in {DATA.relative_to(ROOT)})")
        told = environment | {"ASSAY_ADDRESS": address, "PYTHONPATH": str(ROOT / "client")}
        told |= {"ASSAY_DEMO_PASSWORD": (DATA / "demo_password").read_text().strip()}
        status = subprocess.run([sys.executable, example], cwd=ROOT, env=told, check=False)
    if status.returncode:
        raise SystemExit(f"The story did not end well. What the service said: {LOG}")
    verified = manage(environment, "verify_trail")
    print(f"\nverify_trail: {' '.join(verified.split())}")
    print(f"All of it really happened, in {time.monotonic() - begun:.0f} s.")
    return 0


def fresh() -> Environment:
    """An empty data folder, and an environment in which Assay uses it."""
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return kept | {"ASSAY_DATA_DIR": str(DATA), "PYTHONUNBUFFERED": "1"}


def manage(environment: Environment, *command: str) -> str:
    """One of Django's commands; what it printed, or the end of it all."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"manage.py {command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def service(environment: Environment) -> Iterator[str]:
    """Broker, web, worker and clock, for as long as the block lasts."""
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield answering(f"http://127.0.0.1:{port}", process)
    finally:
        stop(process)


def answering(address: str, process: subprocess.Popen[bytes]) -> str:
    """The address, once somebody answers there."""
    deadline = time.monotonic() + PATIENCE
    while not answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotServing(f"The service did not come up:\n{LOG.read_text(errors='replace')}")
        time.sleep(0.2)
    return address


def answers(address: str) -> bool:
    """Whether the service says that it is well."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does; and at last everything it started."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise NotServing(f"The service did not stop when asked; see {LOG}") from None


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
