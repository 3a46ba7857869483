"""How reports look, and the policy under which they are served.

A report is one file: its style is inline and allowed by its hash, its pictures are data, and
nothing else may be loaded or run. Whoever serves a report sends `content_security_policy`.
"""

import base64
import hashlib
from pathlib import Path

#: The whole style of a report drawn today; one drawn earlier keeps the style it was drawn with.
STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def content_security_policy(page: str) -> str:
    """The header a stored report is served under: its own style by hash, and nothing else."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
