"""A web process never loads the libraries that only a worker's child needs."""

import os
import subprocess
import sys

from tests.architecture.source import ROOT

HEAVY = (
    "duckdb fairlearn ibis matplotlib numpy onnx onnxruntime pandas pyarrow scipy skl2onnx"
    " sklearn skops"
)

PROGRAM = f"""
import sys
import django
django.setup()
import config.urls
from django.contrib import admin
admin.autodiscover()
print(*sorted(set({HEAVY.split()!r}) & set(sys.modules)))
"""


def test_a_web_process_loads_no_data_library() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.development"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
