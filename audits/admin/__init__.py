"""Pages of runs and reports, and the checks offered on the inventory's pages."""

from audits.admin import offered, reports, runs

__all__ = ["offered", "reports", "runs"]
