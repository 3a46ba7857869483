"""Reads the project's own source, so that tests can say what holds for all of it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "audits",
    "config",
    "desk",
    "governance",
    "measures",
    "models_registry",
    "people",
    "trail",
)
PLACES = (*PACKAGES, "bench", "client")

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Function(NamedTuple):
    """One function, where it stands and how long it is, its docstring included."""

    place: str
    name: str
    lines: int
    node: Definition


class Constant(NamedTuple):
    """A name in capitals that stands for one text."""

    place: str
    name: str
    value: str


def files() -> list[Path]:
    """Every Python file of the product: no migrations, no tests."""
    found = (path for place in PLACES for path in (ROOT / place).rglob("*.py"))
    return sorted([ROOT / "manage.py", *(path for path in found if "migrations" not in path.parts)])


def functions() -> Iterator[Function]:
    """Every function and method of the product."""
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, Definition):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield Function(f"{name(path)}:{node.lineno}", node.name, lines, node)


def event_constants() -> Iterator[Constant]:
    """Every event an app can record, from its `events.py`."""
    for path in files():
        if path.name == "events.py":
            yield from _texts(path)


def name(path: Path) -> str:
    """A file's path as seen from the root."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text())


def _texts(path: Path) -> Iterator[Constant]:
    for node in tree(path).body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=constant)], value=ast.Constant(value=str(value)))
                | ast.AnnAssign(target=ast.Name(id=constant), value=ast.Constant(value=str(value)))
            ) if constant.isupper():
                yield Constant(name(path), constant, value)
