"""Work in other currencies: bought, paid, invoiced and paid out in the one that its job is in, and never exchanged."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from labeling.models import LabelingJob
from labeling.services import claim_tasks
from marketplace.accounts.models import User, WorkerProfile
from marketplace.accounts.services import set_payout_destination
from marketplace.ledger.models import AccountKind, Invoice
from marketplace.management.driving.books import compare_books
from marketplace.orders.services import run_publish
from pricing.services import add_card
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.ledger.purses import held
from tests.orders import flow
from tests.pricing.cards_in_service import our_next_card

pytestmark = pytest.mark.django_db

# By currency: the card's wage and step of pay, the country of which a least wage is known, and that wage.
TERMS = {
    "JPY": {"wage": "1500.00", "step": "0.5", "country": "JP", "least": "1100.00"},
    "EUR": {"wage": "16.00", "step": "0.001", "country": "DE", "least": "13.90"},
    "KWD": {"wage": "4.000", "step": "0.0005", "country": "KW", "least": "2.500"},
}


@pytest.fixture(autouse=True)
def _least_wages(settings: Settings, tmp_path: Path) -> None:
    for currency, terms in TERMS.items():
        floor = {"per_hour": terms["least"], "source": "a test's", "assumed": True}
        document = {
            "schema": 1,
            "id": "wage-floors",
            "version": "test",
            "valid_from": "2026-01-01",
            "currency": currency,
            "default": None,
            "countries": {terms["country"]: floor},
        }
        (tmp_path / f"{currency}.json").write_text(json.dumps(document))
    settings.WAGE_FLOORS_FILE = tmp_path


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


def _card(currency: str) -> None:
    """Add our card in a currency, as staff would: whoever states amounts in it answers for them."""
    terms = TERMS[currency]
    document = our_next_card(
        wage_per_hour=terms["wage"], pay_step=terms["step"], floors_per_hour={"default": terms["least"]}
    )
    named = {"currency": currency, "version": f"2026-11-{currency.lower()}", "valid_from": "2026-01-01"}
    add_card(document | named, added_by_id=None, now=timezone.now())


def _worker(country: str) -> User:
    made = make.worker()
    WorkerProfile.objects.filter(pk=made.pk).update(country=country)
    set_payout_destination(made.pk, reference="acct_1", now=timezone.now() - timedelta(days=30))
    return made


def _quoted(owner: JsonClient, job: LabelingJob, **asked: Any) -> dict[str, Any]:
    order = body_of(owner.post("/api/v1/orders", {"job": job.pk, **asked}), 201)
    quoted: dict[str, Any] = body_of(owner.post(f"/api/v1/orders/{order['id']}/quote", {}, headers=with_key()))
    return quoted


def _bought(owner: JsonClient, cast: Cast, *, currency: str, n_photos: int, amount: str) -> dict[str, Any]:
    """Buy an order over the API, from deposit to publication."""
    deposit = {"organization": cast.home.pk, "amount": amount, "currency": currency}
    body_of(owner.post("/api/v1/deposits", deposit, headers=with_key()), 201)
    job = make.job(home=cast.home, n_tasks=n_photos, min_overlap=1, max_overlap=1, currency=currency)
    order = _quoted(owner, job)
    for action, status in (("fund", 200), ("publish", 202)):
        body_of(owner.post(f"/api/v1/orders/{order['id']}/{action}", {}, headers=with_key()), status)
    run_publish(order["id"])
    flow.run_to_rest()
    return order


def _work_off(order: dict[str, Any], worker: User) -> None:
    job = LabelingJob.objects.get(pk=order["job"])
    while leases := claim_tasks(job.pk, worker.pk, limit=20):
        for lease in leases:
            assert lease.currency == order["currency"]
            make.answer(lease)
    flow.run_to_rest()


BOOKS: dict[str, dict[str, Any]] = {
    # 1500 x 5.1 / 3600 = 2.125, up to 2.5: 127.5 and in reserve 6.375, a fifth of both 26.775; of 127.5 it is 25.5
    "JPY": {
        "deposit": "1000",
        "each": "2.50",
        "quoted": {"labour": "128", "late_reserve": "6", "fee": "27"},
        "paid": "127.5",
        "invoiced": ("128", "26", "154"),
        "paid_out": ("127.00", "0.50"),
    },
    # 16 x 5.1 / 3600 = .02267, up to .023: 1.173, .05865 and .24633; .2346
    "EUR": {
        "deposit": "50.00",
        "each": "0.023",
        "quoted": {"labour": "1.17", "late_reserve": "0.06", "fee": "0.25"},
        "paid": "1.173",
        "invoiced": ("1.17", "0.23", "1.40"),
        "paid_out": ("1.17", "0.003"),
    },
    # 4 x 5.1 / 3600 = .005667, up to .006: .306, .0153 and .06426; .0612
    "KWD": {
        "deposit": "50.000",
        "each": "0.006",
        "quoted": {"labour": "0.306", "late_reserve": "0.016", "fee": "0.064"},
        "paid": "0.306",
        "invoiced": ("0.306", "0.061", "0.367"),
        "paid_out": ("0.306", "0.00"),
    },
}


@pytest.mark.parametrize("currency", BOOKS)
def test_an_order_is_quoted_funded_paid_invoiced_and_paid_out_in_its_currency(
    owner: JsonClient, cast: Cast, client_of: ClientFactory, currency: str
) -> None:
    known = BOOKS[currency]
    _card(currency)
    order = _bought(owner, cast, currency=currency, n_photos=51, amount=known["deposit"])
    quote = order["quote"]
    assert (order["currency"], quote["currency"], quote["pay_per_answer"]) == (currency, currency, known["each"])
    expected = {line["name"]: Decimal(line["expected"]) for line in quote["lines"]}
    assert expected == {name: Decimal(amount) for name, amount in known["quoted"].items()}
    assert sum(expected.values()) == Decimal(quote["expected_total"])

    worker = _worker(TERMS[currency]["country"])
    _work_off(order, worker)
    settled = body_of(owner.get(f"/api/v1/orders/{order['id']}"))
    assert (settled["state"], Decimal(settled["paid"])) == ("settled", Decimal(known["paid"]))
    [invoice] = body_of(owner.get("/api/v1/invoices", {"order": order["id"]}))["items"]
    assert invoice["currency"] == currency
    assert (*(line["amount"] for line in invoice["lines"]), invoice["total"]) == known["invoiced"]
    assert owner.get(f"/api/v1/invoices/{invoice['id']}/pdf").content.startswith(b"%PDF")

    at_work = client_of(worker)
    books = compare_books(
        settled,
        invoices=[invoice],
        transfers=body_of(owner.get(f"/api/v1/orders/{order['id']}/transfers", {"limit": 300}))["items"],
        statements=[body_of(at_work.get("/api/v1/statement", {"currency": currency}))],
    )
    assert books.differences == []
    assert body_of(at_work.get("/api/v1/statement"))["closing"] == "0.00"  # in dollars

    payout = body_of(at_work.post("/api/v1/payouts", {"currency": currency}, headers=with_key()), 201)
    assert payout["currency"] == currency
    [left] = body_of(at_work.get("/api/v1/balance"))["items"]
    assert (payout["amount"], left["balance"], left["currency"]) == (*known["paid_out"], currency)
    call_command("reconcile")
    _require_books_in(currency, cast, order, deposit=known["deposit"], charged=known["invoiced"][-1])


def _require_books_in(currency: str, cast: Cast, order: dict[str, Any], *, deposit: str, charged: str) -> None:
    """Require that the client's money is in this currency only, and that what was not charged is back."""
    assert held(AccountKind.ESCROW, order["id"], currency=currency) == 0
    prepaid = held(AccountKind.PREPAID, cast.home.pk, currency=currency)
    assert prepaid == (Decimal(deposit) - Decimal(charged)) * 1_000_000
    assert held(AccountKind.PREPAID, cast.home.pk) == 0
    assert set(Invoice.objects.values_list("currency", flat=True)) == {currency}


