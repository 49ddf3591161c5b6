"""A call that names a key is carried out once: asked again, it is answered as the first time.

The key is written down before the work begins. Work and answer are kept in one transaction, so a
process that dies leaves neither, and whoever asks again after LEASE does it anew. A route that
talks to other services or thinks long (`outside`) works without that transaction: there the second
try may find the first one's effect, which its service then says.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from salesagent.api.models import ApiToken, IdempotentCall
from salesagent.api.problems import Problem

HEADER = "Idempotency-Key"
LEASE = timedelta(minutes=2)
KEEP = timedelta(hours=24)
GONE = "-"  # in place of the answer of a call that runs: it is not to be kept
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
NOT_KEPT = {409, 412, 429}  # may be otherwise the next time
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def key_of(request: HttpRequest) -> str:
    """The key, "" without one. Raises Problem."""
    key = request.headers.get(HEADER, "")
    if key and not (len(key) <= 100 and key.isascii() and key.isprintable()):
        raise Problem(400, f"{HEADER} has up to 100 plain characters.", code="key")
    return key if request.method in UNSAFE else ""


def _print(request: HttpRequest) -> str:
    """What is asked, body and all."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def answered(
    token: ApiToken,
    key: str,
    request: HttpRequest,
    work: Callable[[], HttpResponse],
    *,
    outside: bool = False,
) -> HttpResponse:
    """The stored answer of this key, or that of `work`, which is then stored."""
    wanted = _print(request)
    row = _begun(token, key, wanted, request.path)
    if isinstance(row, HttpResponse):
        return row
    try:
        with nullcontext() if outside else transaction.atomic():
            response = work()
            kept = response.status_code < 500 and response.status_code not in NOT_KEPT
            if kept:
                _keep(row, response)
            elif not outside:
                transaction.set_rollback(response.status_code >= 500)
    except BaseException:
        _drop(row)
        raise
    if not kept:
        _drop(row)
    return response


def _begun(token: ApiToken, key: str, wanted: str, path: str) -> IdempotentCall | HttpResponse:
    """The row to work under, or the answer that is there. Raises Problem."""
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(token=token, key=key, request_hash=wanted)
    except IntegrityError:
        row = IdempotentCall.objects.filter(token=token, key=key).first()
    if row is None:  # the other one failed just now
        raise _running()
    if row.created_at < timezone.now() - KEEP:
        row.delete()
        return _begun(token, key, wanted, path)
    if row.request_hash != wanted:
        detail = "This key was used for another call. Take a new one."
        raise Problem(422, detail, code="key_reused")
    if row.status:
        return _again(row, token, path)
    old = IdempotentCall.objects.filter(
        pk=row.pk, status=0, created_at=row.created_at, created_at__lt=timezone.now() - LEASE
    )
    if old.update(created_at=timezone.now()):
        return row
    raise _running()


def _running() -> Problem:
    wait = {"Retry-After": "2"}
    return Problem(409, "The same call is being worked on.", code="running", headers=wait)


def _keep(row: IdempotentCall, response: HttpResponse) -> None:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    text = json.dumps({"headers": headers, "body": response.content.decode()})
    rows, status = IdempotentCall.objects.filter(pk=row.pk), response.status_code
    if not rows.filter(answer="").update(status=status, answer=text):
        rows.update(status=status, answer="")  # somebody was erased while it was worked on


def _drop(row: IdempotentCall) -> None:
    IdempotentCall.objects.filter(pk=row.pk, status=0).delete()


def _again(row: IdempotentCall, token: ApiToken, path: str) -> HttpResponse:
    """The rules of objects are those of now, not of when it was answered. Raises Problem."""
    from salesagent.api import replayed

    if not row.answer:
        raise Problem(409, "This call was carried out; its answer was erased.", code="erased")
    kept = json.loads(row.answer)
    if row.status < 400 and not replayed.still_seen(token.user, path, kept["body"]):
        detail = "This call was carried out; you do not see any more what its answer tells of."
        raise Problem(409, detail, code="out_of_sight")
    response = HttpResponse(kept["body"], status=row.status, headers=kept["headers"])
    response["Idempotency-Replayed"] = "true"
    return response


def blank() -> None:
    """Somebody was erased: stored answers may tell of them, also those that are just being made.
    That the calls were made stays."""
    running = When(status=0, then=Value(GONE))
    IdempotentCall.objects.update(answer=Case(running, default=Value("")))


def forget_old() -> int:
    """Keys that are older than KEEP; the count."""
    return IdempotentCall.objects.filter(created_at__lt=timezone.now() - KEEP).delete()[0]
