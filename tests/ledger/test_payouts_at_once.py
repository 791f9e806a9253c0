"""Fifty requests for one balance, and two runs over one file."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from marketplace.accounts.models import User
from marketplace.ledger.core.payout_files import Answer
from marketplace.ledger.errors import BelowMinimum, PayoutUnderway
from marketplace.ledger.models import Account, AccountKind, Payout, PayoutFile
from marketplace.ledger.services import request_payout, send_payouts, settle_payouts
from tests import invariants
from tests.choreography.crowd import run_together, wide_pool
from tests.choreography.waiting import start_until_it_waits
from tests.ledger.purses import held, payee, payout

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_fifty_who_ask_for_one_balance_one_gets_it() -> None:
    worker = payee(micros=5_000_000)
    outcomes: Counter[str] = Counter()

    def ask() -> None:
        try:
            request_payout(worker.pk, currency="USD")
        except (PayoutUnderway, BelowMinimum):
            outcomes["refused"] += 1
        else:
            outcomes["asked"] += 1

    with wide_pool(52):
        run_together([ask] * 50)
    assert outcomes == {"asked": 1, "refused": 49}
    assert held(AccountKind.WORKER, worker.pk) == 0
    assert held(AccountKind.PAYOUT, worker.pk) == 5_000_000
    assert invariants.broken() == {}


def test_runs_at_the_same_time_send_and_book_everything_once() -> None:
    asked = [payout() for _ in range(6)]

    def send() -> None:
        send_payouts()

    run_together([send] * 4)
    assert Payout.objects.filter(state="sent").count() == 6
    assert sum(PayoutFile.objects.filter(written_at__isnull=False).values_list("n_payouts", flat=True)) == 6
    answers = [Answer(one.pk, True, one.amount_micros, "USD", "po", "", 2) for one in asked]
    booked: list[int] = []
    run_together([lambda: booked.append(settle_payouts(answers).n_paid)] * 4)
    assert sorted(booked) == [0, 0, 0, 6]
    assert invariants.broken() == {}


def test_failed_payouts_lock_balances_in_the_order_of_all_who_pay_several_at_once() -> None:
    first, second = (payee(micros=5_000_000) for _ in range(2))
    failed = [payout(by=second), payout(by=first)]  # asked for, and so booked, the other way round
    send_payouts()
    answers = [Answer(one.pk, False, one.amount_micros, "USD", "", "", 2) for one in failed]
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            _lock_balance(first)
            settling = start_until_it_waits(pool, lambda: settle_payouts(answers))
            _lock_balance(second)  # fails at once if it is held by who waits for the first
        settling.result()
    assert [held(AccountKind.WORKER, worker.pk) for worker in (first, second)] == [5_000_000, 5_000_000]
    assert invariants.broken() == {}


def _lock_balance(worker: User) -> None:
    Account.objects.select_for_update(no_key=True, nowait=True).get(kind=AccountKind.WORKER, owner_id=worker.pk)
