"""A request sent again has no second effect and gets the first answer again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.operations.errors import AlreadyDone, IdempotencyKeyReused
from marketplace.operations.models import IdempotencyKey
from marketplace.operations.services import keep_answer, reserve_key, sweep_idempotency_keys
from tests import make

EFFECTS = "/api/v1/probe/effects"
SECRETS = "/api/v1/probe/secret-effects"


def send(client: Client, key: str | None, body: Any = None, path: str = EFFECTS) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, body or {"name": "Acme"}, content_type="application/json", headers=headers)


@pytest.fixture
def thread_client(transactional_db: None) -> Client:
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {make.token(make.user())}"})


def test_first_answer_is_returned_again_byte_for_byte(client: Client) -> None:
    first, again = send(client, "k1"), send(client, "k1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first["Content-Type"] == again["Content-Type"] == "application/json"
    assert (first["X-Once"], first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == ("1", None, "true")
    assert Organization.objects.count() == 1


def test_answer_is_equal_whatever_form_the_second_asks_for(client: Client) -> None:
    first = send(client, "k1")
    headers = {"Idempotency-Key": "k1", "Accept": "application/json; indent=4"}
    again = client.post(EFFECTS, {"name": "Acme"}, content_type="application/json", headers=headers)
    assert first.content == again.content


def test_spacing_and_order_of_keys_make_no_other_request(client: Client) -> None:
    headers = {"Idempotency-Key": "k1"}
    for body in ('{"name":"Acme","note":"x"}', '{ "note": "x",\n "name": "\\u0041cme" }'):
        assert client.generic("POST", EFFECTS, body, "application/json", headers=headers).status_code == 201
    assert Organization.objects.count() == 1


@pytest.mark.parametrize("other", [{"body": {"name": "Other"}}, {"path": SECRETS}, {"path": EFFECTS + "?"}])
def test_key_of_another_request_is_refused(client: Client, other: dict[str, Any]) -> None:
    send(client, "k1")
    answer = send(client, "k1", **other)
    if other.get("path", "").endswith("?"):
        assert answer.status_code == 201  # the same address
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Organization.objects.count() == 1


def test_required_key_must_be_there(client: Client) -> None:
    answer = send(client, None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert send(client, None, path=SECRETS).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "schlüssel", "a\tb", "a,b", "k,k", "a, b"])
def test_other_than_printable_ascii_is_no_key(client: Client, key: str) -> None:
    answer = send(client, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("then", ["raise", "return"])
def test_refusal_is_not_kept_and_undoes_everything(client: Client, then: str) -> None:
    refused = send(client, "k1", {"name": "Acme", "then": then})
    assert refused.status_code in {400, 409}
    assert not Organization.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert send(client, "k1").status_code == 201


def test_an_outcome_is_kept_though_its_effect_is_undone(client: Client) -> None:
    refused, again = (send(client, "k1", {"name": "Acme", "then": "no money"}) for _ in range(2))
    assert (refused.status_code, refused.json()["code"]) == (400, "no_money")
    assert refused.content == again.content
    assert refused["Content-Type"] == again["Content-Type"] == "application/problem+json"
    assert (refused.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert not Organization.objects.exists()
    # Other parameters are an error, as after a success; another key is another try.
    other = send(client, "k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert send(client, "k2").status_code == 201


def test_an_outcome_is_not_kept_where_keys_are_not(client: Client) -> None:
    body = {"name": "Acme", "then": "no money"}
    assert send(client, "k1", body, path=SECRETS).status_code == 400
    assert not IdempotencyKey.objects.exists()


def test_keys_of_two_users_are_two_keys(client: Client) -> None:
    other = Client(headers={"Authorization": f"Bearer {make.token(make.user())}"})
    ids = {send(who, "same").json()["id"] for who in (client, other)}
    assert len(ids) == 2


def test_answer_with_a_secret_is_not_kept(client: Client) -> None:
    first = send(client, "k1", path=SECRETS)
    assert first.json()["secret"] == "shown-once"
    again = send(client, "k1", path=SECRETS)
    assert (again.status_code, again.json()["code"]) == (409, "already_done")
    assert not IdempotencyKey.objects.filter(response__contains="shown-once").exists()
    assert Organization.objects.count() == 1


def test_fifty_at_once_have_one_effect_and_equal_answers(thread_client: Client) -> None:
    start = threading.Barrier(50)

    def go(_: int) -> Any:
        start.wait(30)
        try:
            return send(thread_client, "one-key")
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(go, range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 49
    assert Organization.objects.count() == 1


def test_one_who_waits_takes_over_when_the_first_is_undone(thread_client: Client) -> None:
    caller = User.objects.get()
    first_holds, first_may_end = threading.Event(), threading.Event()

    def hold_and_undo() -> None:
        with transaction.atomic():
            reserve_key(user_id=caller.pk, key="k", route="", fingerprint="f", permanent=False, now=timezone.now())
            first_holds.set()
            first_may_end.wait(10)
            transaction.set_rollback(True)
        connection.close()

    def wait_and_send() -> Any:
        try:
            return send(thread_client, "k")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        holder = threads.submit(hold_and_undo)
        assert first_holds.wait(10)
        waiter = threads.submit(wait_and_send)
        while not _somebody_waits():
            assert not waiter.done()
        first_may_end.set()
        holder.result()
        assert waiter.result().status_code == 201
    assert Organization.objects.count() == 1


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def test_sweep_deletes_after_a_day_but_never_permanent_keys(caller: User) -> None:
    now = timezone.now()
    for key, age, permanent in (("new", 23, False), ("old", 25, False), ("money", 24 * 900, True)):
        made_at = now - timedelta(hours=age)
        reserve_key(user_id=caller.pk, key=key, route="", fingerprint="f", permanent=permanent, now=made_at)
    assert sweep_idempotency_keys(now) == 1
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"new", "money"}


def test_services_tell_replay_reuse_and_secret_apart(caller: User) -> None:
    def reserve(key: str, fingerprint: str = "f") -> Any:
        return reserve_key(
            user_id=caller.pk, key=key, route="r", fingerprint=fingerprint, permanent=False, now=timezone.now()
        )

    assert reserve("a") is None
    keep_answer(user_id=caller.pk, key="a", status=201, body="{}")
    kept = reserve("a")
    assert (kept.status, kept.body) == (201, "{}")
    with pytest.raises(IdempotencyKeyReused):
        reserve("a", "g")
    assert reserve("b") is None
    keep_answer(user_id=caller.pk, key="b", status=201, body=None)
    with pytest.raises(AlreadyDone):
        reserve("b")


def test_permanence_is_the_endpoint_s(client: Client) -> None:
    send(client, "k1")
    send(client, "k2", path=SECRETS)
    assert dict(IdempotencyKey.objects.values_list("key", "permanent")) == {"k1": True, "k2": False}


def test_nobody_uses_a_key_before_being_known(db: None) -> None:
    assert send(Client(), str(uuid4())).status_code == 401
    assert not IdempotencyKey.objects.exists()
