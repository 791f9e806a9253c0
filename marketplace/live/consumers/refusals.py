"""Why a socket is not opened, or is closed by us."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from marketplace.live.consumers.asgi import Scope, Send


@dataclass(frozen=True)
class Refusal:
    """No socket: answered as an HTTP status where the server can, else by a close code of 4000 plus that status."""

    status: HTTPStatus
    code: str
    detail: str

    @property
    def close_code(self) -> int:
        """Return the websocket close code."""
        return 4000 + self.status

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answer in place of accepting."""
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": self.close_code, "reason": self.code})
            return
        problem = {
            "type": f"urn:plenum:problem:{self.code}",
            "title": self.status.phrase,
            "status": int(self.status),
            "code": self.code,
            "detail": self.detail,
            "field": None,
            "errors": [],
        }
        headers = [(b"content-type", b"application/problem+json")]
        await send({"type": "websocket.http.response.start", "status": int(self.status), "headers": headers})
        await send({"type": "websocket.http.response.body", "body": json.dumps(problem).encode()})


BAD_REQUEST = Refusal(HTTPStatus.BAD_REQUEST, "bad_request", "The request is not acceptable.")
UNAUTHENTICATED = Refusal(
    HTTPStatus.UNAUTHORIZED, "not_authenticated", "Sign in, or send a bearer token or a fresh ticket."
)
FOREIGN_ORIGIN = Refusal(HTTPStatus.FORBIDDEN, "foreign_origin", "Sockets are opened from pages of this site.")
NOT_FOUND = Refusal(HTTPStatus.NOT_FOUND, "not_found", "Not found.")
BUSY = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Busy. Try again.")


class Refused(Exception):
    """The socket is not opened."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


@dataclass(frozen=True)
class Closing:
    """How an open socket ends; without a code the client ended it."""

    code: int | None
    reason: str = ""


class Ended(Exception):
    """The socket ends."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.reason)
        self.closing = closing


CLIENT_LEFT = Closing(None)
GOING_AWAY = Closing(1001, "open for long enough, connect again")
FLOODING = Closing(1008, "too many messages")
SIGNED_OUT = Closing(4401, "not_authenticated")
NO_LONGER_VISIBLE = Closing(4404, "not_found")
CROWDED = Closing(4429, "too_many_sockets")
FAILED = Closing(1011, "internal_error")
