"""Orders whose quote ran out before they were funded."""

from uuid import UUID

from django.db import transaction

from marketplace.operations.adapters import database_now
from marketplace.orders.models import Order, OrderState
from marketplace.orders.signals import order_expired

# What one sweep takes on; the next goes on with the rest.
AT_ONCE = 500


def orders_to_expire(*, limit: int = AT_ONCE) -> list[UUID]:
    """Return orders whose quote has run out by the database's clock, so many of them at most."""
    stale = Order.objects.filter(state=OrderState.QUOTED, quote__expires_at__lte=database_now())
    return list(stale.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def expire_order(order_id: UUID) -> None:
    """Say that an order's quote has run out, once; what was funded, quoted anew or cancelled meanwhile stays."""
    order = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("quote").get(pk=order_id)
    quote = order.quote
    if order.state != OrderState.QUOTED or quote is None or quote.expires_at > database_now():
        return
    order.state = OrderState.EXPIRED
    order.save(update_fields=["state"])
    order_expired.send(sender=None, order_id=order.pk, data={"quote": str(quote.pk)})
