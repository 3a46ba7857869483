"""The peers' environments, made from `bench/requirements/` when first needed.

An environment is made anew when its file of requirements changes.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.timing import ROOT

REQUIREMENTS = ROOT / "bench" / "requirements"
FOLDER = ROOT / ".bench" / "environments"
#: What the peers' versions were pinned for.
PYTHON = "3.11"


class Unavailable(Exception):
    """A peer cannot be installed here, and why."""


def names() -> list[str]:
    """Every environment there can be."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def python_of(name: str) -> Path:
    """The Python of an environment, which is made if need be."""
    folder, wanted = FOLDER / name, (REQUIREMENTS / f"{name}.txt").read_text()
    made_from = folder / "made-from.txt"
    if not (made_from.exists() and made_from.read_text() == wanted):
        print(f"Making the environment of {name}", file=sys.stderr)
        _make(folder, REQUIREMENTS / f"{name}.txt")
        made_from.write_text(wanted)
    return folder / "bin" / "python"


def version(name: str, distribution: str) -> str:
    """ "evidently 0.7.23", as pinned."""
    pins = (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    return next(pin.replace("==", " ") for pin in pins if pin.startswith(f"{distribution}=="))


def _make(folder: Path, requirements: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    _run([uv, "venv", "--quiet", "--python", PYTHON, folder])
    python = folder / "bin" / "python"
    _run([uv, "pip", "install", "--quiet", "--python", python, "--requirements", requirements])


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
