"""The lock files are in step with pyproject.toml, without asking any index."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-demo.txt": PROJECT["dependencies"] + EXTRAS["demo"],
    "requirements-dev.txt": [*PROJECT["dependencies"], *chain(*EXTRAS.values())],
}
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<rest>[^\n]*(?:\n[ ]+[^\n]*)*)", re.M
)


class Pin(NamedTuple):
    """One locked distribution."""

    name: str
    version: Version
    hashes: int
    is_ours: bool


def _pins(file: str) -> list[Pin]:
    return [
        Pin(
            canonicalize_name(found["name"]),
            Version(found["version"]),
            found["rest"].count("--hash=sha256:"),
            "assay (pyproject.toml)" in found["rest"],
        )
        for found in PIN.finditer((ROOT / file).read_text())
    ]


def _wanted(lines: Iterable[str]) -> Iterator[Requirement]:
    return (asked for asked in map(Requirement, lines) if asked.name != PROJECT["name"])


@pytest.mark.parametrize("file", ASKED)
def test_every_dependency_is_locked_at_a_version_that_fits(file: str) -> None:
    pins = _pins(file)
    for asked in _wanted(ASKED[file]):
        locked = [pin.version for pin in pins if pin.name == canonicalize_name(asked.name)]
        assert locked, f"{asked} is not in {file}; run `make lock`"
        for version in locked:
            assert asked.specifier.contains(version, prereleases=True), f"{asked}: {version}"


@pytest.mark.parametrize("file", ASKED)
def test_nothing_is_locked_that_is_no_longer_asked_for(file: str) -> None:
    asked = {canonicalize_name(requirement.name) for requirement in _wanted(ASKED[file])}
    assert {pin.name for pin in _pins(file) if pin.is_ours} == asked


@pytest.mark.parametrize("file", ASKED)
def test_every_locked_distribution_has_its_digests(file: str) -> None:
    assert [pin.name for pin in _pins(file) if not pin.hashes] == []
    assert "index-url" not in (ROOT / file).read_text()


def test_the_lock_files_agree_with_each_other() -> None:
    base, demo, dev = ({pin[:2] for pin in _pins(file)} for file in ASKED)
    assert base <= demo <= dev
