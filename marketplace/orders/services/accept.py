"""Accepting answers and paying for them: at once, by hand, or because nobody decided in time."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.models import Answer, Assignment
from labeling.services import accept_assignment, undecided_since
from marketplace.orders.errors import AlreadyDecided, FourEyes
from marketplace.orders.models import Acceptance, Order, OrderState
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.paying import pay_for_work

OF_REVIEW = "review"


@transaction.atomic(savepoint=False)
def accept_answer(answer_id: UUID) -> None:
    """Accept a submitted answer and pay its worker from the order's escrow, unless that is up to a person.

    A second call does nothing.
    """
    answer = Answer.objects.only("assignment_id", "job_id", "uncounted_reason").get(pk=answer_id)
    order = Order.objects.only("pk", "currency", "acceptance").get(job_id=answer.job_id)
    if is_up_to_a_person(order, answer):
        return
    accepted = accept_assignment(answer.assignment_id)
    if accepted is not None:
        pay_for_work(order, accepted)


@transaction.atomic
def accept_by_hand(answer_id: UUID, *, by_id: UUID | None = None) -> None:
    """Accept an answer of an order with manual acceptance in full; accepted in full before is fine.

    Raises
    ------
    AlreadyDecided
        It was rejected, or accepted in part.
    FourEyes
        It is the person's own.
    """
    answer = Answer.objects.only("assignment_id", "job_id", "worker_id").get(pk=answer_id)
    if by_id == answer.worker_id:
        raise FourEyes("Somebody else accepts it: you gave the answer.")
    if not _accept(order_of(answer.job_id), answer.assignment_id):
        _require_accepted_in_full(answer.assignment_id)


def accept_overdue(order: Order, *, now: datetime) -> None:
    """Accept what nobody decided on in time, each answer in a transaction of its own."""
    for assignment_id in undecided_since(order.job_id, moment=now - timedelta(seconds=order.accept_after_s)):
        with transaction.atomic():
            _accept(order_of(order.job_id), assignment_id)


def is_up_to_a_person(order: Order, answer: Answer) -> bool:
    """Return whether an answer waits for a person: in orders that say so, all but reviews."""
    return order.acceptance == Acceptance.MANUAL and answer.uncounted_reason != OF_REVIEW


def order_of(job_id: UUID) -> Order:
    """Return the published order of a job, locked: decisions on its work come one after the other."""
    order_id = Order.objects.values_list("pk", flat=True).get(job_id=job_id)
    return locked_order(order_id, allowed=(OrderState.PUBLISHED,))


def _require_accepted_in_full(assignment_id: UUID) -> None:
    """Refuse to take back what was decided otherwise."""
    state, share = Assignment.objects.values_list("state", "accepted_share").get(pk=assignment_id)
    if share != 1:
        raise AlreadyDecided("The answer was decided on before.", state=state)


def _accept(order: Order, assignment_id: UUID) -> bool:
    accepted = accept_assignment(assignment_id)
    if accepted is None:
        return False
    Order.objects.filter(pk=order.pk).update(n_decided=F("n_decided") + 1)
    pay_for_work(order, accepted)
    return True
