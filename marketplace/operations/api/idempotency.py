"""`Idempotency-Key`: a request sent again has no second effect and gets the first answer again."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.operations.errors import DomainError, IdempotencyKeyInvalid, IdempotencyKeyRequired
from marketplace.operations.services import forget_key, keep_answer, reserve_key

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
JSON, PROBLEM = "application/json", "application/problem+json"
# A header that is sent twice arrives as one, its values joined by a comma: which of them is the key nobody can tell.
_KEY = re.compile(r"[!-+\--~]{1,255}")

V = TypeVar("V", bound=APIView)
P = ParamSpec("P")
Handler = Callable[Concatenate[V, Request, P], Response]
Answering = Callable[Concatenate[V, Request, P], HttpResponseBase]


def idempotent(
    *, required: bool = False, permanent: bool = False, store_body: bool = True
) -> Callable[[Handler[V, P]], Answering[V, P]]:
    """Let a view's handler have its effect once per key.

    Parameters
    ----------
    required : refuse requests without a key (money, answers).
    permanent : keep the key for ever instead of a day (money, answers).
    store_body : keep the answer; not where it holds a secret, whose replay is 409 `already_done`.

    The key, the effect and the answer are written in one transaction. What is wrong with the request undoes all three,
    so that it may be put right and sent under the same key; a refusal whose effect stays undoes the key alone. Where
    keys are permanent, a refusal that is the request's outcome (no money, a wrong state) undoes the effect and is kept:
    the same key gets it again, whatever has changed since, and another try takes another key.
    """

    def decorate(handler: Handler[V, P]) -> Answering[V, P]:
        @wraps(handler)
        def answer_once(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            key = _key(request, required=required)
            user_id = request.user.pk
            if key is None or user_id is None:
                return handler(view, request, *args, **kwargs)
            with transaction.atomic():
                kept = reserve_key(
                    user_id=user_id,
                    key=key,
                    route=f"{request.method} {request.path}"[:255],
                    fingerprint=fingerprint(request),
                    permanent=permanent,
                    now=timezone.now(),
                )
                if kept is not None:
                    return _replay(kept.status, kept.body)
                answer = _carry_out(view, lambda: handler(view, request, *args, **kwargs), permanent=permanent)
                if isinstance(answer, DomainError):
                    forget_key(user_id=user_id, key=key)
                elif answer.status_code < 400 or answer.exception:
                    text = _render(answer) if store_body else None
                    keep_answer(user_id=user_id, key=key, status=answer.status_code, body=text)
                else:
                    transaction.set_rollback(True)
            if isinstance(answer, DomainError):
                raise answer
            return _first(answer, _render(answer))

        # Read by the schema, which describes the header.
        answer_once.idempotency_key_required = required  # type: ignore[attr-defined]
        return answer_once

    return decorate


def fingerprint(request: Request) -> str:
    """Return a hash of what is asked: method, path with query, and the body whatever its spacing and key order."""
    asked = f"{request.method}\n{request.get_full_path()}\n".encode()
    body = json.dumps(_canonical(request.data), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(asked + body.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, QueryDict):
        return {name: [_canonical(item) for item in items] for name, items in value.lists()}
    if isinstance(value, Mapping):
        return {str(name): _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, UploadedFile):
        return {"name": value.name, "sha256": _hash_of_file(value)}
    return value


def _hash_of_file(file: UploadedFile[Any]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _key(request: Request, *, required: bool) -> str | None:
    text = request.headers.get(HEADER)
    if text is None:
        if required:
            raise IdempotencyKeyRequired(f"Send an {HEADER} header, the same when you send the request again.")
        return None
    if not _KEY.fullmatch(text):
        detail = "Send one key of 1 to 255 printable ASCII characters without spaces and commas."
        raise IdempotencyKeyInvalid(detail, field=HEADER)
    return text


def _carry_out(view: APIView, handle: Callable[[], Response], *, permanent: bool) -> Response | DomainError:
    """Return the answer, a refusal that is an outcome included, or a refusal whose effect stays; raise any other."""
    before = transaction.savepoint()
    try:
        return handle()
    except DomainError as error:
        if permanent and error.is_outcome:
            _undo(to=before)
            refused: Response = view.get_exception_handler()(error, view.get_exception_handler_context())
            refused.exception = True
            return refused
        if error.effect_stays:
            return error
        raise


def _undo(*, to: str | None) -> None:
    """Undo what a handler did since, the key excepted, and go on with the transaction."""
    if to is not None:
        transaction.savepoint_rollback(to)
    transaction.set_rollback(False)


def _render(response: Response) -> str:
    """Return the body as text; rendered here, and not by content negotiation, so that a replay is byte-equal."""
    return "" if response.data is None else JSONRenderer().render(response.data).decode()


def _first(response: Response, body: str) -> HttpResponse:
    sent = HttpResponse(body, status=response.status_code, content_type=response.content_type or JSON)
    for name, value in response.headers.items():
        if name.lower() != "content-type":
            sent[name] = value
    return sent


def _replay(status: int, body: str) -> HttpResponse:
    content_type = PROBLEM if status >= 400 else JSON
    return HttpResponse(body, status=status, content_type=content_type, headers={REPLAYED: "true"})
