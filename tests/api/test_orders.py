"""Money over HTTP: deposits, orders, and what is missing."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from labeling.models import LabelingJob
from marketplace.ledger.models import Account, AccountKind, Transfer
from marketplace.operations.models import IdempotencyKey, Operation
from marketplace.orders.models import Order
from marketplace.orders.services import accept_answer, run_publish
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


def _deposit(client: JsonClient, cast: Cast, amount: Any = "100.00", key: str | None = None, **more: Any) -> Any:
    body = {"organization": cast.home.pk, "amount": amount, **more}
    return client.post("/api/v1/deposits", body, headers=with_key(key))


def _act(client: JsonClient, order_id: Any, action: str, key: str | None = None) -> Any:
    return client.post(f"/api/v1/orders/{order_id}/{action}", {}, headers=with_key(key))


def _prepaid(cast: Cast) -> int:
    return Account.objects.get(kind=AccountKind.PREPAID, owner_id=cast.home.pk).balance_micros


# --- deposits -------------------------------------------------------------------------------------------------------
def test_a_deposit_adds_to_the_balance(owner: JsonClient, cast: Cast) -> None:
    body_of(_deposit(owner, cast, "0.5"), 201)
    told = body_of(_deposit(owner, cast, "100.25"), 201)
    assert {name: told[name] for name in ("organization", "amount", "currency", "balance")} == {
        "organization": str(cast.home.pk),
        "amount": "100.25",
        "currency": "USD",
        "balance": "100.75",
    }
    listed = body_of(owner.get(f"/api/v1/organizations/{cast.home.pk}/balance"))
    assert listed == {"items": [{"currency": "USD", "balance": "100.75"}]}


def test_a_deposit_sent_again_under_its_key_charges_once(owner: JsonClient, cast: Cast) -> None:
    first = _deposit(owner, cast, key="once")
    second = _deposit(owner, cast, key="once")
    assert (second.status_code, second.content) == (201, first.content)
    assert (_prepaid(cast), Transfer.objects.count()) == (100_000_000, 1)
    assert IdempotencyKey.objects.get().permanent
    with nothing_written():
        problem_of(_deposit(owner, cast, "200.00", key="once"), 422, "idempotency_key_reused")


def test_the_same_key_of_two_people_is_two_deposits(owner: JsonClient, cast: Cast, client_of: ClientFactory) -> None:
    body_of(_deposit(owner, cast, key="once"), 201)
    body_of(_deposit(client_of(cast.team_mate), cast, key="once"), 201)
    assert _prepaid(cast) == 200_000_000


@pytest.mark.parametrize("amount", ["0", "-1", "1e3", "NaN", "1,00", "0.0000001", "10000000.01", 12.5, None, "", "٣"])
def test_what_is_no_amount_is_refused(owner: JsonClient, cast: Cast, amount: Any) -> None:
    with nothing_written():
        problem_of(_deposit(owner, cast, amount), 400, "invalid", "amount")


def test_a_deposit_needs_a_key_and_a_known_currency(owner: JsonClient, cast: Cast) -> None:
    with nothing_written():
        body = {"organization": cast.home.pk, "amount": "1.00"}
        problem_of(owner.post("/api/v1/deposits", body), 400, "idempotency_key_required")
        problem_of(_deposit(owner, cast, currency="XXX"), 400, "invalid", "currency")
        problem_of(_deposit(owner, cast, key="ä"), 400, "idempotency_key_invalid", "Idempotency-Key")


# --- orders ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def job(cast: Cast) -> LabelingJob:
    return make.job(home=cast.home, n_tasks=100, min_overlap=2, max_overlap=3)


def test_an_order_goes_from_draft_to_published(owner: JsonClient, cast: Cast, job: LabelingJob) -> None:
    order = body_of(owner.post("/api/v1/orders", {"job": job.pk}), 201)
    assert (order["state"], order["job"], order["quote"], order["funded"]) == ("draft", str(job.pk), None, "0.00")
    order_id = order["id"]

    quoted = body_of(_act(owner, order_id, "quote"))
    quote = quoted["quote"]
    assert (quoted["state"], quote["pay_per_answer"], quote["effort_s"], quote["fee_rate"]) == (
        "quoted",
        "0.017",
        5.1,
        "0.20",
    )
    assert [line["name"] for line in quote["lines"]] == ["labour", "late_reserve", "fee"]
    assert quote["lines"][0]["cap"] == "5.10"  # 100 tasks, 3 answers, 0.017 each
    assert quote["cap"] == "6.44"  # with 5 % reserve, and 20 % of both
    assert quote["assumptions"]["n_tasks"] == 100
    assert len(quote["sha256"]) == 64

    body_of(_deposit(owner, cast, "6.44"), 201)
    funded = body_of(_act(owner, order_id, "fund"))
    assert (funded["state"], funded["funded"], _prepaid(cast)) == ("funded", "6.44", 0)

    operation = body_of(_act(owner, order_id, "publish"), 202)
    assert (operation["kind"], operation["state"], operation["percent"]) == ("publish", "queued", 0)
    run_publish(order_id)
    assert body_of(owner.get(f"/api/v1/operations/{operation['id']}"))["state"] == "succeeded"
    published = body_of(owner.get(f"/api/v1/orders/{order_id}"))
    assert (published["state"], published["publish_operation"]) == ("published", operation["id"])
    opened = body_of(owner.get(f"/api/v1/jobs/{job.pk}"))
    assert (opened["state"], opened["n_tasks"], opened["pay"]) == ("open", 100, "0.017")


def test_funding_without_money_names_what_is_missing(owner: JsonClient, cast: Cast, job: LabelingJob) -> None:
    order = make.order(job)
    with nothing_written():
        problem = problem_of(_act(owner, order.pk, "fund"), 409, "insufficient_funds")
    assert (problem["missing"], problem["currency"]) == ("6.44", "USD")
    body_of(_deposit(owner, cast, "6.00"), 201)
    with nothing_written():
        assert problem_of(_act(owner, order.pk, "fund"), 409, "insufficient_funds")["missing"] == "0.44"
    assert Order.objects.get().state == "quoted"


def test_publishing_without_funds_names_what_is_missing(owner: JsonClient, job: LabelingJob) -> None:
    order = make.order(job)
    with nothing_written():
        problem = problem_of(_act(owner, order.pk, "publish"), 409, "order_not_funded")
    assert (problem["missing"], problem["currency"], problem["state"]) == ("6.44", "USD", "quoted")
    assert problem["allowed_states"] == ["funded"]
    assert LabelingJob.objects.get().n_tasks == 0


def test_publishing_again_is_the_same_operation(owner: JsonClient, cast: Cast) -> None:
    order = make.funded_order(home=cast.home)
    first = _act(owner, order.pk, "publish", key="once")
    assert _act(owner, order.pk, "publish", key="once").content == first.content
    assert body_of(_act(owner, order.pk, "publish"), 202)["id"] == first.json()["id"]
    assert Operation.objects.count() == 1


def test_funding_again_under_its_key_moves_money_once(owner: JsonClient, cast: Cast, job: LabelingJob) -> None:
    order = make.order(job)
    make.funds(cast.home)
    first = _act(owner, order.pk, "fund", key="once")
    assert _act(owner, order.pk, "fund", key="once").content == first.content
    assert _prepaid(cast) == make.PLENTY_MICROS - 6_440_000
    problem = problem_of(_act(owner, order.pk, "fund"), 409, "wrong_state")
    assert (problem["state"], problem["allowed_states"]) == ("funded", ["quoted"])


def test_cancelling_gives_the_money_back(owner: JsonClient, cast: Cast) -> None:
    order = make.funded_order(home=cast.home)
    cancelled = body_of(_act(owner, order.pk, "cancel"))
    assert (cancelled["state"], cancelled["refunded"]) == ("cancelled", cancelled["funded"])
    assert _prepaid(cast) == make.PLENTY_MICROS
    assert body_of(owner.get(f"/api/v1/jobs/{order.job_id}"))["state"] == "cancelled"
    problem_of(_act(owner, order.pk, "cancel"), 409, "wrong_state")


def test_what_is_being_published_is_not_cancelled(owner: JsonClient, cast: Cast) -> None:
    order = make.funded_order(home=cast.home)
    body_of(_act(owner, order.pk, "publish"), 202)
    with nothing_written():
        problem_of(_act(owner, order.pk, "cancel"), 409, "wrong_state")


def test_a_job_is_ordered_once_and_as_a_draft(owner: JsonClient, cast: Cast) -> None:
    order = make.order(home=cast.home)
    opened = make.published_job(home=cast.home)
    with nothing_written():
        problem_of(owner.post("/api/v1/orders", {"job": order.job_id}), 409, "order_exists", "job")
        problem_of(owner.post("/api/v1/orders", {"job": opened.pk}), 409, "wrong_state")


def test_a_foreign_job_cannot_be_ordered(owner: JsonClient, cast: Cast) -> None:
    foreign = make.job()
    with nothing_written():
        problem_of(owner.post("/api/v1/orders", {"job": foreign.pk}), 404, "not_found", "job")


@pytest.mark.parametrize("action", ["fund", "publish", "cancel"])
def test_money_moves_under_a_key_only(owner: JsonClient, cast: Cast, action: str) -> None:
    order = make.order(home=cast.home)
    with nothing_written():
        response = owner.post(f"/api/v1/orders/{order.pk}/{action}", {})
        problem_of(response, 400, "idempotency_key_required")


def test_orders_are_listed(
    owner: JsonClient, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    orders = [make.order(home=cast.home) for _ in range(3)]
    make.order()
    owner.get("/api/v1/orders")
    with django_assert_max_num_queries(2):
        listed = body_of(owner.get("/api/v1/orders", {"state": "quoted"}))["items"]
    assert [item["id"] for item in listed] == [str(order.pk) for order in orders]


# --- what became of the money ---------------------------------------------------------------------------------------
def test_every_movement_is_listed_without_naming_workers(
    owner: JsonClient, cast: Cast, client_of: ClientFactory, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = make.published_job(home=cast.home)
    for _ in range(2):
        accept_answer(make.answer(make.lease(job, by=cast.worker)).pk)
    url = f"/api/v1/orders/{job.order.pk}/transfers"
    owner.get(url)
    with django_assert_max_num_queries(4):
        items = body_of(owner.get(url))["items"]
    assert [item["kind"] for item in items] == ["fund", "pay", "pay"]
    paid = items[1]
    assert set(paid) == {"id", "kind", "created_at", "entries"}
    assert sorted(paid["entries"], key=lambda entry: entry["account"]) == [
        {"account": "escrow", "amount": "-0.017", "currency": "USD"},
        {"account": "worker", "amount": "0.017", "currency": "USD"},
    ]
    assert str(cast.worker.pk) not in owner.get(url).content.decode()
    earned = body_of(client_of(cast.worker).get("/api/v1/balance"))
    assert earned == {"items": [{"currency": "USD", "balance": "0.034"}]}
    assert body_of(owner.get("/api/v1/balance")) == {"items": []}
