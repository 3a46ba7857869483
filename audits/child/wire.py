"""What travels between a worker and its child: JSON files in the run's own folder.

JSON and not pickle, so that a child that was taken over by the file it was reading cannot
hand its worker code to run.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from audits.jobs.contract import Engine, Job, Outcome, Product
from measures.measured import Measured

JOB_FILE = "job.json"
ANSWER_FILE = "answer.json"
PRODUCTS_FOLDER = "products"


class Answer(NamedTuple):
    """How a child ended: with an outcome, or with a sentence why not."""

    outcome: Outcome | None = None
    refused: str = ""
    failed: str = ""
    traceback: str = ""


def write_job(folder: Path, job: Job) -> None:
    """Leave the job for the child to read."""
    content = job._asdict() | {"engine": job.engine._asdict()}
    del content["folder"]
    (folder / PRODUCTS_FOLDER).mkdir()
    (folder / JOB_FILE).write_text(json.dumps(content), encoding="utf-8")


def read_job(folder: Path) -> Job:
    """The job the worker left."""
    content = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    engine = Engine(**content.pop("engine"))
    return Job(**content, folder=folder / PRODUCTS_FOLDER, engine=engine)


def write_answer(folder: Path, answer: Answer) -> None:
    """Leave the answer, whole or not at all."""
    outcome = answer.outcome
    content = {**answer._asdict(), "outcome": _plain_outcome(outcome) if outcome else None}
    draft = folder / f"{ANSWER_FILE}.draft"
    draft.write_text(json.dumps(content, allow_nan=False, default=_plain), encoding="utf-8")
    draft.replace(folder / ANSWER_FILE)


def read_answer(folder: Path) -> Answer | None:
    """The answer the child left; None if it ended without one."""
    path = folder / ANSWER_FILE
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["outcome"]:
        content["outcome"] = _read_outcome(content["outcome"], folder / PRODUCTS_FOLDER)
    return Answer(**content)


def _plain_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "measures": [measured._asdict() for measured in outcome.measures],
        "details": outcome.details,
        "products": [
            {"name": p.name, "file": Path(p.path).name, "media_type": p.media_type}
            for p in outcome.products
        ],
    }


def _read_outcome(content: dict[str, Any], folder: Path) -> Outcome:
    return Outcome(
        measures=tuple(Measured(**measured) for measured in content["measures"]),
        details=content["details"],
        products=tuple(_read_product(product, folder) for product in content["products"]),
    )


def _read_product(content: dict[str, Any], folder: Path) -> Product:
    """A product is a plain file in the run's own folder, whatever the child says."""
    path = folder / Path(content["file"]).name
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"expected product {content['name']!r} as a file, got {path.name!r}")
    return Product(content["name"], path, content["media_type"])


def _plain(value: Any) -> Any:
    """A number of an array library as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"expected what JSON can say, got {type(value).__name__}")
