"""What the service answers when it cannot do something, as exceptions.

The service explains itself in problem documents (RFC 9457); their sentence is the message.
"""

from typing import Any

import httpx


class Problem(Exception):
    """The service refused, and says why in one sentence.

    `errors` lists the parts of the answer: a field that is wrong, a rule that is not met.
    """

    def __init__(self, status: int, detail: str, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.errors = errors


class NotPermitted(Problem):
    """This person may not do this (401, 403)."""


class Conflict(Problem):
    """The thing is not in a state in which this can be done (409, 412)."""


class RulesNotMet(Problem):
    """The rules that apply are not met (422); `errors` holds each with its verdict."""


KINDS = {401: NotPermitted, 403: NotPermitted, 409: Conflict, 412: Conflict, 422: RulesNotMet}


def raise_for(answer: httpx.Response) -> None:
    """Raise the problem an answer tells of, if it tells of one."""
    if answer.is_success:
        return
    told = _document(answer)
    kind = KINDS.get(answer.status_code, Problem)
    detail = told.get("detail") or told.get("title") or answer.text[:300]
    raise kind(answer.status_code, str(detail), list(told.get("errors") or []))


def _document(answer: httpx.Response) -> dict[str, Any]:
    if "json" not in answer.headers.get("content-type", ""):
        return {}
    told = answer.json()
    return told if isinstance(told, dict) else {}