# --- what is refused ------------------------------------------------------------------------------------------------
def test_a_currency_without_prices_or_least_wages_is_named_when_an_order_is_made(
    owner: JsonClient, cast: Cast, settings: Settings
) -> None:
    job = make.job(home=cast.home, currency="EUR")
    with nothing_written():
        problem = problem_of(owner.post("/api/v1/orders", {"job": job.pk}), 400, "invalid_value", "currency")
    assert problem["allowed"] == ["USD"]
    _card("EUR")
    settings.WAGE_FLOORS_FILE = settings.WAGE_FLOORS_FILE / "JPY.json"
    with nothing_written():
        problem = problem_of(owner.post("/api/v1/orders", {"job": job.pk}), 400, "invalid_value", "currency")
    assert problem["allowed"] == ["JPY"]


def test_countries_without_a_least_wage_in_the_currency_are_named(owner: JsonClient, cast: Cast) -> None:
    _card("EUR")
    job = make.job(home=cast.home, currency="EUR")
    order = body_of(owner.post("/api/v1/orders", {"job": job.pk, "countries": ["FR", "DE"]}), 201)
    asked = owner.post(f"/api/v1/orders/{order['id']}/quote", {}, headers=with_key())
    problem = problem_of(asked, 400, "invalid_value", "countries")
    assert problem["allowed"] == ["DE"]
    assert "FR" in problem["detail"]


def test_a_wage_below_the_least_of_every_country_is_refused(owner: JsonClient, cast: Cast) -> None:
    _card("EUR")
    job = make.job(home=cast.home, currency="EUR")
    order = body_of(owner.post("/api/v1/orders", {"job": job.pk, "wage_per_hour": "13.50"}), 201)
    asked = owner.post(f"/api/v1/orders/{order['id']}/quote", {}, headers=with_key())
    problem = problem_of(asked, 409, "wage_too_low", "wage_per_hour")
    assert (problem["least_wage"], problem["country"], problem["currency"]) == ("13.90", "DE", "EUR")


def test_work_is_offered_only_where_its_currency_has_a_least_wage(
    owner: JsonClient, cast: Cast, client_of: ClientFactory
) -> None:
    _card("EUR")
    order = _bought(owner, cast, currency="EUR", n_photos=2, amount="50.00")
    offers = {
        country: [job["id"] for job in body_of(client_of(_worker(country)).get("/api/v1/work/jobs"))["items"]]
        for country in ("DE", "FR", "")
    }
    assert offers == {"DE": [order["job"]], "FR": [], "": []}


def test_money_in_one_currency_buys_nothing_in_another(owner: JsonClient, cast: Cast) -> None:
    _card("EUR")
    make.funds(cast.home)
    order = _quoted(owner, make.job(home=cast.home, currency="EUR"))
    funded = owner.post(f"/api/v1/orders/{order['id']}/fund", {}, headers=with_key())
    assert problem_of(funded, 409, "insufficient_funds")["currency"] == "EUR"
