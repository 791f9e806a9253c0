"""What the API's description says besides its endpoints: how to ask, and every code of a problem."""

from collections.abc import Iterator
from typing import Any

from marketplace.operations.errors import DomainError
from marketplace.problems import status_of_kind

# Refusals of the frameworks below us, of the limits before us, and of a broken day.
_OTHERS = {
    "invalid": (400, "The body does not fit; `errors` names every field at fault with a code of its own."),
    "bad_request": (400, "The request is not acceptable."),
    "invalid_form": (400, "The form cannot be read."),
    "too_many_fields": (400, "The form has too many fields."),
    "too_many_files": (400, "The form has too many files."),
    "not_authenticated": (401, "Send a token."),
    "permission_denied": (403, "You may not do this."),
    "role_required": (403, "This takes another role in the organization."),
    "csrf_failed": (403, "A browser's change came without its CSRF token, or from another site."),
    "not_found": (404, "There is no such thing, or it is not yours to see."),
    "method_not_allowed": (405, ""),
    "not_acceptable": (406, ""),
    "body_too_slow": (408, "The body did not arrive in time."),
    "unsupported_media_type": (415, ""),
    "internal_error": (500, "Something went wrong here. It was recorded."),
    "busy": (503, "Send the request again after `Retry-After` seconds."),
}

_INTRODUCTION = """
Send `Authorization: Bearer <token>`; `POST /api/v1/accounts` registers and `POST /api/v1/tokens` with e-mail and
password gives a token. `docs/api.md` of the project walks through an order.

Every refusal is `application/problem+json` with a stable `code`:

| code | status | |
|---|---|---|
"""


def list_problem_codes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to the OpenAPI document's description how to ask and a table of codes."""
    rows = dict(_OTHERS)
    for error in _descendants(DomainError):
        words = (error.__dict__.get("__doc__") or "").strip().partition("\n")[0]
        rows.setdefault(error.code, (int(status_of_kind(error)), words))
    table = "\n".join(f"| `{code}` | {status} | {words} |" for code, (status, words) in sorted(rows.items()))
    result["info"]["description"] += "\n" + _INTRODUCTION + table + "\n"
    return result


def _descendants(error: type[DomainError]) -> Iterator[type[DomainError]]:
    """Return every error that has a code of its own."""
    for kind in error.__subclasses__():
        if "code" in kind.__dict__:
            yield kind
        yield from _descendants(kind)
