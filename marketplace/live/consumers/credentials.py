"""Who opens a socket, and whether what opened it still would: a socket outlives its request by hours."""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from marketplace.accounts.errors import TicketRefused, TokenRefused
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.services import redeem_socket_ticket, redeem_token
from marketplace.live.consumers.refusals import UNAUTHENTICATED, Refused


@dataclass(frozen=True)
class Credential:
    """A user, and the token or the session that spoke for the user; a ticket is used up and leaves neither."""

    user_id: UUID
    token_id: UUID | None = None
    session_key: str | None = None

    def user(self, now: datetime) -> User | None:
        """Return the user while this credential is still good."""
        if self.session_key is not None:
            return _user_of_session(self.session_key)
        if self.token_id is not None:
            live = ApiToken.objects.live(now).filter(user__is_active=True).select_related("user")
            token = live.filter(pk=self.token_id).first()
            return token.user if token else None
        return User.objects.filter(pk=self.user_id, is_active=True).first()


def identify(
    *, ticket: str | None, authorization: list[str], cookies: list[str], has_origin: bool, now: datetime
) -> Credential:
    """Return the credential of a request; the first kind that is present decides, good or not.

    Raises
    ------
    Refused
        Nothing was given, or what was given is not good.
    """
    try:
        if ticket is not None:
            return Credential(redeem_socket_ticket(ticket, now=now).pk)
        if authorization:
            token = redeem_token(_bearer(authorization), now=now)
            return Credential(token.user_id, token_id=token.pk)
    except (TicketRefused, TokenRefused):
        raise Refused(UNAUTHENTICATED) from None
    # Without an Origin nothing says which page made the browser send its cookies.
    key = _session_key(cookies) if has_origin else None
    user = _user_of_session(key) if key else None
    if user is None:
        raise Refused(UNAUTHENTICATED)
    return Credential(user.pk, session_key=key)


def _bearer(authorization: list[str]) -> str:
    scheme, _, text = authorization[0].partition(" ")
    if len(authorization) != 1 or scheme.lower() != "bearer":
        raise Refused(UNAUTHENTICATED)
    return text.strip()


def _session_key(cookies: list[str]) -> str | None:
    key = parse_cookie("; ".join(cookies)).get(settings.SESSION_COOKIE_NAME, "")
    return key if key.isascii() and key.isalnum() else None


def _user_of_session(session_key: str) -> User | None:
    """Return the active user of a session, unless it ended, expired or is older than the password."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None
