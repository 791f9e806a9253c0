"""Quoting, funding, cancelling: in order, with enough money, and back again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.errors import WrongState
from labeling.models import LabelingJob
from labeling.services import materialise_tasks
from marketplace.ledger.errors import InsufficientFunds
from marketplace.ledger.models import AccountKind, Transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.services import cancel_operation
from marketplace.orders.errors import OrderExists, OrderWrongState, QuoteExpired
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import cancel_order, create_order, fund_order, publish_order, quote_order
from pricing.services import pace_of, quote_job
from tests import invariants, make
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _cap(order: Order) -> int:
    assert order.quote is not None
    return order.quote.cap_micros


def test_a_job_has_one_order() -> None:
    job = make.job()
    create_order(job, created_by_id=job.created_by_id)
    with pytest.raises(OrderExists), transaction.atomic():
        create_order(job, created_by_id=job.created_by_id)


def test_only_a_draft_is_ordered() -> None:
    job = make.job()
    LabelingJob.objects.filter(pk=job.pk).update(state="cancelled", close_reason="manual")
    job.refresh_from_db()
    with pytest.raises(WrongState), transaction.atomic():
        create_order(job, created_by_id=job.created_by_id)


def test_a_new_quote_replaces_the_old_one_until_the_order_is_funded() -> None:
    order = make.order()
    again = quote_order(order.pk)
    assert again.quote_id != order.quote_id
    make.funds(order.organization)
    fund_order(order.pk)
    with pytest.raises(OrderWrongState) as refused, transaction.atomic():
        quote_order(order.pk)
    assert refused.value.data == {"state": "funded", "allowed_states": ["draft", "quoted", "expired"]}


def test_funding_without_money_names_what_is_missing_and_moves_nothing() -> None:
    order = make.order()
    make.funds(order.organization, micros=_cap(order) - 20_000)
    with pytest.raises(InsufficientFunds) as refused, transaction.atomic():
        fund_order(order.pk)
    assert refused.value.data == {"account": "prepaid", "missing": "0.02", "currency": "USD"}
    order.refresh_from_db()
    assert (order.state, order.funded_micros) == ("quoted", 0)
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    assert not Transfer.objects.filter(kind="fund").exists()
    make.funds(order.organization, micros=20_000)
    assert fund_order(order.pk).state == "funded"
    assert flow.balance(AccountKind.PREPAID, order.organization_id) == 0


def test_an_expired_quote_is_not_funded_until_it_is_quoted_again() -> None:
    order = make.order()
    make.funds(order.organization)
    old = quote_job(order.job, now=database_now() - timedelta(days=8))
    Order.objects.filter(pk=order.pk).update(quote=old)
    with pytest.raises(QuoteExpired) as refused, transaction.atomic():
        fund_order(order.pk)
    assert refused.value.data == {"expired_at": old.expires_at}
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    quote_order(order.pk)
    assert fund_order(order.pk).state == "funded"


def test_an_order_is_funded_once() -> None:
    order = make.funded_order()
    with pytest.raises(OrderWrongState), transaction.atomic():
        fund_order(order.pk)
    assert flow.balance(AccountKind.ESCROW, order.pk) == order.funded_micros


def test_the_database_refuses_an_order_beyond_its_draft_without_a_quote() -> None:
    job = make.job()
    order = create_order(job, created_by_id=job.created_by_id)
    with pytest.raises(IntegrityError, match="order_quoted"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="funded")


# --- cancelling -----------------------------------------------------------------------------------------------------
def test_the_database_closes_no_order_whose_money_does_not_add_up() -> None:
    order = make.funded_order()
    told = {"paid_micros": 1, "fee_micros": 0, "rounding_micros": 0, "settled_at": database_now()}
    with pytest.raises(IntegrityError, match="order_settled_adds_up"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="settled", **told, refunded_micros=order.funded_micros)
    with pytest.raises(IntegrityError, match="order_settled_adds_up"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="settled")
    with pytest.raises(IntegrityError, match="order_cancelled_gives_back"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="cancelled", refunded_micros=0)


def test_cancelling_gives_back_what_was_funded() -> None:
    order = cancel_order(make.funded_order().pk)
    assert (order.state, order.refunded_micros) == ("cancelled", order.funded_micros)
    assert flow.balance(AccountKind.PREPAID, order.organization_id) == make.PLENTY_MICROS
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    order.job.refresh_from_db()
    assert (order.job.state, order.job.close_reason) == ("cancelled", "manual")


@pytest.mark.parametrize("state", [OrderState.DRAFT, OrderState.QUOTED, OrderState.FUNDED])
def test_after_cancelling_nothing_waits_and_nothing_failed(state: OrderState) -> None:
    if state is OrderState.DRAFT:
        job = make.job()
        order = create_order(job, created_by_id=job.created_by_id)
    else:
        order = make.order() if state is OrderState.QUOTED else make.funded_order()
    cancel_order(order.pk)
    flow.deliver_due()
    assert (flow.failed(), flow.pending()) == ([], [])
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert not order.job.consensus_runs.exists()


def test_what_cannot_be_published_is_cancelled_with_the_tasks_that_were_made() -> None:
    order = make.funded_order(n_tasks=3)
    operation = publish_order(order.pk, requested_by_id=order.created_by_id)
    list(materialise_tasks(order.job_id, pace=pace_of(order.job)))
    cancel_operation(operation.pk, now=database_now())
    cancelled = cancel_order(order.pk)
    assert (cancelled.state, cancelled.refunded_micros) == ("cancelled", order.funded_micros)
    assert flow.balance(AccountKind.PREPAID, order.organization_id) == make.PLENTY_MICROS
    flow.run_to_rest()
    assert set(order.job.tasks.values_list("state", "retired_reason")) == {("retired", "cancelled")}
    connection.check_constraints()  # numbers the events, as a commit would
    assert invariants.broken() == {}


def test_an_order_is_cancelled_once_and_not_after_publishing_began() -> None:
    cancelled, publishing = make.funded_order(), make.funded_order()
    cancel_order(cancelled.pk)
    publish_order(publishing.pk, requested_by_id=publishing.created_by_id)
    for order in (cancelled, publishing):
        with pytest.raises(OrderWrongState), transaction.atomic():
            cancel_order(order.pk)
    assert flow.balance(AccountKind.PREPAID, cancelled.organization_id) == make.PLENTY_MICROS
    assert flow.balance(AccountKind.ESCROW, publishing.pk) == publishing.funded_micros
