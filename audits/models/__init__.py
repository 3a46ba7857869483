"""Runs and the reports drawn from them."""

from audits.models.report import Report
from audits.models.run import Run

__all__ = ["Report", "Run"]
