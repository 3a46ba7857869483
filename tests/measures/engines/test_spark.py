"""Spark is an extra: where it is absent its engine says what to install."""

import importlib
import sys

import pytest


def test_without_pyspark_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.delitem(sys.modules, "measures.engines.spark", raising=False)
    with pytest.raises(ImportError, match=r"install the extra assay\[spark\]"):
        importlib.import_module("measures.engines.spark")
