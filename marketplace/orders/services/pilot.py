"""A pilot: a part first, a quote from what it measured, and the requester's word before the rest is begun."""

from uuid import UUID

from django.db import transaction

from labeling.models import CloseReason
from labeling.services import Raise, close_job, pass_pilot
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import format_money
from marketplace.operations.models import Operation
from marketplace.orders.errors import NoPilot, OrderWrongState, QuoteExpired, QuoteReplaced
from marketplace.orders.models import Order, OrderState, Pilot
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.escrow import set_aside
from marketplace.orders.services.fairness import require_fair
from marketplace.orders.services.publish import n_piloted, publish_order
from marketplace.orders.signals import order_requoted
from pricing.models import Quote
from pricing.services import requote_job
from quality.services import n_gold


@transaction.atomic
def pilot_order(order_id: UUID, *, share: float, requested_by_id: UUID) -> Operation:
    """Publish a funded order with a share of its assets only; asking again returns the same operation.

    Raises
    ------
    OrderWrongState
        The order is published already, or its pilot is of another share, or would be all of it, or it is a course.
    OrderNotFunded, QuoteExpired
        As for publishing.
    """
    order = locked_order(order_id, allowed=tuple(OrderState))
    known = Pilot.objects.filter(order=order).first()
    refused = (known is None and order.publish_operation_id is not None) or (known is not None and known.share != share)
    is_all_of_it = known is None and order.state == OrderState.FUNDED and _is_all_of_it(order, share)
    if refused or order.job.teaches or is_all_of_it:
        raise OrderWrongState(
            "The order has no part that could be worked on first.",
            state=order.state,
            allowed_states=[OrderState.FUNDED.value],
        )
    operation = publish_order(order_id, requested_by_id=requested_by_id)
    if known is None:
        assert order.quote is not None  # noqa: S101 -- the constraint order_quoted
        Pilot.objects.create(order=order, share=share, first_quote=order.quote)
    return operation


def _is_all_of_it(order: Order, share: float) -> bool:
    """Return whether nothing would be left to go on with: gold is shown beside what a pilot draws."""
    return n_piloted(order, share) >= order.job.snapshot.n_assets - n_gold(order.job_id)


@transaction.atomic
def requote_order(job_id: UUID) -> None:
    """Quote an order anew from what its pilot measured; nothing changes by it. A second call does nothing."""
    order_id = Order.objects.values_list("pk", flat=True).get(job_id=job_id)
    order = locked_order(order_id, allowed=tuple(OrderState))
    pilot = Pilot.objects.filter(order=order, ended_at=None).first()
    if pilot is None or order.state != OrderState.PUBLISHED:
        return
    now = database_now()
    pilot.requote = requote_job(pilot.first_quote, order.job, now=now)
    pilot.ended_at = now
    pilot.save(update_fields=["requote", "ended_at"])
    missing = pilot.requote.cap_micros - order.funded_micros
    data = {
        "quote": str(pilot.requote.pk),
        "cap": format_money(pilot.requote.cap_micros),
        "to_fund": format_money(missing),
    }
    order_requoted.send(sender=None, order_id=order.pk, data=data)


@transaction.atomic
def go_on(order_id: UUID, *, quote_id: UUID) -> Order:
    """Accept the quote that a pilot led to, fund what its cap is above the first, and release the other tasks.

    Naming the first quote instead goes on as agreed at first: nothing is added, and pay stays.

    Raises
    ------
    NoPilot
        The order has none, or it is under way, or was passed with another quote.
    QuoteReplaced
        The quote named is neither of the two.
    QuoteExpired, InsufficientFunds
        Nothing moved.
    WageTooLow
        At the pace that the pilot showed an hour would pay less than the least wage of today.
    """
    order = locked_order(order_id, allowed=(OrderState.PUBLISHED,))
    pilot = Pilot.objects.select_related("first_quote", "requote").filter(order=order).first()
    if pilot is None or pilot.requote is None:
        raise NoPilot("The order has no pilot that waits for a word.", state=order.state, allowed_states=[])
    chosen = {quote.pk: quote for quote in (pilot.first_quote, pilot.requote)}.get(quote_id)
    if chosen is None:
        raise QuoteReplaced("Name the quote that the pilot led to, or the first.", field="quote")
    if pilot.passed_at is not None:
        if order.quote_id == quote_id:
            return order
        raise NoPilot("The pilot was passed with the other quote.", state=order.state, allowed_states=[])
    now = database_now()
    if chosen is pilot.requote and chosen.expires_at <= now:
        raise QuoteExpired("The quote has expired; stop the order, or go on with the first.", field="quote")
    # What is released now is published now.
    require_fair(order, chosen, seen_ms=int(pilot.requote.effort_s * 1000))
    pilot.added_micros = chosen.cap_micros - order.funded_micros
    pilot.passed_at = now
    pilot.save(update_fields=["added_micros", "passed_at"])
    pass_pilot(order.job_id, terms=_raise(pilot.first_quote, chosen))
    _fund(order, pilot, chosen)
    return order


@transaction.atomic
def stop_order(order_id: UUID) -> Order:
    """End an order with its pilot, over or not; a second call does nothing.

    Raises
    ------
    NoPilot
        The order has none, or has gone on.
    """
    order = locked_order(order_id, allowed=(OrderState.PUBLISHED, OrderState.SETTLED))
    if not Pilot.objects.filter(order=order, passed_at=None).exists():
        raise NoPilot("The order has no pilot to stop with.", state=order.state, allowed_states=[])
    if order.job.closed_at is None:
        close_job(order.job_id, reason=CloseReason.MANUAL)
    return order


def _raise(first: Quote, chosen: Quote) -> Raise:
    return Raise(
        pay_micros=chosen.pay_micros,
        answer_budget_micros=chosen.labour_cap_micros - first.labour_cap_micros,
        late_reserve_micros=chosen.late_reserve_micros - first.late_reserve_micros,
        gold_reserve_micros=chosen.gold_reserve_micros - first.gold_reserve_micros,
        review_reserve_micros=chosen.review_reserve_micros - first.review_reserve_micros,
    )


def _fund(order: Order, pilot: Pilot, chosen: Quote) -> None:
    order.quote = chosen
    order.funded_micros = chosen.cap_micros
    order.save(update_fields=["quote", "funded_micros"])
    if pilot.added_micros:
        set_aside(order, micros=pilot.added_micros, reference=f"fund:{order.pk}:go")
