"""Many threads at the same money."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from marketplace.ledger.errors import InsufficientFunds
from marketplace.ledger.models import Account, AccountKind, Transfer, TransferKind
from marketplace.ledger.services import account_for, accounts_for, hold_accounts, holding, post_transfer
from marketplace.operations.core.ids import new_id
from tests import invariants
from tests.choreography.crowd import run_together
from tests.ledger.purses import give

pytestmark = pytest.mark.django_db(transaction=True)

N_THREADS = 8


def _purse(holding: int) -> Account:
    home = new_id()
    give(AccountKind.PREPAID, home, micros=holding)
    return account_for(AccountKind.PREPAID, home, "USD")


def _held(account: Account) -> int:
    return Account.objects.values_list("balance_micros", flat=True).get(pk=account.pk)


def _n_deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        row = cursor.fetchone()
    return int(row[0])


def test_eight_threads_pay_from_one_escrow_exactly_and_without_deadlock() -> None:
    escrow = _purse(1_000_000)
    before = _n_deadlocks()

    def pay(thread: int) -> None:
        for turn in range(10):
            worker = account_for(AccountKind.WORKER, new_id(), "USD")
            amounts = {escrow: -1_000 * (thread + 1), worker: 1_000 * (thread + 1)}
            post_transfer(TransferKind.FUND, reference=f"pay:{thread}:{turn}", amounts=amounts)

    parts: list[Callable[[], None]] = [partial(pay, thread) for thread in range(N_THREADS)]
    run_together(parts)
    assert _held(escrow) == 1_000_000 - 10 * 1_000 * sum(range(1, 9))
    assert invariants.broken() == {}
    assert _n_deadlocks() == before


def test_money_that_goes_both_ways_at_once_does_not_deadlock() -> None:
    ann, ben = _purse(1_000), _purse(1_000)

    def swap(thread: int) -> None:
        source, target = (ann, ben) if thread % 2 else (ben, ann)
        for turn in range(10):
            post_transfer(TransferKind.FUND, reference=f"{thread}:{turn}", amounts={source: -1, target: 1})

    parts: list[Callable[[], None]] = [partial(swap, thread) for thread in range(N_THREADS)]
    run_together(parts)
    assert (_held(ann), _held(ben)) == (1_000, 1_000)


def test_only_as_many_are_paid_as_there_is_money_for() -> None:
    escrow = _purse(350)
    outcomes: Counter[str] = Counter()

    def pay(thread: int) -> None:
        worker = account_for(AccountKind.WORKER, new_id(), "USD")
        try:
            post_transfer(TransferKind.FUND, reference=f"pay:{thread}", amounts={escrow: -100, worker: 100})
        except InsufficientFunds:
            outcomes["refused"] += 1
        else:
            outcomes["paid"] += 1

    parts: list[Callable[[], None]] = [partial(pay, thread) for thread in range(N_THREADS)]
    run_together(parts)
    assert outcomes == {"paid": 3, "refused": 5}
    assert _held(escrow) == 50
    assert invariants.broken() == {}


def test_one_reference_sent_by_all_moves_money_once() -> None:
    escrow, worker = _purse(1_000), account_for(AccountKind.WORKER, new_id(), "USD")
    returned: list[Transfer] = []

    def pay() -> None:
        amounts = {escrow: -100, worker: 100}
        returned.append(post_transfer(TransferKind.FUND, reference="pay:once", amounts=amounts))

    run_together([pay] * N_THREADS)
    assert len(returned) == N_THREADS
    assert len({transfer.pk for transfer in returned}) == 1
    assert (_held(escrow), _held(worker)) == (900, 100)


def test_one_account_opened_by_all_is_one_account() -> None:
    owner = new_id()
    opened: list[Account] = []
    run_together([lambda: opened.append(account_for(AccountKind.WORKER, owner, "USD"))] * N_THREADS)
    assert len({account.pk for account in opened}) == 1


def test_more_accounts_than_a_query_has_values_are_held_in_the_order_of_their_ids(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 2)
    owners = [(AccountKind.WORKER, new_id()) for _ in range(5)]
    accounts = sorted(account.pk for account in accounts_for(*owners, currency="USD"))
    with transaction.atomic(), django_assert_num_queries(6) as asked:
        hold_accounts(*reversed(owners), currency="USD")
    locked = [query["sql"] for query in asked if "FOR NO KEY UPDATE" in query["sql"]]
    named = [re.findall(r"[0-9]+", re.findall(r"IN \(([^)]*)\)", sql)[0]) for sql in locked]
    assert [[int(pk) for pk in some] for some in named] == [accounts[:2], accounts[2:4], accounts[4:]]
