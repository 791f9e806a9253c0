"""A quote that nobody funded in time: the order says so, once, and may be quoted again or given up."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.ledger.models import AccountKind
from marketplace.live.models import Event
from marketplace.operations.adapters import database_now
from marketplace.orders.errors import QuoteExpired
from marketplace.orders.models import Order
from marketplace.orders.services import (
    cancel_order,
    expire_order,
    fund_order,
    orders_to_expire,
    publish_order,
    quote_order,
)
from marketplace.orders.tasks import expire_one, expire_orders
from marketplace.settings import CELERY_BEAT_SCHEDULE
from pricing.services import quote_job
from tests import invariants, make
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _stale() -> Order:
    order = make.order()
    make.funds(order.organization)
    old = quote_job(order.job, now=database_now() - timedelta(days=8))
    Order.objects.filter(pk=order.pk).update(quote=old)
    return order


def _expired() -> Order:
    order = _stale()
    expire_order(order.pk)
    return order


def _state(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def test_a_quote_that_ran_out_expires_its_order_with_one_event() -> None:
    order, fresh = _stale(), make.order()
    assert orders_to_expire() == [order.pk]
    expire_order(order.pk)
    expire_order(order.pk)
    expire_order(fresh.pk)
    assert (_state(order), _state(fresh)) == ("expired", "quoted")
    told = Event.objects.filter(type="order_expired").values_list("stream__subject_id", "data")
    assert list(told) == [(order.pk, {"quote": str(Order.objects.get(pk=order.pk).quote_id)})]
    assert orders_to_expire() == []
    connection.check_constraints()
    assert invariants.broken() == {}


def test_a_sweep_takes_so_many_at_most_and_each_costs_the_same() -> None:
    orders = sorted((_stale() for _ in range(3)), key=lambda each: each.pk)
    assert orders_to_expire(limit=2) == [each.pk for each in orders[:2]]
    costs = []
    for each in orders:
        with CaptureQueriesContext(connection) as queries:
            expire_order(each.pk)
        costs.append(len(queries))
    assert len(set(costs)) == 1


def test_beat_expires_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    order = _stale()
    monkeypatch.setattr("marketplace.orders.tasks.close_old_connections", lambda: None)  # it is the test's own
    monkeypatch.setattr("marketplace.orders.tasks.expire_one.delay", expire_one)
    assert CELERY_BEAT_SCHEDULE["expire-orders"]["task"] == expire_orders.name
    expire_orders()
    assert _state(order) == "expired"


def test_what_was_funded_in_time_does_not_expire() -> None:
    order = make.funded_order()
    old = quote_job(order.job, now=database_now() - timedelta(days=8))
    Order.objects.filter(pk=order.pk).update(quote=old)
    expire_order(order.pk)
    assert (orders_to_expire(), _state(order)) == ([], "funded")
    with pytest.raises(IntegrityError, match="order_expired_unfunded"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="expired")


def test_an_expired_order_is_neither_funded_nor_published() -> None:
    order = _expired()
    for attempt in (
        lambda: fund_order(order.pk),
        lambda: publish_order(order.pk, requested_by_id=order.created_by_id),
    ):
        with pytest.raises(QuoteExpired, match="quote the order again") as refused, transaction.atomic():
            attempt()
        assert set(refused.value.data) == {"expired_at"}
    assert (_state(order), flow.balance(AccountKind.ESCROW, order.pk)) == ("expired", 0)


def test_an_expired_order_is_quoted_again_and_bought() -> None:
    order = _expired()
    assert quote_order(order.pk).state == "quoted"
    assert fund_order(order.pk).state == "funded"


def test_an_expired_order_is_cancelled() -> None:
    order = _expired()
    cancelled = cancel_order(order.pk)
    assert (cancelled.state, cancelled.refunded_micros) == ("cancelled", 0)
    order.job.refresh_from_db()
    assert order.job.state == "cancelled"
