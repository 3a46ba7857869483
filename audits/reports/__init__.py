"""Reports: one piece of evidence, drawn as one HTML document for people to read and review."""

from audits.reports.document import draw
from audits.reports.style import CONTENT_SECURITY_POLICY

__all__ = ["CONTENT_SECURITY_POLICY", "draw"]
