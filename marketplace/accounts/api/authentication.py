"""Who is asking: a bearer token, or a browser's session."""

from typing import Any, Final

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from marketplace.accounts.errors import TokenRefused
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.services import redeem_token

REALM: Final = 'Bearer realm="api"'


class BearerTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer plm_...`; where there is such a header, nothing else counts."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token and its user, or nothing where no token was sent."""
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send a bearer token.", code="invalid_token")
        try:
            token = redeem_token(text.strip(), now=timezone.now())
        except TokenRefused as error:
            raise AuthenticationFailed(error.detail, code=error.code) from None
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return REALM


class BrowserSessionAuthentication(BaseAuthentication):
    """A session cookie; a change must come from a page of this site, by CSRF token and by Origin."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the signed-in user, or nothing where there is none."""
        user = getattr(request._request, "user", None)
        if not isinstance(user, User) or not user.is_active:
            return None
        if request.method not in SAFE_METHODS:
            _check_origin(request)
        return user, None


def user_of(request: Request) -> User:
    """Return the user who asks, where an endpoint has let nobody else in."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def _check_origin(request: Request) -> None:
    # Every browser sends Origin with a change; without it, who sent this is not known.
    reason: Any = "no Origin"
    if request.headers.get("Origin"):
        check = CSRFCheck(lambda _: None)  # type: ignore[arg-type] # it is never called
        check.process_request(request._request)
        reason = check.process_view(request._request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise PermissionDenied("Send the CSRF token, from a page of this site.", code="csrf_failed")
