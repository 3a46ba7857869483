"""Reports: one piece of evidence, drawn as one HTML document for people to read and review."""

from audits.reports.document import draw
from audits.reports.style import content_security_policy

__all__ = ["content_security_policy", "draw"]
