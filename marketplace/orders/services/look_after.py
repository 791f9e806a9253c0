"""What time decides: answers nobody decided on, rejections nobody appealed, appeals nobody answered, books to close."""

from uuid import UUID

from django.db.models import Q

from marketplace.operations.adapters import database_now
from marketplace.orders.models import Acceptance, Order, OrderState
from marketplace.orders.services.accept import accept_overdue
from marketplace.orders.services.appeal import close_overdue
from marketplace.orders.services.freeze import overturn_unseen
from marketplace.orders.services.settle import settle_if_decided


def orders_to_look_after() -> list[UUID]:
    """Return the published orders in which time may decide something."""
    waiting = Order.objects.filter(Q(acceptance=Acceptance.MANUAL) | Q(is_over=True), state=OrderState.PUBLISHED)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def look_after(order_id: UUID) -> None:
    """Do in a published order what is due by the database's clock, in short transactions; safe to repeat."""
    order = Order.objects.get(pk=order_id)
    if order.state != OrderState.PUBLISHED:
        return
    now = database_now()
    if order.acceptance == Acceptance.MANUAL:
        accept_overdue(order, now=now)
    overturn_unseen(order_id, now=now)
    close_overdue(order, now=now)
    if order.is_over:
        settle_if_decided(order_id)
