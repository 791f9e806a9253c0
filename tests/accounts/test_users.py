"""Joining, changing the password, leaving."""

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from marketplace.accounts.errors import EmailTaken, InvalidEmail, TokenRefused, UnknownCountry, WeakPassword
from marketplace.accounts.models import User, WorkerProfile
from marketplace.accounts.services import (
    change_password,
    deactivate_user,
    issue_socket_ticket,
    issue_token,
    redeem_token,
    register_user,
    users,
)
from tests import make

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def register(email: str = "ada@example.org", password: str = PASSWORD, **other: Any) -> User:
    return register_user(email=email, password=password, display_name="Ada", now=timezone.now(), **other)


def test_registered_user_has_a_profile_and_a_hashed_password() -> None:
    user = register(country="NL")
    assert user.worker_profile.country == "NL"
    assert user.check_password(PASSWORD)
    assert PASSWORD not in user.password


def test_hash_costs_what_owasp_asks_for() -> None:
    decoded = identify_hasher(register().password).decode(register("b@example.org").password)
    assert (decoded["memory_cost"], decoded["time_cost"], decoded["parallelism"]) == (19_456, 2, 1)
    assert decoded["variety"] == "argon2id"


@pytest.mark.parametrize(
    "twin", ["ada@example.org", "ADA@Example.ORG", " ada@example.org ", "\uff41da@example.org", "ada\uff20example.org"]
)
def test_two_spellings_are_one_person(twin: str) -> None:
    register()
    with pytest.raises(EmailTaken):
        register(twin)
    assert User.objects.get_by_natural_key(twin).display_name == "Ada"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "a b@example.org",
        "ada@example.org\x00",
        "\u0430da@example.org",
        "ada@ex\u0430mple.org",
        "ada@example..org",
        "a" * 65 + "@example.org",
        "ada@" + "x" * 250 + ".org",
        "ada@acme.invalid",
        "ada@example.org\nb@example.org",
    ],
)
def test_look_alikes_and_logins_of_workforces_cannot_be_registered(email: str) -> None:
    with pytest.raises(InvalidEmail):
        register(email)


@pytest.mark.parametrize("password", ["", "short", "12345678901234", "password123", "x" * 257])
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        register(password=password)


@pytest.mark.parametrize("country", ["ZZ", "nl", "N", "NLD"])
def test_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(UnknownCountry):
        register(country=country)


def test_database_refuses_capitals_and_impossible_countries() -> None:
    user = make.user()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="Upper@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkerProfile.objects.filter(user=user).update(country="n1")


def test_new_password_ends_tokens_tickets_and_sessions(client: Client) -> None:
    user = register()
    token = issue_token(user.pk, name="old", now=timezone.now())
    issue_socket_ticket(user.pk, now=timezone.now())
    browser = Client()
    browser.force_login(user)
    assert browser.get("/api/v1/me").status_code == 200
    change_password(user.pk, password="another long one", now=timezone.now())
    with pytest.raises(TokenRefused):
        redeem_token(token.secret, now=timezone.now())
    assert not user.socket_tickets.exists()
    assert browser.get("/api/v1/me").status_code == 401


def test_deactivated_user_is_out_at_once() -> None:
    user = register()
    token = issue_token(user.pk, name="old", now=timezone.now())
    browser = Client()
    browser.force_login(user)
    deactivate_user(user.pk, now=timezone.now())
    assert browser.get("/api/v1/me").status_code == 401
    bearer = Client(headers={"Authorization": f"Bearer {token.secret}"})
    assert bearer.get("/api/v1/me").status_code == 401
    user.refresh_from_db()
    assert not User.objects.visible_to(user).exists()


def test_superuser_can_be_created_by_command() -> None:
    boss = User.objects.create_superuser("Boss@Example.org", PASSWORD, display_name="Boss")
    assert (boss.email, boss.is_staff, boss.is_superuser) == ("boss@example.org", True, True)


