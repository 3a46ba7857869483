"""Runs Django's deployment checks on the production settings, as an operator would set them."""

import os
import secrets
import subprocess
import sys
import tempfile

from tests.architecture.source import ROOT


def example(folder: str) -> dict[str, str]:
    """An environment production accepts; the servers it names need not be there."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "ASSAY_SECRET_KEY": secrets.token_urlsafe(60),
        "ASSAY_ALLOWED_HOSTS": "assay.example.org",
        "ASSAY_TRUSTED_ORIGINS": "https://assay.example.org",
        "ASSAY_DATABASE_URL": "postgresql://assay:example@postgres/assay",
        "ASSAY_REDIS_URL": "redis://broker:6379/0",
        "ASSAY_DATA_DIR": folder,
        "ASSAY_KEYS_DIR": f"{folder}/keys",
    }


def run(folder: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy`, where a warning is a failure."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=kept | example(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> int:
    """Say what is wrong, if anything is."""
    with tempfile.TemporaryDirectory() as folder:
        done = run(folder)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
