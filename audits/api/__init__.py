"""Runs and reports over HTTP, and what is brought in for a run to read."""

from typing import Any

from audits.api.intake import OutcomeUpload, PredictionRequests, SnapshotUpload
from audits.api.reports import ReportViewSet
from audits.api.runs import RunViewSet

ROUTES: list[tuple[str, Any]] = [("runs", RunViewSet), ("reports", ReportViewSet)]
urlpatterns: list[Any] = []

__all__ = ["ROUTES", "OutcomeUpload", "PredictionRequests", "SnapshotUpload", "urlpatterns"]
