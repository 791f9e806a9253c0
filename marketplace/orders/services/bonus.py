"""Bonuses: from an organization's prepaid account to a worker, in full; the platform takes nothing of them."""

from uuid import UUID

from django.db import transaction

from labeling.errors import NoSuchObject
from labeling.models import JobWorker
from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import accounts_for, hold_accounts, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import format_money
from marketplace.orders.errors import FourEyes
from marketplace.orders.models import Bonus, Order, OrderState
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.invoice import invoice_order
from marketplace.orders.signals import bonus_given


@transaction.atomic
def give_bonus(job_id: UUID, *, bonus_id: UUID, pseudonym: str, micros: int, reason: str, given_by_id: UUID) -> Bonus:
    """Give a worker of a job a bonus; the same `bonus_id` again moves nothing.

    Raises
    ------
    NoSuchObject
        Nobody of that pseudonym works in the job; `field` is `worker`.
    OrderWrongState, InsufficientFunds, FourEyes
        Nothing moved; nobody gives a bonus to themselves.
    """
    order = locked_order(
        Order.objects.values_list("pk", flat=True).get(job_id=job_id),
        allowed=(OrderState.PUBLISHED, OrderState.SETTLED),
    )
    place = JobWorker.objects.filter(job=job_id, pseudonym=pseudonym).first()
    if place is None:
        raise NoSuchObject("Nobody of that pseudonym works in the job.", field="worker")
    if place.worker_id == given_by_id:
        raise FourEyes("Somebody else gives you a bonus.")
    bonus, is_new = Bonus.objects.get_or_create(
        pk=bonus_id,
        defaults={
            "order": order,
            "place": place,
            "micros": micros,
            "currency": order.currency,
            "reason": reason,
            "given_by_id": given_by_id,
            "given_at": database_now(),
        },
    )
    payer, payee = (AccountKind.PREPAID, order.organization_id), (AccountKind.WORKER, place.worker_id)
    if order.state == OrderState.SETTLED:  # the invoice touches a third account: all are locked in their one order
        hold_accounts(payer, payee, (AccountKind.ROUNDING, None), currency=order.currency)
    prepaid, worker = accounts_for(payer, payee, currency=order.currency)
    # Other money under the same id is refused by the ledger.
    post_transfer(
        TransferKind.BONUS,
        reference=f"bonus:{bonus_id}",
        amounts={prepaid: -micros, worker: micros},
        order_id=order.pk,
    )
    if is_new:
        if order.state == OrderState.SETTLED:
            invoice_order(order)  # before that, the settlement's invoice names it
        data = {"bonus": str(bonus.pk), "worker": pseudonym, "amount": format_money(micros), "currency": order.currency}
        bonus_given.send(sender=None, order_id=order.pk, data=data)
    return bonus
