"""What a job is given and what it gives back. Jobs are pure: no Django, clock or network.

A job runs in a child process with limits. It reads the files it was given, writes files into
its own folder, and returns an `Outcome`. Whoever calls it stores and files what came out.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from measures.measured import Measured

#: What a validation leaves for monitoring: the attachment's name, and the input's.
REFERENCE_COUNTS = "reference_counts.json"


class Engine(NamedTuple):
    """What counting rows may use: bytes of memory, bytes of files for what it cannot hold."""

    memory: int = 512 << 20
    threads: int = 2
    spill: int = 8 << 30


class Job(NamedTuple):
    """One piece of work, complete in itself.

    `inputs` maps names to absolute paths of verified files; `facts` holds what the database
    knows and the job needs (a recipe's steps, a version's signature).
    """

    kind: str
    spec: Mapping[str, Any]
    inputs: Mapping[str, str]
    facts: Mapping[str, Any]
    folder: Path
    engine: Engine = Engine()


class Product(NamedTuple):
    """A file the job wrote, to be kept under its digest."""

    name: str
    path: Path
    media_type: str


class Outcome(NamedTuple):
    """What came out: measures with their uncertainty, tables for the report, files."""

    measures: tuple[Measured, ...]
    details: dict[str, Any]
    products: tuple[Product, ...] = ()


class Refused(Exception):
    """The input cannot be worked on, and will not be tomorrow: a sentence for people."""


#: Called with the fraction done, in [0, 1], and a sentence.
Tell = Callable[[float, str], None]
