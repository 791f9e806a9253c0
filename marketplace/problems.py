"""Errors as problem documents (RFC 9457); the only place that gives a domain error an HTTP status."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.views import defaults
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from labeling import errors as labeling
from labeling.adapters import images
from marketplace.accounts import errors as accounts
from marketplace.ledger import errors as ledger
from marketplace.operations import errors as operations
from marketplace.operations.errors import DomainError
from marketplace.orders import errors as orders
from marketplace.releases import errors as releases
from pricing import errors as pricing
from quality import errors as quality

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
RETRY_AFTER_S = 1

# The nearest class of the error's ancestry counts; what is not listed is 400.
STATUSES: dict[type[DomainError], HTTPStatus] = {
    DomainError: HTTPStatus.BAD_REQUEST,
    accounts.EmailTaken: HTTPStatus.CONFLICT,
    accounts.AlreadyMember: HTTPStatus.CONFLICT,
    accounts.AlreadyInvited: HTTPStatus.CONFLICT,
    accounts.TooManyInvitations: HTTPStatus.CONFLICT,
    accounts.InvitationClosed: HTTPStatus.CONFLICT,
    accounts.LastManager: HTTPStatus.CONFLICT,
    accounts.HandleTaken: HTTPStatus.CONFLICT,
    accounts.TooManyTokens: HTTPStatus.CONFLICT,
    accounts.BadCredentials: HTTPStatus.UNAUTHORIZED,
    accounts.TokenRefused: HTTPStatus.UNAUTHORIZED,
    accounts.TicketRefused: HTTPStatus.FORBIDDEN,
    accounts.TooManySignIns: HTTPStatus.TOO_MANY_REQUESTS,
    accounts.TooManyRegistrations: HTTPStatus.TOO_MANY_REQUESTS,
    operations.LeaseLost: HTTPStatus.CONFLICT,
    operations.OperationFinished: HTTPStatus.CONFLICT,
    operations.AlreadyDone: HTTPStatus.CONFLICT,
    operations.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    operations.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    labeling.NoSuchObject: HTTPStatus.NOT_FOUND,
    labeling.DuplicateExternalId: HTTPStatus.CONFLICT,
    labeling.WrongState: HTTPStatus.CONFLICT,
    labeling.NotMergeable: HTTPStatus.CONFLICT,
    labeling.SplitRefused: HTTPStatus.CONFLICT,
    labeling.NoSuchStorage: HTTPStatus.NOT_FOUND,
    labeling.EmptyDataset: HTTPStatus.CONFLICT,
    labeling.AlreadySubmitted: HTTPStatus.CONFLICT,
    labeling.LeaseExpired: HTTPStatus.CONFLICT,
    labeling.AssignmentClosed: HTTPStatus.CONFLICT,
    labeling.FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    labeling.PreLabelExists: HTTPStatus.CONFLICT,
    labeling.BackendUnderWay: HTTPStatus.CONFLICT,
    labeling.BackendDisabled: HTTPStatus.CONFLICT,
    labeling.BackendResting: HTTPStatus.CONFLICT,
    labeling.DuplicateName: HTTPStatus.CONFLICT,
    labeling.NothingToDo: HTTPStatus.CONFLICT,
    labeling.WorkerPaused: HTTPStatus.CONFLICT,
    labeling.NotQualified: HTTPStatus.CONFLICT,
    labeling.JobHeld: HTTPStatus.CONFLICT,
    labeling.NotOffered: HTTPStatus.CONFLICT,
    images.ImageTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    images.TooManyPixels: HTTPStatus.BAD_REQUEST,
    images.UnknownImageFormat: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    images.DecodersBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    quality.NoConsensusYet: HTTPStatus.NOT_FOUND,
    quality.NothingToAudit: HTTPStatus.CONFLICT,
    quality.AuditUnderWay: HTTPStatus.CONFLICT,
    quality.AuditClosed: HTTPStatus.CONFLICT,
    quality.VerdictGiven: HTTPStatus.CONFLICT,
    quality.FourEyes: HTTPStatus.CONFLICT,
    quality.GoldClosed: HTTPStatus.CONFLICT,
    quality.TooMuchGold: HTTPStatus.CONFLICT,
    quality.TooManyRuns: HTTPStatus.CONFLICT,
    quality.TooManyRules: HTTPStatus.CONFLICT,
    quality.KnownAnswersMissing: HTTPStatus.CONFLICT,
    quality.NoFeedbackYet: HTTPStatus.CONFLICT,
    quality.ReviewUnderWay: HTTPStatus.CONFLICT,
    quality.NoReviewLeft: HTTPStatus.CONFLICT,
    quality.FindingDecided: HTTPStatus.CONFLICT,
    quality.ReorderUnderWay: HTTPStatus.CONFLICT,
    quality.OwnFinding: HTTPStatus.CONFLICT,
    quality.ObjectionMade: HTTPStatus.CONFLICT,
    pricing.QuoteNeeded: HTTPStatus.UNPROCESSABLE_ENTITY,
    pricing.CardExists: HTTPStatus.CONFLICT,
    pricing.WageTooLow: HTTPStatus.CONFLICT,
    ledger.InsufficientFunds: HTTPStatus.CONFLICT,
    ledger.ReferenceReused: HTTPStatus.CONFLICT,
    ledger.CurrenciesMixed: HTTPStatus.CONFLICT,
    ledger.AlreadyReversed: HTTPStatus.CONFLICT,
    ledger.PayoutRefused: HTTPStatus.CONFLICT,
    ledger.PaymentRefused: HTTPStatus.PAYMENT_REQUIRED,
    orders.OrderError: HTTPStatus.CONFLICT,
    releases.JobNotCompleted: HTTPStatus.CONFLICT,
    releases.NoConsensusYet: HTTPStatus.CONFLICT,
}

# Django's own refusals: status, code and a sentence that repeats nothing of the input.
_DJANGO: dict[type[Exception], tuple[HTTPStatus, str, str]] = {
    Http404: (HTTPStatus.NOT_FOUND, "not_found", "Not found."),
    PermissionDenied: (HTTPStatus.FORBIDDEN, "permission_denied", "You may not do this."),
    RequestDataTooBig: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", "The body is too large."),
    TooManyFieldsSent: (HTTPStatus.BAD_REQUEST, "too_many_fields", "The form has too many fields."),
    TooManyFilesSent: (HTTPStatus.BAD_REQUEST, "too_many_files", "The form has too many files."),
    SuspiciousOperation: (HTTPStatus.BAD_REQUEST, "bad_request", "The request is not acceptable."),
    MultiPartParserError: (HTTPStatus.BAD_REQUEST, "invalid_form", "The form cannot be read."),
}


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an error of an API view into a problem document; what is none of ours stays a 500."""
    if isinstance(error, DomainError):
        return _response(_of_domain_error(error), _headers_of_domain_error(error))
    if isinstance(error, exceptions.APIException):
        return _response(_of_api_exception(error), _headers_of_api_exception(error))
    for kind in type(error).__mro__:
        if kind in _DJANGO:
            status, code, detail = _DJANGO[kind]
            return _response(problem(status, code=code, detail=detail))
    if isinstance(error, OperationalError) and _is_transient(error):
        logger.warning("The database was busy: %s", error.__class__.__name__, exc_info=error)
        document = problem(HTTPStatus.SERVICE_UNAVAILABLE, code="busy", detail="Busy. Send the request again.")
        return _response(document, {"Retry-After": str(RETRY_AFTER_S)})
    return None


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    field: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a problem document; `data` adds members and replaces none."""
    return {
        **(data or {}),
        "type": f"urn:plenum:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "field": field,
        "errors": errors or [],
    }


def status_of(error: DomainError) -> HTTPStatus:
    """Return the HTTP status of a domain error."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[DomainError]) -> HTTPStatus:
    """Return the HTTP status of all errors of a class."""
    return next(STATUSES[base] for base in kind.__mro__ if base in STATUSES)


