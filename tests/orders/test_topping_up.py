"""The promise of an hourly wage: measured, and paid on top where it was missed."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from labeling.models import Answer, Assignment, CloseReason, LabelingJob
from labeling.services import claim_tasks, close_job
from marketplace.accounts.models import User
from marketplace.ledger.models import AccountKind, Transfer, TransferKind
from marketplace.ledger.services import accounts_for, post_transfer
from marketplace.live.models import Event
from marketplace.orders.models import Order, PayRecord, TopUp
from marketplace.orders.services import accept_by_hand, check_pay, orders_owing, pay_from_fees, settle_order
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.orders import deciding, flow, timing

pytestmark = pytest.mark.django_db

PAY = 17_000  # 5.1 s at 12.00 an hour
SLOW_S = 10.2  # twice as long: an hour pays 6.00


def _job(**changes: Any) -> LabelingJob:
    terms: dict[str, Any] = {"n_tasks": 4, "min_overlap": 12, "max_overlap": 12}
    return make.published_job(**(terms | changes))


def _earned(user: User) -> int:
    return flow.balance(AccountKind.WORKER, user.pk)


def _record(job: LabelingJob) -> PayRecord:
    return PayRecord.objects.get(order__job=job)


def _end(job: LabelingJob) -> Order:
    close_job(job.pk, reason=CloseReason.MANUAL)
    settle_order(job.pk)
    return Order.objects.get(job=job)


def test_work_that_takes_as_long_as_promised_is_owed_nothing() -> None:
    job = _job()
    timing.crowd_of(job, [5.1] * 5)
    check_pay(job.pk)
    record = _record(job)
    assert (record.owed_micros, record.promised_micros) == (0, 12_000_000)
    assert record.paces[0] | {"n_answers": 15} == {
        "kind": "annotate",
        "aided": False,
        "pay_micros": PAY,
        "n_workers": 5,
        "n_answers": 15,
        "median_ms": 5_100,
    }
    assert not Transfer.objects.filter(kind="top_up").exists()


def test_a_missed_promise_is_paid_at_settlement_from_what_the_order_did_not_spend() -> None:
    job = _job()
    crowd = timing.crowd_of(job, [SLOW_S] * 5)
    order = _end(job)
    assert [_earned(worker) for worker in crowd] == [3 * 2 * PAY] * 5
    assert order.paid_micros == 5 * 3 * 2 * PAY
    assert order.fee_micros == 50_000  # 20 % of what the answers paid, .255, and not of what was paid on top
    assert (order.paid_micros or 0) + order.fee_micros + (order.refunded_micros or 0) <= order.funded_micros
    assert _record(job).escrow_micros == 5 * 3 * PAY
    assert deciding.broken() == {}


def test_while_the_job_runs_the_order_s_fee_is_what_is_paid_on_top_and_the_rest_follows() -> None:
    job = _job()
    crowd = timing.crowd_of(job, [SLOW_S] * 5)
    check_pay(job.pk)
    record = _record(job)
    assert (record.owed_micros, record.escrow_micros) == (15 * PAY, 51_000)  # 20 % of .255
    for _ in range(2):  # nothing has come in since
        check_pay(job.pk)
    assert Transfer.objects.filter(kind="top_up").count() == 1
    assert Event.objects.get(type="pay_topped_up").data["amount"] == "0.051"
    _end(job)
    assert [_earned(worker) for worker in crowd] == [6 * PAY] * 5
    assert deciding.broken() == {}


def _fees_come_in() -> None:
    outside, fees = accounts_for((AccountKind.PROVIDER, None), (AccountKind.FEE, None), currency="USD")
    post_transfer(TransferKind.FEE, reference="fees", amounts={outside: -5_000_000, fees: 5_000_000})


def test_what_the_order_cannot_pay_comes_from_its_fee_and_then_from_the_organization_s_and_never_beyond_the_cap() -> (
    None
):
    home = make.organization()
    first = _job(home=home, n_tasks=1, min_overlap=15, max_overlap=15)  # everything is spent
    crowd = [timing.answers_of(first, [60.0], accepted=True) for _ in range(15)]
    assert timing.n_answers(first) == 15
    check_pay(first.pk)
    assert _record(first).owed_micros == 0  # one answer each tells nothing
    job = _job(home=home, n_tasks=3, min_overlap=5, max_overlap=5)
    crowd = timing.crowd_of(job, [60.0] * 5)
    order = _end(job)
    record = _record(job)
    missing = 200_000 - PAY  # 60 s at 12.00 an hour
    assert record.owed_micros == 15 * missing
    assert order.fee_micros == 0
    assert order.refunded_micros == 0
    assert (order.paid_micros, order.rounding_micros) == (order.funded_micros, 0)
    pay_from_fees(order.pk)  # there are none yet
    assert _record(job).platform_micros == 0
    _fees_come_in()  # from elsewhere: nobody's friends are paid with them
    assert orders_owing() == []
    pay_from_fees(order.pk)
    assert _record(job).platform_micros == 0
    other = _end(first)
    assert orders_owing() == [order.pk]
    pay_from_fees(order.pk)
    assert _record(job).platform_micros == other.fee_micros
    assert orders_owing() == []
    told = StringIO()
    call_command("top_up", stdout=told)
    assert str(order.pk) in told.getvalue()
    call_command("top_up", str(order.pk), stdout=told)
    assert "0.00 USD are still owed." in told.getvalue()
    assert sum(_earned(worker) for worker in crowd) == 15 * 200_000
    assert deciding.broken() == {}


def test_nobody_was_active_for_longer_than_there_was_time() -> None:
    job = _job()
    for _ in range(5):  # all of them say fifty minutes an answer
        timing.answers_of(job, [5.1] * 3, said=[3_000.0] * 3)
    check_pay(job.pk)
    assert (_record(job).paces[0]["median_ms"], _record(job).owed_micros) == (5_100, 0)


def test_who_idles_moves_neither_pace_nor_pay() -> None:
    job = _job()
    timing.crowd_of(job, [5.1] * 5)
    timing.answers_of(job, [3_000.0] * 4)
    check_pay(job.pk)
    assert (_record(job).paces[0]["median_ms"], _record(job).owed_micros) == (5_100, 0)


def test_leases_taken_together_do_not_count_the_same_time_twice() -> None:
    job = _job(n_tasks=12, min_overlap=5, max_overlap=5)
    for _ in range(5):
        held = claim_tasks(job.pk, make.worker().pk, limit=4)
        for lease in held:
            make.answer(lease)
        for n, lease in enumerate(held, start=1):  # all leased at once, answered one after the other
            Assignment.objects.filter(pk=lease.pk).update(submitted_at=lease.leased_at + timedelta(seconds=5 * n))
    check_pay(job.pk)
    assert _record(job).paces[0]["median_ms"] == 5_000


def test_a_part_of_the_pay_is_topped_up_by_that_part() -> None:
    job = deciding.manual_job(n_tasks=4, min_overlap=12, max_overlap=12)
    crowd = [timing.answers_of(job, [SLOW_S] * 3, accepted=False) for _ in range(5)]
    first, *others = Answer.objects.filter(job=job).order_by("id")
    deciding.consensus_on(first.task, name="dog")
    deciding.rejected(first, share_ppm=500_000)
    for answer in others:
        accept_by_hand(answer.pk)
    check_pay(job.pk)
    assert _record(job).owed_micros == 14 * PAY + PAY // 2
    assert len(crowd) == 5


def test_top_ups_never_change() -> None:
    job = _job()
    timing.crowd_of(job, [SLOW_S] * 5)
    check_pay(job.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        TopUp.objects.update(micros=1)


@pytest.mark.django_db(transaction=True)
def test_looks_at_the_pay_made_at_once_pay_once() -> None:
    job = _job()
    timing.crowd_of(job, [SLOW_S] * 5)
    run_together([lambda: check_pay(job.pk)] * 3)
    assert Transfer.objects.filter(kind="top_up").count() == 1
    assert invariants.broken() == {}
