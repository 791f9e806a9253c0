"""Bearer tokens: shown once, kept as hashes, revoked at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.test import Client
from django.utils import timezone

from marketplace.accounts.errors import InvalidExpiry, TokenRefused, TooManyTokens
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.services import issue_token, redeem_token, revoke_token
from marketplace.accounts.services.tokens import MAX_LIVE_TOKENS
from tests import make

pytestmark = pytest.mark.django_db


def bearer(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_token_opens_until_it_is_revoked(caller: User) -> None:
    issued = issue_token(caller.pk, name="sdk", now=timezone.now())
    assert bearer(issued.secret).get("/api/v1/me").json()["id"] == str(caller.pk)
    revoke_token(issued.token.pk, now=timezone.now())
    answer = bearer(issued.secret).get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_token_ends_with_its_time(caller: User) -> None:
    now = timezone.now()
    issued = issue_token(caller.pk, name="sdk", expires_at=now + timedelta(hours=1), now=now)
    assert redeem_token(issued.secret, now=now + timedelta(minutes=59)).user == caller
    with pytest.raises(TokenRefused):
        redeem_token(issued.secret, now=now + timedelta(hours=1))
    with pytest.raises(InvalidExpiry):
        issue_token(caller.pk, name="sdk", expires_at=now, now=now)


def test_secret_is_nowhere_in_the_database(caller: User) -> None:
    issued = issue_token(caller.pk, name="sdk", now=timezone.now())
    secret = issued.secret.rsplit("_", 1)[1]
    assert len(secret) == 64
    assert secret not in serializers.serialize("json", ApiToken.objects.all())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: t.upper(),
        lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
        lambda t: t.replace("plm", "xyz"),
        lambda t: "plm_" + "0" * 12 + t[16:],
        lambda t: "",
        lambda t: "a" * 5000,
        lambda t: "é\x7f",
    ],
)
def test_any_other_text_is_refused_alike(caller: User, spoil: Any) -> None:
    text = issue_token(caller.pk, name="sdk", now=timezone.now()).secret
    answer = bearer(spoil(text)).get("/api/v1/me")
    assert (answer.status_code, answer.json()["detail"]) == (401, "This token is not valid.")


def test_tokens_of_two_users_cannot_be_mixed(caller: User) -> None:
    mine = issue_token(caller.pk, name="a", now=timezone.now()).secret
    other = issue_token(make.user().pk, name="b", now=timezone.now()).secret
    with pytest.raises(TokenRefused):
        redeem_token(f"{mine.rsplit('_', 1)[0]}_{other.rsplit('_', 1)[1]}", now=timezone.now())


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Token abc", "Bearer", "plm_x", ""])
def test_other_schemes_are_refused_and_no_session_stands_in(caller: User, header: str) -> None:
    browser = Client(headers={"Authorization": header})
    browser.force_login(caller)
    assert browser.get("/api/v1/me").status_code == 401


def test_use_is_noted_once_a_day(caller: User) -> None:
    now = timezone.now()
    issued = issue_token(caller.pk, name="sdk", now=now)
    redeem_token(issued.secret, now=now)
    used = ApiToken.objects.get(pk=issued.token.pk)
    assert used.last_used_on == now.date()
    redeem_token(issued.secret, now=now + timedelta(days=3))
    used.refresh_from_db()
    assert used.last_used_on == (now + timedelta(days=3)).date()


def test_second_use_of_a_day_writes_nothing(caller: User, django_assert_num_queries: Any) -> None:
    issued = issue_token(caller.pk, name="sdk", now=timezone.now())
    redeem_token(issued.secret, now=timezone.now())
    with django_assert_num_queries(1):
        redeem_token(issued.secret, now=timezone.now())


def test_one_may_hold_so_many(caller: User) -> None:
    now = timezone.now()
    tokens = [issue_token(caller.pk, name=str(n), now=now) for n in range(MAX_LIVE_TOKENS)]
    with pytest.raises(TooManyTokens):
        issue_token(caller.pk, name="one more", now=now)
    revoke_token(tokens[0].token.pk, now=now)
    issue_token(caller.pk, name="one more", now=now)


# --- over HTTP ------------------------------------------------------------------------------------------------------
def test_secret_is_shown_at_creation_only(client: Client) -> None:
    answer = client.post("/api/v1/tokens", {"name": "ci"}, content_type="application/json")
    assert answer.status_code == 201
    secret = answer.json()["token"]
    assert bearer(secret).get("/api/v1/me").status_code == 200
    listed = client.get("/api/v1/tokens")
    assert secret.rsplit("_", 1)[1].encode() not in listed.content
    assert {"token", "secret_hash"}.isdisjoint(listed.json()["items"][0])
    assert listed.json()["items"][0]["name"] == "ci"


def test_token_s_creation_is_not_replayed(client: Client) -> None:
    def send() -> Any:
        headers = {"Idempotency-Key": "k"}
        return client.post("/api/v1/tokens", {"name": "ci"}, content_type="application/json", headers=headers)

    assert send().status_code == 201
    assert (send().status_code, send().json()["code"]) == (409, "already_done")
    assert ApiToken.objects.filter(name="ci").count() == 1


def test_revoking_over_http_ends_a_token(client: Client, caller: User) -> None:
    issued = issue_token(caller.pk, name="old", now=timezone.now())
    for _ in range(2):
        answer = client.post(f"/api/v1/tokens/{issued.token.pk}/revoke", content_type="application/json")
        assert answer.status_code == 200
        assert answer.json()["revoked_at"] is not None
    assert bearer(issued.secret).get("/api/v1/me").status_code == 401


def test_others_tokens_do_not_exist(client: Client) -> None:
    others = issue_token(make.user().pk, name="other", now=timezone.now())
    foreign = client.post(f"/api/v1/tokens/{others.token.pk}/revoke", content_type="application/json")
    absent = client.post("/api/v1/tokens/0192f000-0000-7000-8000-000000000000/revoke", content_type="application/json")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content
    assert redeem_token(others.secret, now=timezone.now())
    assert "other" not in [item["name"] for item in client.get("/api/v1/tokens").json()["items"]]


def test_nobody_lists_no_tokens() -> None:
    assert Client().get("/api/v1/tokens").status_code == 401
    assert Client().post("/api/v1/tokens", {"name": "x"}, content_type="application/json").status_code == 401


def test_all_that_is_missing_is_named_at_once(client: Client) -> None:
    def missing(who: Client, body: dict[str, str]) -> list[str]:
        answer = who.post("/api/v1/tokens", body, content_type="application/json")
        assert answer.status_code == 400
        return [entry["field"] for entry in answer.json()["errors"] if entry["code"] == "required"]

    assert missing(Client(), {}) == ["name", "email", "password"]
    assert missing(Client(), {"email": "a@example.org"}) == ["name", "password"]
    assert missing(client, {}) == ["name"]


@pytest.mark.parametrize(
    "expires_at",
    [
        "2999-01-01",
        "2999-01-01T00:00:00",
        "2999-01-01T00:00Z",
        "2999-W01-1T00:00:00Z",
        "\u0662\u0669\u0669\u0669-01-01T00:00:00Z",
        "2999-01-01T00:00:00+0100",
        " 2999-01-01T00:00:00Z",
        "2999-02-30T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        32503680000,
        True,
    ],
)
def test_moment_has_date_time_and_offset(client: Client, expires_at: Any) -> None:
    body = {"name": "ci", "expires_at": expires_at}
    answer = client.post("/api/v1/tokens", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "expires_at")


@pytest.mark.parametrize("expires_at", ["2999-01-01T00:00:00Z", "2999-01-01t01:00:00.000+01:00"])
def test_moment_is_understood_in_its_offset(client: Client, expires_at: str) -> None:
    body = {"name": "ci", "expires_at": expires_at}
    answer = client.post("/api/v1/tokens", body, content_type="application/json")
    assert answer.json()["expires_at"] == "2999-01-01T00:00:00Z"
