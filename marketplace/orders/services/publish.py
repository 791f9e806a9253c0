"""Publishing: the tasks of a funded order are made, as an Operation, and the job opens."""

from decimal import Decimal
from math import ceil
from uuid import UUID

from django.db import transaction

from labeling.models import JobState, LabelingJob
from labeling.services import materialise_tasks, open_job, open_pilot, set_expertise, set_terms
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import format_money
from marketplace.operations.errors import TryAgainLater
from marketplace.operations.models import Operation
from marketplace.operations.services import (
    claim_operation,
    record_progress,
    start_operation,
    succeed_operation,
)
from marketplace.orders.errors import OrderNotFunded, QuoteExpired
from marketplace.orders.models import Order, OrderState, Pilot
from marketplace.orders.services.buy import locked_order, publishing_of, require_state
from marketplace.orders.services.expertise import field_of, require_people
from marketplace.orders.services.fairness import offered_in, require_fair
from marketplace.orders.signals import order_published, publish_requested
from pricing.services import is_as_quoted, pace_of
from quality.services import materialise_gold, n_gold


@transaction.atomic
def publish_order(order_id: UUID, *, requested_by_id: UUID) -> Operation:
    """Ask for the order's tasks to be made; asking again returns the same operation, unless it was given up.

    Raises
    ------
    OrderNotFunded
        Saying how much is missing.
    QuoteExpired
        Nobody funded it in time, or the job has more or fewer known answers than were paid for.
    WageTooLow
        The least wage has risen, or such work was measured to take longer, since the order was funded.
    NobodyQualified
        Of those who are of its field too few are left.
    """
    order = locked_order(order_id, allowed=tuple(OrderState))
    if order.state in {OrderState.DRAFT, OrderState.QUOTED}:
        missing = order.quote.cap_micros if order.quote else None
        raise OrderNotFunded(
            "The order is not funded." if missing is not None else "The order has no quote yet.",
            state=order.state,
            allowed_states=[OrderState.FUNDED.value],
            missing=format_money(missing) if missing is not None else None,
            currency=order.currency,
        )
    if order.state == OrderState.EXPIRED and order.quote is not None:
        raise QuoteExpired("The quote has expired; quote the order again.", expired_at=order.quote.expires_at)
    require_state(order, allowed=(OrderState.FUNDED, OrderState.PUBLISHED, OrderState.SETTLED))
    if (running := publishing_of(order)) is not None:
        return running
    quote = order.quote
    assert quote is not None  # noqa: S101 -- the constraint order_quoted
    require_fair(order, quote)
    set_expertise(order.job_id, field_of(quote))
    order.job.refresh_from_db(fields=["expertise"])
    require_people(order, quote)
    set_terms(
        order.job_id,
        pay_micros=quote.pay_micros,
        aided_pay_micros=quote.aided_pay_micros,
        currency=order.currency,
        answer_budget_micros=quote.labour_cap_micros,
        late_reserve_micros=quote.late_reserve_micros,
        gold_reserve_micros=quote.gold_reserve_micros,
        review_pay_micros=quote.review_pay_micros,
        review_reserve_micros=quote.review_reserve_micros,
        countries=offered_in(order, quote),
    )
    # From here on no known answer comes or goes: the job is locked, and has its terms.
    if quote.assumptions.get("n_gold", 0) != n_gold(order.job_id):
        raise QuoteExpired(
            "Known answers were added or taken back since the order was funded; state as many as were quoted, or"
            " cancel the order.",
            n_quoted=quote.assumptions.get("n_gold", 0),
        )
    if not is_as_quoted(order.job, quote):
        raise QuoteExpired("The job is split otherwise, or has other pre-labels, than was funded; cancel the order.")
    operation = start_operation(
        kind="publish",
        organization_id=order.organization_id,
        created_by_id=requested_by_id,
        subject_id=order.pk,
        now=database_now(),
    )
    order.publish_operation = operation
    order.save(update_fields=["publish_operation"])
    publish_requested.send(sender=None, order_id=order.pk, data={"operation": str(operation.pk)})
    return operation


def run_publish(order_id: UUID) -> None:
    """Make the tasks and open the job; may be interrupted and run again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    queued = Order.objects.select_related("publish_operation", "job").get(pk=order_id)
    if queued.publish_operation is None:
        return
    operation = claim_operation(queued.publish_operation.pk, now=database_now())
    if operation is None:
        if Operation.objects.unfinished().filter(pk=queued.publish_operation.pk).exists():
            raise TryAgainLater  # somebody else is at it, and may yet fail
        return

    def renew() -> None:
        record_progress(operation, now=database_now())

    for share in materialise_tasks(queued.job_id, pace=pace_of(queued.job), beat=renew):
        record_progress(operation, percent=int(100 * share), now=database_now())
    materialise_gold(queued.job_id)
    with transaction.atomic():
        order = locked_order(order_id, allowed=(OrderState.FUNDED, OrderState.PUBLISHED, OrderState.SETTLED))
        if order.state == OrderState.FUNDED:
            _open(order)
        result = {"job": str(order.job_id), "n_tasks": order.job.n_tasks}
        succeed_operation(operation, result=result, now=database_now())


def _open(order: Order) -> None:
    order.state = OrderState.PUBLISHED
    order.published_at = database_now()
    order.save(update_fields=["state", "published_at"])
    if LabelingJob.objects.filter(pk=order.job_id, state=JobState.DRAFT).exists():
        _let_work(order)
    order_published.send(sender=None, order_id=order.pk, data={"job": str(order.job_id)})


def _let_work(order: Order) -> None:
    """Open the job, or of an order with a pilot so much of it."""
    pilot = Pilot.objects.filter(order=order).first()
    if pilot is None:
        open_job(order.job_id)
        return
    open_pilot(order.job_id, n_assets=n_piloted(order, pilot.share), seed=order.pk.int)


def n_piloted(order: Order, share: float) -> int:
    """Return of how many assets a pilot of an order is."""
    # As it was written: to a float 3.5 % of 200 are more than 7.
    return max(1, ceil(Decimal(str(share)) * order.job.snapshot.n_assets))
