"""Statements while money moves: what they say adds up all the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import accounts_for, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.orders.core.periods import Period
from marketplace.orders.services.statements import client_statement, worker_statement
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_moves_between_two_queries_of_a_statement_is_in_all_of_it_or_in_none() -> None:
    order, worker = make.funded_order(), make.worker()
    home = order.organization_id
    escrow, prepaid, earnings = accounts_for(
        (AccountKind.ESCROW, order.pk), (AccountKind.PREPAID, home), (AccountKind.WORKER, worker.pk), currency="USD"
    )
    now = database_now()
    period = Period(now - timedelta(minutes=5), now + timedelta(minutes=5))
    numbers = iter(range(100))

    def move() -> None:
        """Pay, and give a part back, in another session."""
        number = next(numbers)
        post_transfer(
            TransferKind.PAY, reference=f"pay:{number}", amounts={escrow: -10, earnings: 10}, order_id=order.pk
        )
        post_transfer(
            TransferKind.REFUND, reference=f"refund:{number}", amounts={escrow: -1, prepaid: 1}, order_id=order.pk
        )
        connection.close()

    def move_after(execute: Callable[..., Any], *query: Any) -> Any:
        found = execute(*query)
        pool.submit(move).result()
        return found

    with ThreadPoolExecutor(1) as pool, connection.execute_wrapper(move_after):
        client = client_statement(home, currency="USD", period=period)
        earned = worker_statement(worker.pk, currency="USD", period=period)
    opened, closed = client.opening, client.closing
    had = opened.available_micros + opened.held_micros + client.deposited_micros - client.spent_micros
    assert closed.available_micros + closed.held_micros == had
    assert earned.closing_micros == earned.opening_micros + earned.earned_micros > 0
