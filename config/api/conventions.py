"""What config/routes.py adds to every viewset: repeats answered once, preconditions, checkpoint."""

from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import entity_tags, idempotency
from people.models import IdempotentAnswer


class Conventions:
    """Goes before the viewset it is put together with.

    `idempotent = False` on a view leaves its answers out: they hold what is shown once.
    """

    _claimed: IdempotentAnswer | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After who and whether: was this asked before, and is the state the one seen?"""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method == "PATCH":
            entity_tags.demand(request)
        if request.method == "POST" and answers_repeats(self):
            self._claim(request)

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Name the state that is shown; keep the answer for whoever asks again."""
        answer: HttpResponseBase = super().finalize_response(  # type: ignore[misc]
            request, response, *args, **kwargs
        )
        if isinstance(answer, Response):
            entity_tags.name_state(answer)
        if self._claimed is not None:
            self._settle(answer, self._claimed)
        return answer

    def _claim(self, request: Request) -> None:
        claimed = idempotency.claim(request)
        if claimed is None:
            return
        if claimed.status is None:
            self._claimed = claimed
        else:  # the handler that is called next answers as before
            self.post = lambda *args, **kwargs: idempotency.replay(claimed)

    def _settle(self, answer: Any, claimed: IdempotentAnswer) -> None:
        if isinstance(answer, Response):
            answer.add_post_render_callback(lambda r: idempotency.settle(claimed, r))
        elif getattr(answer, "streaming", False):
            idempotency.release(claimed)
        else:
            idempotency.settle(claimed, answer)


def answers_repeats(view: object) -> bool:
    """Whether a POST to this view takes an `Idempotency-Key`."""
    return isinstance(view, Conventions) and getattr(view, "idempotent", True)
