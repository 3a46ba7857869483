"""How reports look, and the policy under which they are served.

A report is one file: its style is inline and allowed by its hash, its pictures are data, and
nothing else may be loaded or run. Whoever serves a report sends `CONTENT_SECURITY_POLICY`.
"""

import base64
import hashlib
from pathlib import Path

#: The whole style of a report; its hash is what the policy allows.
STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

#: The header a report is served under.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
