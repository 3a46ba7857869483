"""One person's connection to an Assay service."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from assay_client import problems

ENDED = frozenset({"succeeded", "failed", "cancelled"})
ALL_SCOPES = ("read", "write", "decide", "predict")

Tell = Callable[[float, str], None]


class RunFailed(Exception):
    """A run ended without a result; the message is the run's own sentence."""


class Assay:
    """Everything the API offers, with addresses relative to `/api/v1/`.

    Each method is one request, except `every` (follows the pages) and `run`, `await_run` (ask
    until the run has ended). What the service refuses is raised as a `Problem`.
    """

    def __init__(self, address: str, token: str = "", *, timeout: float = 30.0) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=f"{address.rstrip('/')}/api/v1/", headers=headers, timeout=timeout
        )

    @classmethod
    def sign_in(
        cls, address: str, username: str, password: str, *, label: str = "", days: int = 1
    ) -> Self:
        """Ask for a token with a password, and connect with it."""
        asked = {"username": username, "password": password, "label": label}
        with cls(address) as stranger:
            issued = stranger.post("tokens", asked | {"scopes": ALL_SCOPES, "days": days})
        return cls(address, issued["token"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def get(self, path: str, **filters: Any) -> Any:
        """One resource, or one page of a list."""
        return self._ask("GET", path, params=filters).json()

    def every(self, path: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """Every resource of a list, page after page."""
        page = self.get(path, **filters)
        yield from page["results"]
        while following := page.get("next"):
            page = self._checked(self._http.get(following)).json()
            yield from page["results"]

    def content(self, path: str) -> bytes:
        """The bytes of a snapshot or a report."""
        return self._ask("GET", path).content

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> Any:
        """Create something, or carry out a verb. With a key, doing it twice does it once."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        answer = self._ask("POST", path, json=dict(body or {}), headers=headers)
        return answer.json() if answer.content else None

    def upload(self, path: str, file: Path, **fields: Any) -> Any:
        """Send a file. The answer is the run that takes it in."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        with file.open("rb") as stream:
            sent = {"file": (file.name, stream)}
            return self._ask("POST", path, data=fields, files=sent, headers=headers).json()

    def change(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change something as it was when this read it; a Conflict if somebody was faster."""
        tag = self._ask("GET", path).headers["etag"]
        return self._ask("PATCH", path, json=dict(body), headers={"If-Match": tag}).json()

    def run(self, kind: str, *, tell: Tell | None = None, **spec: Any) -> dict[str, Any]:
        """Ask for a run and wait for its end; RunFailed with its sentence."""
        return self.await_run(self.post("runs", {"kind": kind, "spec": spec}), tell=tell)

    def await_run(
        self, run: Mapping[str, Any], *, tell: Tell | None = None, timeout: float = 600.0
    ) -> dict[str, Any]:
        """Wait until a run has ended; RunFailed with its sentence."""
        deadline = time.monotonic() + timeout
        seen = dict(run)
        while seen["state"] not in ENDED:
            if time.monotonic() > deadline:
                raise RunFailed(f"run {seen['id']} is still {seen['state']} after {timeout:.0f} s")
            time.sleep(0.2)
            seen = self.get(f"runs/{seen['id']}")
            if tell:
                tell(float(seen["progress"]), seen["progress_note"])
        if seen["state"] != "succeeded":
            raise RunFailed(f"run {seen['id']} {seen['state']}: {seen['error']}")
        return seen

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._checked(self._http.request(method, f"{path.strip('/')}/", **options))

    @staticmethod
    def _checked(answer: httpx.Response) -> httpx.Response:
        problems.raise_for(answer)
        return answer
