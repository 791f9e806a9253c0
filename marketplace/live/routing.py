"""Where websockets lead."""

import re
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from marketplace.live.consumers.asgi import Receive, Scope, Send
from marketplace.live.consumers.job_progress import TICKET, JobProgressSockets
from marketplace.live.consumers.refusals import NOT_FOUND

_JOB = re.compile(r"/ws/v1/jobs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class Websockets:
    """The application of all websockets; each kind authenticates by itself and refuses before accepting."""

    def __init__(self) -> None:
        self._job_progress = JobProgressSockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a socket on by its path."""
        scope = _without_ticket(scope)
        found = _JOB.fullmatch(scope["path"])
        if found is None:
            await receive()
            await NOT_FOUND.answer(scope, send)
            return
        await self._job_progress(scope, receive, send, job_id=UUID(found[1]))


def _without_ticket(scope: Scope) -> Scope:
    """Take tickets out of the URL, the server's own copy of it too: the server writes that into its log."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    tickets = [value for name, value in pairs if name == "ticket"]
    if not tickets:
        return scope
    scope["query_string"] = urlencode([pair for pair in pairs if pair[0] != "ticket"]).encode("ascii")
    # Two tickets are none that was issued.
    return {**scope, TICKET: tickets[0] if len(tickets) == 1 else ""}
