"""Accepting answers and paying for them. The policy so far: every valid answer is accepted at once."""

from uuid import UUID

from django.db import transaction

from labeling.models import Answer
from labeling.services import accept_assignment
from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import accounts_for, post_transfer
from marketplace.orders.models import Order


@transaction.atomic(savepoint=False)
def accept_answer(answer_id: UUID) -> None:
    """Accept a submitted answer and pay its worker from the order's escrow; a second call does nothing."""
    assignment_id = Answer.objects.values_list("assignment_id", flat=True).get(pk=answer_id)
    accepted = accept_assignment(assignment_id)
    if accepted is None:
        return
    order_id, currency = Order.objects.values_list("pk", "currency").get(job_id=accepted.job_id)
    escrow, worker = accounts_for(
        (AccountKind.ESCROW, order_id), (AccountKind.WORKER, accepted.worker_id), currency=currency
    )
    post_transfer(
        TransferKind.PAY,
        reference=f"pay:{assignment_id}",
        amounts={escrow: -accepted.pay_micros, worker: accepted.pay_micros},
        order_id=order_id,
        assignment_id=assignment_id,
    )
