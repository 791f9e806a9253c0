"""Problem documents: one shape for every refusal, and no word about the inside."""

import logging
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from marketplace import problems
from marketplace.accounts.errors import AccountsError, EmailTaken
from marketplace.accounts.models import Organization, User
from marketplace.operations.errors import DomainError, OperationsError
from tests import make


def test_domain_error_carries_its_data_and_cannot_replace_the_members(client: Client) -> None:
    answer = client.get("/api/v1/probe/failing/domain")
    assert answer.status_code == 400
    assert answer.json() == {
        "limit": 3,
        "type": "urn:plenum:problem:refused",
        "title": "Bad Request",
        "status": 400,
        "code": "refused",
        "detail": "Never.",
        "field": None,
        "errors": [],
    }


def test_nearest_ancestor_gives_the_status() -> None:
    class Special(EmailTaken):
        pass

    assert problems.status_of(Special("taken")) == 409
    assert problems.status_of(AccountsError("some")) == 400
    assert problems.status_of(OperationsError("some")) == 400
    assert problems.status_of(DomainError("some")) == 400


def test_foreign_and_nonexistent_answer_alike(client: Client) -> None:
    lost = client.get("/api/v1/probe/failing/lost")
    absent = client.get("/api/v1/no-such-route")
    item = client.get("/api/v1/probe/items/0192f000-0000-7000-8000-000000000000")
    assert lost.status_code == absent.status_code == item.status_code == 404
    assert lost.content == absent.content == item.content
    assert lost["Content-Type"] == absent["Content-Type"] == "application/problem+json"


def test_bug_is_a_500_without_a_word(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        answer = client.get("/api/v1/probe/failing/bug")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "internal_error"
    assert b"secret" not in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_database_that_takes_too_long_is_503_with_retry_after() -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/probe/failing/timeout")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer["Retry-After"]) >= 1


@pytest.mark.django_db(transaction=True)
def test_deadlock_is_503_for_one_of_the_two() -> None:
    rows = [make.organization() for _ in range(2)]
    both_hold = threading.Barrier(2)
    outcomes: list[Any] = []

    def lock(order: list[Organization]) -> None:
        try:
            with transaction.atomic():
                Organization.objects.select_for_update().get(pk=order[0].pk)
                both_hold.wait(10)
                Organization.objects.select_for_update().get(pk=order[1].pk)
            outcomes.append(None)
        except Exception as error:  # noqa: BLE001 - handed to the assertion
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=lock, args=(order,)) for order in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loser = next(outcome for outcome in outcomes if outcome is not None)
    answer = problems.problem_response(loser, {})
    assert answer is not None
    assert answer.status_code == 503
    assert outcomes.count(None) == 1


def test_unhandled_conflict_in_the_database_stays_a_bug(caller: User) -> None:
    with pytest.raises(Exception, match="unique") as clash, transaction.atomic():
        User.objects.create(email=caller.email, display_name="x")
    assert problems.problem_response(clash.value, {}) is None


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_unknown_accept_is_406_in_json(client: Client, accept: str) -> None:
    answer = client.get("/api/v1/me", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/problem+json"


def test_browser_s_accept_is_answered_in_json(client: Client) -> None:
    answer = client.get("/api/v1/me", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_other_methods_are_405_and_name_the_allowed(client: Client) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = client.generic(method, "/api/v1/me")
        assert answer.status_code == 405
        assert answer.json()["code"] == "method_not_allowed"
        assert "GET" in answer["Allow"]


@pytest.mark.django_db
def test_wrong_host_is_400(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["good.example"]
    answer = Client(headers={"Host": "evil.example"}).get("/api/v1/me")
    assert answer.status_code == 400
    assert b"evil" not in answer.content


def test_pages_outside_the_api_answer_as_pages(client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = "marketplace.urls"
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_nobody_is_401_with_a_challenge() -> None:
    answer = Client().get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json()["code"] == "not_authenticated"
