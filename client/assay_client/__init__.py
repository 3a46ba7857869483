"""A small client of Assay's HTTP API.

>>> from assay_client import Assay
>>> owner = Assay.sign_in("http://127.0.0.1:8000", "owner", "…")
>>> run = owner.run("validate", version=1, snapshot=3)
>>> owner.get("gate", digest="…", environment="production")["allowed"]
"""

from assay_client.connection import Assay, RunFailed
from assay_client.problems import Conflict, NotPermitted, Problem, RulesNotMet

__all__ = ["Assay", "Conflict", "NotPermitted", "Problem", "RulesNotMet", "RunFailed"]
