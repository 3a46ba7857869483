"""`Idempotency-Key`: the same request sent twice is done once and answered twice the same.

The key is claimed before the request is carried out, by a row only one request can insert, and
given its answer afterwards. An answer that is an error frees the key: nothing was done. A claim
that never got its answer (the process died) stays: whether it was done cannot be known from
here, and doing it twice would be worse than asking.
"""

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request

from people.errors import AssayError, Conflict, Malformed
from people.models import IdempotentAnswer, User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = timedelta(days=1)
KEPT_HEADERS = ("Location", "ETag", "Content-Type")
LONGEST = 255


class KeyUsedOtherwise(AssayError):
    """The key came before, with another request (422)."""


def claim(request: Request) -> IdempotentAnswer | None:
    """The claim on the request's key, new or answered; None if it has no key.

    Raises Malformed, KeyUsedOtherwise, or Conflict while the first request is being answered.
    """
    key = request.headers.get(HEADER)
    if key is None or not request.user.is_authenticated:
        return None
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise Malformed(f"an {HEADER} has 1 to {LONGEST} printable characters, got {len(key)}")
    IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return _insert(request, key, request.user) or _earlier(request, key, request.user)


def settle(claimed: IdempotentAnswer, response: HttpResponse) -> None:
    """Keep the answer, or free the key if the answer is an error."""
    if not 200 <= response.status_code < 300:
        release(claimed)
        return
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    IdempotentAnswer.objects.filter(pk=claimed.pk).update(
        status=response.status_code, body=response.content.decode(), headers=headers
    )


def release(claimed: IdempotentAnswer) -> None:
    """Free the key: nothing was done under it."""
    IdempotentAnswer.objects.filter(pk=claimed.pk, status=None).delete()


def replay(kept: IdempotentAnswer) -> HttpResponse:
    """The answer given before, word for word."""
    answer = HttpResponse(kept.body, status=kept.status)
    for name, value in kept.headers.items():
        answer[name] = value
    answer[REPLAYED] = "true"
    return answer


def _insert(request: Request, key: str, user: User) -> IdempotentAnswer | None:
    digest = _digest(request)
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(user=user, key=key, request_digest=digest)
    except IntegrityError:
        return None


def _earlier(request: Request, key: str, user: User) -> IdempotentAnswer:
    kept = IdempotentAnswer.objects.filter(user=user, key=key).first()
    if kept is None:  # freed just now
        raise Conflict(f"the first request with this {HEADER} has just failed; send it again")
    if kept.request_digest != _digest(request):
        raise KeyUsedOtherwise(f"this {HEADER} came before with another request; use a new one")
    if kept.status is None:
        raise Conflict(
            f"the first request with this {HEADER} has no answer yet; if that lasts, see whether"
            " it was carried out and use a new key"
        )
    return kept


def _digest(request: Request) -> str:
    """Digest of what is asked: method, address, fields and files, however they are framed.

    Keyed: a decision's password is among the fields, and nobody shall guess it from what is kept.
    """
    digest = hmac.new(salted_hmac(__name__, "request").digest(), digestmod=sha256)
    for part in _parts(request):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(request: Request) -> Iterator[bytes]:
    yield f"{request.method} {request.get_full_path()}".encode()
    yield json.dumps(_without_files(request.data), sort_keys=True, cls=DjangoJSONEncoder).encode()
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            yield f"{name} {file.name}".encode()
            yield from _chunks(file)


def _without_files(sent: Any) -> Any:
    if not hasattr(sent, "lists"):
        return sent
    return [[name, values] for name, values in sent.lists() if not _are_files(values)]


def _are_files(values: list[Any]) -> bool:
    return any(isinstance(value, UploadedFile) for value in values)


def _chunks(file: UploadedFile) -> Iterator[bytes]:
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    yield digest.digest()
