"""Prices by rate cards over HTTP, and the cards themselves."""

import json
from decimal import Decimal
from typing import Any

import pytest

from marketplace.accounts.models import User
from pricing.core.cards.walk import DRIVERS
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.pricing.cards.asking import EFFORT, GOOGLE, GROUND_TRUTH, MTURK, document

URL = "/api/v1/quotes"


@pytest.fixture
def client(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.stranger)


def test_anybody_signed_in_asks_for_a_price_and_orders_nothing(client: JsonClient) -> None:
    with nothing_written():
        found = body_of(client.post(URL, EFFORT))
    assert (found["total"], found["currency"]) == ("321.00", "USD")
    assert {line["name"]: line["amount"] for line in found["lines"]} == {
        "labour": "235.00",
        "review": "20.75",
        "rework": "11.75",
        "rush": "0.00",
        "fee": "53.50",
    }
    assert sum(Decimal(driver["amount"]) for driver in found["drivers"]) == Decimal("321.00")
    assert {driver["name"]: driver["amount"] for driver in found["drivers"]}["quality"] == "24.90"  # 20.75 and its fee
    assert len(found["card"]["sha256"]) == 64


def test_many_are_priced_in_one_call(client: JsonClient) -> None:
    asked = [{"id": f"n-{n}", "spec": EFFORT | {"n_assets": n}} for n in range(1, 301)]
    found = body_of(client.post(URL, asked))
    assert [each["id"] for each in found] == [each["id"] for each in asked]
    assert found[-1]["total"] == "96.30"  # .235 x 300 = 70.50, 75 x .083 = 6.225, 5 % = 3.525, a fifth of 80.25


def test_the_same_key_is_answered_with_the_same_price(client: JsonClient) -> None:
    first = client.post(URL, MTURK, headers=with_key("once"))
    again = client.post(URL, MTURK, headers=with_key("once"))
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    problem_of(client.post(URL, EFFORT, headers=with_key("once")), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("asked", "status", "code", "field"),
    [
        ({}, 400, "invalid_value", "card"),
        ([MTURK], 400, "unknown_field", "[0].card"),
        (EFFORT | {"n_assets": -1}, 400, "invalid_value", "n_assets"),
        (EFFORT | {"n_asets": 1}, 400, "unknown_field", "n_asets"),
        (GROUND_TRUTH | {"workforce": "public", "task_price": "0.07"}, 400, "invalid_value", "task_price"),
        ([{"id": "a", "spec": GOOGLE | {"n_assets": 10**9}}], 422, "quote_needed", "[0].spec.n_assets"),
        ({"card": "acme"}, 400, "no_such_card", "card"),
    ],
)
def test_what_is_wrong_is_named(client: JsonClient, asked: Any, status: int, code: str, field: str) -> None:
    with nothing_written():
        problem_of(client.post(URL, asked), status, code, field)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"spec"',
        b"[1, 2]",
        b"[[[[[[]]]]]]",
        b"[" * 1000,
        b'{"card": "mturk", "n_tasks": 1e400}',
        b'{"card": "mturk", "n_tasks": -Infinity}',
        b'{"card": "mturk", "n_tasks": 99999999999999999999999999}',
        b'{"card": "mturk", "n_tasks": 9223372036854775807, "reward": "0.05"}',
        b'{"card": "\\u0000"}',
        b'{"card": {"card": {}}}',
        json.dumps([{"id": "x", "spec": MTURK}] * 1001).encode(),
        json.dumps(EFFORT | {"integration": {"x" * 100_000: 1}}).encode(),
    ],
)
def test_hostile_bodies_are_refused_in_short(client: JsonClient, body: bytes) -> None:
    with nothing_written():
        response = client.post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert len(response.content) < 2000


# --- cards ----------------------------------------------------------------------------------------------------------
def test_cards_are_listed_and_read(client: JsonClient) -> None:
    listed = body_of(client.get("/api/v1/rate-cards"))["items"]
    told = [(each["id"], each["version"], each["currency"], each["status"]) for each in listed]
    assert ("mturk", "2026", "USD", "closed") in told
    shown = body_of(client.get("/api/v1/rate-cards/mturk/2026"))
    assert shown["components"][0]["commission"] == "0.20"
    problem_of(client.get("/api/v1/rate-cards/mturk/1999"), 404, "not_found")


def test_only_the_staff_adds_versions(client: JsonClient, cast: Cast, client_of: ClientFactory) -> None:
    with nothing_written():
        problem_of(client.post("/api/v1/rate-cards", document()), 403, "permission_denied")
    boss = make.user()
    User.objects.filter(pk=boss.pk).update(is_staff=True)
    staff = client_of(boss)
    added = body_of(staff.post("/api/v1/rate-cards", document()), 201)
    assert body_of(client.get("/api/v1/rate-cards/small/1")) == document()
    assert body_of(client.post(URL, {"card": "small", "n_assets": 150}))["card"]["sha256"] == added["sha256"]
    problem_of(staff.post("/api/v1/rate-cards", document()), 409, "card_exists", "version")
    problem_of(staff.post("/api/v1/rate-cards", document(version="2", currency="?")), 400, "invalid_value", "currency")
    problem_of(staff.post("/api/v1/rate-cards", [document()]), 400, "invalid_value")


# --- of orders ------------------------------------------------------------------------------------------------------
def test_an_order_is_quoted_with_what_is_asked_for(client_of: ClientFactory, cast: Cast) -> None:
    owner, order = client_of(cast.owner), make.order(home=cast.home)
    make.known_for("medical")
    url = f"/api/v1/orders/{order.pk}/quote"
    asked = {"rush": "0.5", "expertise": "medical", "integration": {"api_work": 1}}
    quote = body_of(owner.post(url, asked))["quote"]
    assert [line["name"] for line in quote["lines"]] == [
        "labour",
        "late_reserve",
        "expertise",
        "rush",
        "api_work",
        "fee",
    ]
    assert (quote["pay_per_answer"], quote["set_up"], quote["card"]) == ("0.1275", "90.00", "plenum-effort")
    assert quote["assumptions"]["expertise_pay_times"] == "5"
    assert [driver["name"] for driver in quote["drivers"]] == list(DRIVERS)
    assert sum(Decimal(driver["amount"]) for driver in quote["drivers"]) == Decimal(quote["expected_total"])
    assert "drivers" not in quote["assumptions"]
    for nothing in ({}, {"rush": None, "turnaround": None, "expertise": None, "integration": None}):
        plain = body_of(owner.post(url, nothing))["quote"]
        assert (plain["pay_per_answer"], plain["set_up"]) == ("0.017", "0.00")
    for wrong, field in (
        ({"rush": "x"}, "rush"),
        ({"expertise": "x"}, "expertise"),
        ({"integration": 5}, "integration"),
    ):
        with nothing_written():
            problem_of(owner.post(url, wrong), 400, "invalid_value", field)
    problem_of(owner.post(url, {"speed": "fast"}), 400, "invalid", "speed")


def test_a_path_with_a_nul_names_nothing(client: JsonClient) -> None:
    problem_of(client.get("/api/v1/rate-cards/plenum-effort/2026-11%00"), 404, "not_found")