# --- over HTTP ------------------------------------------------------------------------------------------------------
def test_joining_over_http_shows_no_password() -> None:
    body = {"email": "Ada@example.org", "password": PASSWORD, "display_name": "Ada", "country": "NL"}
    answer = Client().post("/api/v1/accounts", body, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["email"] == "ada@example.org"
    assert answer.json()["country"] == "NL"
    assert PASSWORD.encode() not in answer.content
    again = Client().post("/api/v1/accounts", body, content_type="application/json")
    assert (again.status_code, again.json()["code"], again.json()["field"]) == (409, "email_taken", "email")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"is_staff": True}, "is_staff"),
        ({"password": "x" * 300}, "password"),
        ({"display_name": "a\x00"}, None),
        ({"email": 5}, "email"),
        ({"role": "manager"}, "role"),
    ],
)
def test_joining_takes_nothing_else(change: dict[str, Any], field: str | None) -> None:
    body = {"email": "ada@example.org", "password": PASSWORD, "display_name": "Ada"} | change
    answer = Client().post("/api/v1/accounts", body, content_type="application/json")
    assert answer.status_code == 400
    assert field is None or answer.json()["field"] == field
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name", ["a\u202eb", "a\u2066b\u2069", "\ufeff", "a\ufeffb", "a\x1bb", "a\x7f", "a\x85b", "a\nb", "a\u2028b"]
)
def test_name_is_one_line_of_printable_characters(client: Client, caller: User, name: str) -> None:
    home = make.organization(owner=caller)
    asked = [
        ("accounts", {"email": "a@example.org", "password": PASSWORD, "display_name": name}, "display_name"),
        ("organizations", {"name": name}, "name"),
        ("tokens", {"name": name}, "name"),
    ]
    for path, body, field in asked:
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert answer.json()["errors"][0]["code"] == "not_printable"
    handles = {"handles": [f"w{name}"]}
    made = client.post(f"/api/v1/organizations/{home.pk}/workers", handles, content_type="application/json")
    [worker] = made.json()["items"]
    assert worker["error"]["code"] == "invalid_handle"


@pytest.mark.parametrize("name", ["Zo\u00eb \u6797", "\u05d3\u05d5\u05d3", "O'Neil \U0001f98a"])
def test_name_may_be_of_any_script(name: str) -> None:
    body = {"email": "a@example.org", "password": PASSWORD, "display_name": name}
    assert Client().post("/api/v1/accounts", body, content_type="application/json").status_code == 201


@pytest.mark.parametrize("field", ["email", "password", "display_name", "country"])
@pytest.mark.parametrize("value", [1234567890123, True, 1.5])
def test_numbers_and_booleans_are_no_text(field: str, value: Any) -> None:
    body = {"email": "a@example.org", "password": PASSWORD, "display_name": "A", field: value}
    answer = Client().post("/api/v1/accounts", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_registrations_from_one_address_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "MAX_REGISTRATIONS_OF_ADDRESS", 2)
    body = {"email": "ada@example.org", "password": PASSWORD, "display_name": "Ada"}

    def register(**origin: Any) -> Any:
        return Client(**origin).post("/api/v1/accounts", body, content_type="application/json")

    assert [register().status_code, register().status_code] == [201, 409]  # asking is counted too
    refused = register(HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_registrations")
    assert 0 < int(refused["Retry-After"]) <= 900
    assert register(REMOTE_ADDR="198.51.100.7").status_code == 409


def test_user_without_a_worker_profile_has_no_country(client: Client, caller: User) -> None:
    caller.worker_profile.delete()
    assert client.get("/api/v1/me").json()["country"] is None


def test_megabyte_of_password_is_refused_quickly() -> None:
    body = {"email": "ada@example.org", "password": "x" * 1_000_000, "display_name": "Ada"}
    assert Client().post("/api/v1/accounts", body, content_type="application/json").status_code == 400


def test_me_says_where_one_belongs(client: Client, caller: User) -> None:
    home = make.organization("Acme", owner=caller)
    document = client.get("/api/v1/me").json()
    assert document["id"] == str(caller.pk)
    assert {(entry["organization"]["id"], entry["role"]) for entry in document["memberships"]} == {
        (str(home.pk), "manager"),
        (str(home.pk), "requester"),
    }
    assert not {"password", "is_staff", "is_superuser", "is_active"} & set(document)
