"""Accepting and settling: everybody is paid once, and the books close when all is decided."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction

from labeling.models import Answer, Assignment, CloseReason, LabelingJob
from labeling.services import SubmissionOutcome, claim_tasks, close_job, submit_answer
from marketplace.ledger.models import AccountKind, Transfer
from marketplace.live.models import Event
from marketplace.operations.errors import TryAgainLater
from marketplace.orders.errors import OrderWrongState
from marketplace.orders.models import Order
from marketplace.orders.services import accept_answer, settle_order
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.orders import flow

pytestmark = pytest.mark.django_db


def test_an_accepted_answer_is_paid_from_the_escrow_once() -> None:
    answer = make.answer()
    for _ in range(3):
        accept_answer(answer.pk)
    assignment = Assignment.objects.get(pk=answer.assignment_id)
    order = Order.objects.get(job=answer.job_id)
    assert (assignment.state, assignment.accepted_share) == ("accepted", Decimal(1))
    assert flow.balance(AccountKind.WORKER, answer.worker_id) == assignment.pay_micros
    assert flow.balance(AccountKind.ESCROW, order.pk) == order.funded_micros - assignment.pay_micros
    transfer = Transfer.objects.get(kind="pay")
    assert (transfer.order_id, transfer.assignment_id) == (order.pk, assignment.pk)
    assert Event.objects.get(type="answer_accepted").deltas == {"accepted": 1, "paid_micros": assignment.pay_micros}


@pytest.mark.django_db(transaction=True)
def test_an_answer_accepted_by_all_at_once_is_paid_once() -> None:
    answer = make.answer()
    run_together([lambda: accept_answer(answer.pk)] * 6)
    assert Transfer.objects.filter(kind="pay").count() == 1
    assert Event.objects.filter(type="answer_accepted").count() == 1
    assert invariants.broken() == {}


def test_the_books_stay_open_while_an_answer_is_undecided() -> None:
    answer = make.answer()
    close_job(answer.job_id, reason=CloseReason.MANUAL)
    with pytest.raises(TryAgainLater), transaction.atomic():
        settle_order(answer.job_id)
    job = LabelingJob.objects.select_related("order").get(pk=answer.job_id)
    assert job.order.state == "published"
    assert job.late_reserve_micros > 0  # nothing was done
    accept_answer(answer.pk)
    settle_order(answer.job_id)
    job.refresh_from_db()
    assert job.order.state == "settled"


def test_settling_twice_moves_money_once() -> None:
    answer = make.answer()
    close_job(answer.job_id, reason=CloseReason.MANUAL)
    accept_answer(answer.pk)
    for _ in range(2):
        settle_order(answer.job_id)
    order = Order.objects.get(job=answer.job_id)
    assert order.paid_micros == 17_000
    # 20 % of .017 = .0034 rounds to nothing: there is no fee to move
    # and .017 is invoiced at .02, whose last .003 is neither the worker's nor ours
    assert (order.fee_micros, order.rounding_micros) == (0, 3_000)
    assert order.refunded_micros == order.funded_micros - 20_000
    assert flow.balance(AccountKind.ROUNDING, None) == 3_000
    assert Event.objects.filter(type="order_settled").count() == 1
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0


def test_an_order_that_was_not_published_is_not_settled() -> None:
    order = make.funded_order()
    with pytest.raises(OrderWrongState), transaction.atomic():
        settle_order(order.job_id)
    assert flow.balance(AccountKind.ESCROW, order.pk) == order.funded_micros


def test_after_settlement_late_work_is_kept_and_not_owed() -> None:
    job = make.published_job(n_tasks=30)
    held = make.lease(job)
    close_job(job.pk, reason=CloseReason.MANUAL)
    settle_order(job.pk)
    submission = submit_answer(held.pk, annotations=[{"class": "cat"}], active_ms=None)
    assert submission.outcome is SubmissionOutcome.DRAFT


@pytest.mark.django_db(transaction=True)
def test_late_answers_that_race_the_settlement_are_paid_or_not_taken() -> None:
    job = make.published_job(n_tasks=30)  # a reserve of .08 holds four
    held = [claim_tasks(job.pk, make.worker().pk, limit=1)[0] for _ in range(6)]
    close_job(job.pk, reason=CloseReason.MANUAL)

    def send(assignment: Assignment) -> None:
        submit_answer(assignment.pk, annotations=[{"class": "cat"}], active_ms=None)

    def settle() -> None:
        with suppress(TryAgainLater):
            settle_order(job.pk)

    parts: list[Callable[[], None]] = [lambda lease=lease: send(lease) for lease in held]  # type: ignore[misc] # bound early
    run_together([*parts[:3], settle, *parts[3:]])
    flow.run_to_rest()
    order = Order.objects.get(job=job)
    answers = list(Answer.objects.filter(job=job))
    assert order.state == "settled"
    assert not any(answer.counted for answer in answers)
    assert order.paid_micros == 17_000 * len(answers)
    assert [flow.balance(AccountKind.WORKER, answer.worker_id) for answer in answers] == [17_000] * len(answers)
    assert invariants.broken() == {}
