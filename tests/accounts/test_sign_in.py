"""Passwords, and how often one may guess them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from marketplace.accounts.api.backends import CountingBackend
from marketplace.accounts.errors import AccountsError, BadCredentials, TooManySignIns
from marketplace.accounts.models import SignInCounter, User
from marketplace.accounts.services import deactivate_user, sign_in, sweep_sign_in_counters
from marketplace.accounts.services.counting import WINDOW
from marketplace.accounts.services.sign_in import (
    MAX_TRIES_OF_ADDRESS,
    MAX_TRIES_OF_LOGIN,
    MAX_TRIES_OF_LOGIN_AND_ADDRESS,
)
from tests import make

PASSWORD = "correct horse battery"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ada(db: None) -> User:
    return make.user(password=PASSWORD)


@pytest.fixture
def cheap_hashes(settings: Any) -> None:
    """Hash by a quick function where a test guesses by the hundred."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def guess(user: User | str, now: datetime, *, address: str = "203.0.113.5") -> None:
    login = user if isinstance(user, str) else user.email
    with pytest.raises(BadCredentials):
        sign_in(login, "wrong", address=address, now=now)


def test_right_password_signs_in_however_the_login_is_spelt(ada: User, now: datetime) -> None:
    assert sign_in(f" {ada.email.upper()} ", PASSWORD, address="203.0.113.5", now=now) == ada


def test_unknown_login_wrong_password_and_inactive_user_answer_alike(ada: User, now: datetime) -> None:
    away = make.user(password=PASSWORD)
    deactivate_user(away.pk, now=now)
    tries: list[Callable[[], User]] = [
        lambda: sign_in(ada.email, "wrong", address="203.0.113.5", now=now),
        lambda: sign_in("nobody@example.org", PASSWORD, address="203.0.113.5", now=now),
        lambda: sign_in(away.email, PASSWORD, address="203.0.113.5", now=now),
        lambda: sign_in(make.user().email, "", address="203.0.113.5", now=now),
        lambda: sign_in("nul\x00@example.org", PASSWORD, address="203.0.113.5", now=now),
        lambda: sign_in(ada.email, "x" * 1_000_000, address="203.0.113.5", now=now),
    ]
    details = set()
    for attempt in tries:
        with pytest.raises(BadCredentials) as refusal:
            attempt()
        details.add((refusal.value.code, refusal.value.detail))
    assert len(details) == 1


def test_guessing_from_one_address_is_stopped_and_the_owner_elsewhere_is_not(ada: User, now: datetime) -> None:
    for _ in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS):
        guess(ada, now)
    with pytest.raises(TooManySignIns) as refusal:
        sign_in(ada.email, PASSWORD, address="203.0.113.5", now=now)
    assert refusal.value.data["retry_after_s"] == WINDOW.total_seconds()
    assert sign_in(ada.email, PASSWORD, address="198.51.100.7", now=now) == ada
    assert sign_in(ada.email, PASSWORD, address="203.0.113.5", now=now + WINDOW) == ada


@pytest.mark.usefixtures("cheap_hashes")
def test_guessing_from_many_addresses_is_stopped(now: datetime, db: None) -> None:
    ada = make.user(password=PASSWORD)
    for n in range(MAX_TRIES_OF_LOGIN):
        guess(ada, now, address=f"203.0.113.{n}")
    with pytest.raises(TooManySignIns):
        sign_in(ada.email, PASSWORD, address="198.51.100.7", now=now)


@pytest.mark.usefixtures("cheap_hashes")
def test_guessing_many_logins_from_one_address_is_stopped(now: datetime, db: None) -> None:
    for n in range(MAX_TRIES_OF_ADDRESS):
        guess(f"user{n}@example.org", now)
    with pytest.raises(TooManySignIns):
        sign_in("one-more@example.org", "x", address="203.0.113.5", now=now)


@pytest.mark.usefixtures("cheap_hashes")
def test_subscriber_s_ipv6_addresses_are_one(now: datetime, db: None) -> None:
    ada = make.user(password=PASSWORD)
    for n in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS):
        guess(ada, now, address=f"2001:db8:1:2::{n}")
    with pytest.raises(TooManySignIns):
        sign_in(ada.email, PASSWORD, address="2001:db8:1:2:ffff::1", now=now)
    assert sign_in(ada.email, PASSWORD, address="2001:db8:1:3::1", now=now) == ada


