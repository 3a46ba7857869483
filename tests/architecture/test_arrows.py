"""The arrows between and inside the packages hold, and a broken one is seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT

LINT = Path(sys.executable).with_name("lint-imports")

# contract, the file that breaks it, the import it then holds
BREAKS = [
    ("floors", "trail/models/entry.py", "import governance.models"),
    ("floors", "models_registry/states.py", "import audits.states"),
    ("floors", "measures/measured.py", "import people.states"),
    ("rooms", "people/models/team.py", "import people.services"),
    ("rooms-of-audits", "audits/models/run.py", "import audits.services"),
    ("doors", "governance/services/__init__.py", "import people.permissions"),
    ("doors", "audits/services/__init__.py", "import trail.log"),
    ("pure", "measures/measured.py", "from django.conf import settings"),
    ("pure", "audits/jobs/contract.py", "import time"),
    ("light-web", "audits/services/__init__.py", "import pandas"),
    ("light-web", "people/states.py", "import sklearn.metrics"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source, where it may be broken."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in [*PACKAGES, "tests/architecture"]:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return folder


def _lint(folder: Path, *only: str) -> subprocess.CompletedProcess[str]:
    chosen = [part for contract in only for part in ("--contract", contract)]
    command = [str(LINT), "--no-cache", *chosen]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_arrow_points_the_right_way(copy: Path) -> None:
    done = _lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS)
def test_an_arrow_that_points_the_wrong_way_is_seen(
    copy: Path, contract: str, file: str, line: str
) -> None:
    whole = (copy / file).read_text()
    (copy / file).write_text(f"{whole}\n{line}\n")
    try:
        done = _lint(copy, contract)
    finally:
        (copy / file).write_text(whole)
    assert done.returncode == 1, done.stdout
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert module in done.stdout
