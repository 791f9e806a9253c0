"""Passwords, and how often one may guess them."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db.models import F

from marketplace.accounts.core.emails import normalise_email
from marketplace.accounts.errors import BadCredentials, TooManySignIns
from marketplace.accounts.models import SignInCounter, User
from marketplace.accounts.services.counting import Counter, count_try, network_of
from marketplace.accounts.services.users import MAX_PASSWORD_CHARS

MAX_TRIES_OF_LOGIN_AND_ADDRESS = 5
MAX_TRIES_OF_ADDRESS = 100
MAX_TRIES_OF_LOGIN = 50


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
        if (wait_s := count_try(counter, now)) is not None:
            raise TooManySignIns("Too many tries. Wait before the next.", retry_after_s=wait_s)
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


def _counters(login: str, address: str) -> list[Counter]:
    """Return the narrowest counter first: once it is full, others are not charged, so nobody locks a stranger out."""
    network = network_of(address)
    return [
        Counter.of("both", login, network, limit=MAX_TRIES_OF_LOGIN_AND_ADDRESS),
        Counter.of("address", network, limit=MAX_TRIES_OF_ADDRESS),
        Counter.of("login", login, limit=MAX_TRIES_OF_LOGIN),
    ]
