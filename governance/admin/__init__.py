"""Governance's pages: requests and decisions, evidence, policies, waivers, certificates."""

from governance.admin import certificates, coverage, evidence, offered, policies, requests, waivers

__all__ = [
    "certificates",
    "coverage",
    "evidence",
    "offered",
    "policies",
    "requests",
    "waivers",
]
