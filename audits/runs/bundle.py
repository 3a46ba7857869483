"""What is needed to repeat a run: inputs by digest, spec, seed, libraries, code, Python."""

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings

from audits.models import Run
from audits.runs.ingredients import Ingredients

#: The libraries whose release can change a number or the bytes of a product.
LIBRARIES = (
    "duckdb",
    "fairlearn",
    "ibis-framework",
    "matplotlib",
    "numpy",
    "onnx",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skl2onnx",
    "skops",
)


def of(run: Run, ingredients: Ingredients) -> dict[str, Any]:
    """The bundle, as it is stored with the run and its evidence."""
    return {
        "kind": run.kind,
        "spec": run.spec,
        "spec_version": run.spec_version,
        "seed": run.spec.get("seed"),
        "inputs": ingredients.digests,
        "facts": ingredients.facts,
        "libraries": libraries(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "code_revision": code_revision(),
    }


@cache
def libraries() -> dict[str, str]:
    """The releases in use."""
    return {name: found for name in LIBRARIES if (found := _version(name))}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def code_revision() -> str:
    """The commit Assay runs from, with ``+changed`` if files differ; else its release."""
    if said := getattr(settings, "ASSAY_CODE_REVISION", ""):
        return str(said)
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return f"release {_version('assay') or 'unknown'}"
    return commit + ("+changed" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*words: str) -> str:
    try:
        told = subprocess.run(
            ["git", "-C", str(settings.BASE_DIR), *words],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
