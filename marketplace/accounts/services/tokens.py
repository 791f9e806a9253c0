"""Bearer tokens: issued once, kept as hashes, revoked at once."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.accounts.core.secrets import hash_of, new_token_text, parse_token_text
from marketplace.accounts.errors import InvalidExpiry, TokenRefused, TooManyTokens
from marketplace.accounts.models import ApiToken, User

MAX_LIVE_TOKENS = 50
# Compared with where there is no token, so that a wrong prefix costs what a wrong secret does.
_NO_HASH = hash_of("")


@dataclass(frozen=True)
class IssuedToken:
    """A new token and, this once, its text."""

    token: ApiToken
    secret: str


@transaction.atomic
def issue_token(user_id: UUID, *, name: str, expires_at: datetime | None = None, now: datetime) -> IssuedToken:
    """Give a user a token whose secret is never shown again.

    Raises
    ------
    InvalidExpiry
        It would expire in the past.
    TooManyTokens
        The user holds the most that one may hold.
    """
    if expires_at is not None and expires_at <= now:
        raise InvalidExpiry("The expiry lies in the past.", field="expires_at")
    user = User.objects.select_for_update().get(pk=user_id, is_active=True)
    if ApiToken.objects.filter(user=user).live(now).count() >= MAX_LIVE_TOKENS:
        raise TooManyTokens(f"Revoke a token first: one may hold {MAX_LIVE_TOKENS}.", limit=MAX_LIVE_TOKENS)
    issued = prepare_token(user, name=name, expires_at=expires_at, now=now)
    issued.token.save(force_insert=True)
    return issued


def prepare_token(user: User, *, name: str, expires_at: datetime | None = None, now: datetime) -> IssuedToken:
    """Return an unsaved token, for those who insert many."""
    text = new_token_text()
    token = ApiToken(
        user=user,
        name=name,
        prefix=text.prefix,
        secret_hash=hash_of(text.secret),
        created_at=now,
        expires_at=expires_at,
    )
    return IssuedToken(token=token, secret=str(text))


@transaction.atomic
def revoke_token(token_id: UUID, *, now: datetime) -> ApiToken:
    """End a token; ending it again changes nothing."""
    token = ApiToken.objects.select_for_update().get(pk=token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
    return token


def redeem_token(text: str, *, now: datetime) -> ApiToken:
    """Return the live token that a text stands for, with its active user.

    Raises
    ------
    TokenRefused
        Unknown, wrong, revoked, expired, or the user is inactive; the caller cannot tell which.
    """
    parts = parse_token_text(text)
    prefix, secret = (parts.prefix, parts.secret) if parts else ("", text)
    token = ApiToken.objects.select_related("user").filter(prefix=prefix).first()
    expected = token.secret_hash if token else _NO_HASH
    matches = hmac.compare_digest(hash_of(secret), expected)
    if token is None or not matches or not token.is_live(now) or not token.user.is_active:
        raise TokenRefused("This token is not valid.")
    token.note_use(now.date())
    return token