def _of_domain_error(error: DomainError) -> dict[str, Any]:
    entries = [] if error.field is None else [error.entry()]
    return problem(
        status_of(error), code=error.code, detail=error.detail, field=error.field, errors=entries, data=error.data
    )


def _headers_of_domain_error(error: DomainError) -> dict[str, str]:
    headers = {}
    if "retry_after_s" in error.data:
        headers["Retry-After"] = str(error.data["retry_after_s"])
    if status_of(error) == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return headers


def _of_api_exception(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.NotFound):  # equal to what a foreign object answers
        return problem(HTTPStatus.NOT_FOUND, code="not_found", detail="Not found.")
    if isinstance(error, exceptions.ValidationError):
        entries = list(_flatten(error.detail, ""))
        first = entries[0]
        return problem(error.status_code, code="invalid", detail=first["detail"], field=first["field"], errors=entries)
    code = getattr(error.detail, "code", None) or error.default_code
    return problem(error.status_code, code=code, detail=str(error.detail))


def _headers_of_api_exception(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    if (wait_s := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait_s))
    return headers


def _flatten(detail: Any, path: str) -> Iterator[dict[str, Any]]:
    """Yield one entry per message, with the path of its field as `annotations[2].box`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flatten(inner, _join(path, name))
    elif isinstance(detail, list):
        # A list holds either the messages of one field or, in order, what is wrong with each item.
        for index, inner in enumerate(detail):
            is_message = isinstance(inner, exceptions.ErrorDetail)
            yield from _flatten(inner, path if is_message else f"{path}[{index}]")
    else:
        yield {"field": path or None, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def _join(path: str, name: Any) -> str:
    if name == "non_field_errors":
        return path
    if isinstance(name, int):  # the fields of a list, by number
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)


def _is_transient(error: OperationalError) -> bool:
    """Return whether the same request may succeed in a moment: locks, deadlocks, time-outs, no connection."""
    cause = error.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return state is None or state in {"40001", "40P01", "55P03", "57014"} or state[:2] in {"08", "53", "57"}


def _response(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(document, status=document["status"], headers=headers, content_type=CONTENT_TYPE)


# --- what Django answers outside of API views -----------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400 (`handler400`)."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return _plain(problem(HTTPStatus.BAD_REQUEST, code="bad_request", detail="The request is not acceptable."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 403 (`handler403`)."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return _plain(problem(HTTPStatus.FORBIDDEN, code="permission_denied", detail="You may not do this."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404 (`handler404`)."""
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return _plain(problem(HTTPStatus.NOT_FOUND, code="not_found", detail="Not found."))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 500 (`handler500`) without a word about why."""
    if not _is_api(request):
        return defaults.server_error(request)
    detail = "Something went wrong here. It was recorded."
    return _plain(problem(HTTPStatus.INTERNAL_SERVER_ERROR, code="internal_error", detail=detail))


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def _plain(document: dict[str, Any]) -> HttpResponse:
    return HttpResponse(JSONRenderer().render(document), status=document["status"], content_type=CONTENT_TYPE)