def test_locked_guesser_does_not_lock_others_out(ada: User, now: datetime) -> None:
    for _ in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS):
        guess(ada, now)
    for _ in range(MAX_TRIES_OF_LOGIN * 2):
        with pytest.raises(TooManySignIns):
            sign_in(ada.email, "wrong", address="203.0.113.5", now=now)
    assert sign_in(ada.email, PASSWORD, address="198.51.100.7", now=now) == ada


def test_right_password_is_not_counted(ada: User, now: datetime) -> None:
    for _ in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS * 2):
        sign_in(ada.email, PASSWORD, address="203.0.113.5", now=now)
    assert set(SignInCounter.objects.values_list("n_tries", flat=True)) <= {0}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("cheap_hashes")
def test_sixty_guesses_at_once_are_five(now: datetime) -> None:
    ada = make.user(password=PASSWORD)

    def attempt(_: int) -> str:
        try:
            sign_in(ada.email, "wrong", address="203.0.113.5", now=now)
        except AccountsError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(16) as threads:
        codes = list(threads.map(attempt, range(60)))
    assert codes.count("bad_credentials") == MAX_TRIES_OF_LOGIN_AND_ADDRESS
    assert codes.count("too_many_sign_ins") == 60 - MAX_TRIES_OF_LOGIN_AND_ADDRESS


def test_counters_name_nobody_and_are_swept(ada: User, now: datetime) -> None:
    guess(ada, now)
    keys = list(SignInCounter.objects.values_list("key", flat=True))
    assert [len(key) for key in keys] == [64] * 3
    assert not any(ada.email in key or "203.0" in key for key in keys)
    assert sweep_sign_in_counters(now) == 0
    assert sweep_sign_in_counters(now + timedelta(hours=1)) == 3


# --- over HTTP ------------------------------------------------------------------------------------------------------
def ask_for_token(client: Client, user: User, password: str, **headers: str) -> Any:
    body = {"name": "sdk", "email": user.email, "password": password}
    return client.post("/api/v1/tokens", body, content_type="application/json", headers=headers)


def test_password_is_exchanged_for_a_token(ada: User) -> None:
    answer = ask_for_token(Client(), ada, PASSWORD)
    assert answer.status_code == 201
    mine = Client(headers={"Authorization": f"Bearer {answer.json()['token']}"})
    assert mine.get("/api/v1/me").json()["id"] == str(ada.pk)


def test_forwarded_addresses_do_not_help_a_guesser(ada: User) -> None:
    for n in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS):
        assert ask_for_token(Client(), ada, "wrong", **{"X-Forwarded-For": f"198.51.100.{n}"}).status_code == 401
    answer = ask_for_token(Client(), ada, PASSWORD, **{"X-Forwarded-For": "198.51.100.99"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_sign_ins")
    assert int(answer["Retry-After"]) > 0


def test_guesses_beside_a_token_are_refused_and_half_credentials_too(client: Client, ada: User) -> None:
    assert ask_for_token(client, ada, "wrong").json()["field"] == "email"
    assert not SignInCounter.objects.exists()
    half = {"name": "sdk", "email": ada.email}
    answer = Client().post("/api/v1/tokens", half, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "password")


def test_forms_count_failures_too(ada: User, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["marketplace.accounts.api.backends.CountingBackend"]
    request = RequestFactory().post("/login")
    assert authenticate(request, username=ada.email, password=PASSWORD) == ada
    for _ in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS):
        assert authenticate(request, username=ada.email, password="wrong") is None
    with pytest.raises(TooManySignIns):
        authenticate(request, username=ada.email, password=PASSWORD)
    assert CountingBackend().authenticate(request) is None


@pytest.mark.parametrize("page", ["/login", "/admin/login/"])
def test_page_tells_a_wrong_password_from_too_many(ada: User, settings: Any, page: str) -> None:
    settings.ROOT_URLCONF = "marketplace.urls"
    client = Client()
    for _ in range(MAX_TRIES_OF_LOGIN_AND_ADDRESS):
        wrong = client.post(page, {"username": ada.email, "password": "wrong"}).content.decode()
        assert "Too many" not in wrong
    told = client.post(page, {"username": ada.email, "password": PASSWORD}).content.decode()
    assert "Too many tries. Wait 15 minutes before the next." in told
    assert "is wrong" not in told
    assert "correct" not in told
    assert "sessionid" not in client.cookies
