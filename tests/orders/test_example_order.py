"""An example order whose quote, invoice, ledger and workers' statements agree."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from labeling.models import JobWorker, LabelingJob
from labeling.services import claim_tasks
from marketplace.accounts.models import User
from marketplace.management.driving.books import Books, compare_books
from marketplace.orders.services import give_bonus, run_publish
from tests import make
from tests.api.expect import body_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.orders import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


def _bought(owner: JsonClient, cast: Cast, *, n_photos: int, overlap: int, **asked: Any) -> dict[str, Any]:
    """Buy an order over the API, from deposit to publication."""
    deposit = {"organization": cast.home.pk, "amount": "520.00"}
    body_of(owner.post("/api/v1/deposits", deposit, headers=with_key()), 201)
    job = make.job(home=cast.home, n_tasks=n_photos, min_overlap=overlap, max_overlap=overlap)
    order: dict[str, Any] = body_of(owner.post("/api/v1/orders", {"job": job.pk}), 201)
    for action, status in (("quote", 200), ("fund", 200), ("publish", 202)):
        body = asked if action == "quote" else {}
        body_of(owner.post(f"/api/v1/orders/{order['id']}/{action}", body, headers=with_key()), status)
    run_publish(order["id"])
    flow.run_to_rest()
    return order


def _worked_on(order: dict[str, Any], *, n_workers: int) -> list[User]:
    """Let so many people answer all there is, until the order is settled."""
    job = LabelingJob.objects.get(pk=order["job"])
    people = [make.worker() for _ in range(n_workers)]
    for person in people:
        for held in claim_tasks(job.pk, person.pk, limit=20):
            make.answer(held)
    flow.run_to_rest()
    return people


def _books(owner: JsonClient, order: dict[str, Any], people: list[User], client_of: ClientFactory) -> Books:
    settled = body_of(owner.get(f"/api/v1/orders/{order['id']}"))
    assert settled["state"] == "settled"
    return compare_books(
        settled,
        invoices=body_of(owner.get("/api/v1/invoices", {"order": order["id"]}))["items"],
        transfers=body_of(owner.get(f"/api/v1/orders/{order['id']}/transfers", {"limit": 300}))["items"],
        statements=[body_of(client_of(person).get("/api/v1/statement")) for person in people],
    )


def test_quote_invoice_ledger_and_statements_agree_to_the_cent_and_with_rounding_to_the_micro_dollar(
    owner: JsonClient, cast: Cast, client_of: ClientFactory
) -> None:
    order = _bought(owner, cast, n_photos=5, overlap=1)
    books = _books(owner, order, _worked_on(order, n_workers=1), client_of)
    assert books.differences == []
    work, platform, rounding, total = books.rows
    # Five answers at .017 are .085: .09 on quote and invoice, .085 in the ledger and with the worker.
    assert (work.expected, work.invoiced) == (Decimal("0.09"), Decimal("0.09"))
    assert (work.ledger, work.workers) == (Decimal("0.085"), Decimal("0.085"))
    # A fifth of .085 is .017, half up .02.
    assert (platform.expected, platform.invoiced, platform.ledger) == (Decimal("0.02"),) * 3
    assert rounding.ledger == Decimal("0.005")
    assert total.expected == total.invoiced == total.ledger == Decimal("0.11")
    call_command("reconcile")


def test_set_up_work_is_the_platforms_in_all_books(owner: JsonClient, cast: Cast, client_of: ClientFactory) -> None:
    asked = {"custom_export_format": 1, "api_work": 1, "workforce_onboarding": 1}
    order = _bought(owner, cast, n_photos=5, overlap=1, integration=asked)
    books = _books(owner, order, _worked_on(order, n_workers=1), client_of)
    assert books.differences == []
    _, platform, _, _ = books.rows
    assert (platform.expected, platform.invoiced, platform.ledger) == (Decimal("490.02"),) * 3


def test_they_agree_for_several_workers_answers_and_a_bonus_too(
    owner: JsonClient, cast: Cast, client_of: ClientFactory
) -> None:
    order = _bought(owner, cast, n_photos=7, overlap=3)
    people = _worked_on(order, n_workers=3)
    place = JobWorker.objects.get(job=order["job"], worker=people[0])
    give_bonus(
        place.job_id,
        bonus_id=uuid4(),
        pseudonym=place.pseudonym,
        micros=1_234_567,
        reason="For the hard ones.",
        given_by_id=cast.owner.pk,
    )
    books = _books(owner, order, people, client_of)
    assert books.differences == []
    work, _, _, total = books.rows
    assert work.ledger == work.workers == Decimal("0.357") + Decimal("1.234567")
    assert total.invoiced == total.ledger
    call_command("reconcile")


def test_a_book_that_says_otherwise_is_named(owner: JsonClient, cast: Cast, client_of: ClientFactory) -> None:
    order = _bought(owner, cast, n_photos=5, overlap=1)
    _worked_on(order, n_workers=1)
    books = _books(owner, order, [], client_of)  # as if nobody's statement showed the work
    assert books.differences == ["work in the ledger and in the workers' statements: 0.085 and 0"]
    assert "DIFFERS" in "\n".join(books.lines())
