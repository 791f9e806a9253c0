"""Passwords, and how often one may guess them."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import F

from marketplace.accounts.core.emails import normalise_email
from marketplace.accounts.core.secrets import hash_of
from marketplace.accounts.errors import BadCredentials, TooManySignIns
from marketplace.accounts.models import SignInCounter, User
from marketplace.accounts.services.users import MAX_PASSWORD_CHARS

WINDOW = timedelta(minutes=15)
MAX_TRIES_OF_LOGIN_AND_ADDRESS = 5
MAX_TRIES_OF_ADDRESS = 100
MAX_TRIES_OF_LOGIN = 50


@dataclass(frozen=True)
class _Counter:
    key: str
    limit: int


def sign_in(email: str, password: str, *, address: str, now: datetime) -> User:
    """Return the active user with this password.

    The try is counted before the password is looked at, so that guesses sent at once do not slip through, and taken
    back when it was right. Call it outside a transaction: a rolled-back failure would not count.

    Raises
    ------
    BadCredentials
        Unknown, inactive or wrong; the caller cannot tell which.
    TooManySignIns
        Too many failures of this login, this address or both; `retry_after_s` says how long to wait.
    """
    login = normalise_email(email)
    counters = _counters(login, address)
    for counter in counters:
        _count_try(counter, now)
    user = User.objects.filter(email=login).first() if "\x00" not in login else None
    right = len(password) <= MAX_PASSWORD_CHARS and _password_is_right(user, password)
    if user is None or not right or not user.is_active:
        raise BadCredentials("E-mail or password is wrong.")
    SignInCounter.objects.filter(key=counters[0].key).delete()
    SignInCounter.objects.filter(key__in=[c.key for c in counters[1:]], n_tries__gt=0).update(n_tries=F("n_tries") - 1)
    return user


def sweep_sign_in_counters(now: datetime) -> int:
    """Delete counters whose window is over and return how many."""
    return SignInCounter.objects.filter(window_until__lte=now).delete()[0]


def _password_is_right(user: User | None, password: str) -> bool:
    if user is None:
        make_password(password)  # as much work as for a known login
        return False
    return user.check_password(password)


def _counters(login: str, address: str) -> list[_Counter]:
    """Return the narrowest counter first: once it is full, others are not charged, so nobody locks a stranger out."""
    network = _network(address)
    return [
        _Counter(hash_of(f"both\n{login}\n{network}"), MAX_TRIES_OF_LOGIN_AND_ADDRESS),
        _Counter(hash_of(f"address\n{network}"), MAX_TRIES_OF_ADDRESS),
        _Counter(hash_of(f"login\n{login}"), MAX_TRIES_OF_LOGIN),
    ]


def _network(address: str) -> str:
    """Return the address, or for IPv6 its /64: one subscriber has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _count_try(counter: _Counter, now: datetime) -> None:
    """Add one try in one statement; the row is new, in its window, or starts the next window."""
    table = SignInCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {table} AS c (key, n_tries, window_until) VALUES (%(key)s, 1, %(until)s)
            ON CONFLICT (key) DO UPDATE SET
                n_tries = CASE WHEN c.window_until <= %(now)s THEN 1 ELSE least(c.n_tries + 1, 1000000) END,
                window_until = CASE WHEN c.window_until <= %(now)s THEN %(until)s ELSE c.window_until END
            RETURNING n_tries, window_until
            """,  # noqa: S608 - the table's name is ours
            {"key": counter.key, "now": now, "until": now + WINDOW},
        )
        n_tries, window_until = cursor.fetchone()
    if n_tries > counter.limit:
        wait_s = max(1, int((window_until - now).total_seconds()))
        raise TooManySignIns("Too many tries. Wait before the next.", retry_after_s=wait_s)
