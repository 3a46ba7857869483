"""Where a run is worked on: a folder of its own, and verified copies of what it reads."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings

from audits.models import Run
from models_registry.services import blobs


@contextmanager
def of(run: Run) -> Iterator[Path]:
    """A new folder for this attempt, gone afterwards.

    Folders of workers that were killed stay behind; see `sweep`.
    """
    room = _room()
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=f"run-{run.pk}-{run.attempt}-", dir=room)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def verified_files(digests: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The inputs as local files, each checked against its digest."""
    with ExitStack() as stack:
        yield {
            name: str(stack.enter_context(blobs.local_path(digest)))
            for name, digest in digests.items()
        }


def sweep() -> None:
    """Remove what killed workers left; called when a worker starts."""
    for folder in _room().glob("run-*"):
        if not _is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _room() -> Path:
    return Path(getattr(settings, "ASSAY_WORK_DIR", None) or Path(settings.DATA_DIR) / "work")


def _is_held(folder: Path) -> bool:
    _, run_id, attempt, *_ = folder.name.split("-")
    return Run.objects.filter(pk=int(run_id), attempt=int(attempt), ended_at=None).exists()
