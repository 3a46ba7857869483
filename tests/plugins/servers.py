"""Brings up the real servers the tests need, before Django reads its settings."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests():  # type: ignore[no-untyped-def]
    """Choose the settings and start what they name."""
    if not (ROOT / "config/settings/test.py").exists():
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.development"
    return (yield)
