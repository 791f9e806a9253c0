"""What Celery runs for orders: sweeps of what time decides."""

from uuid import UUID

from celery import shared_task
from django.db import close_old_connections

from marketplace.orders.services import (
    expire_order,
    look_after,
    orders_owing,
    orders_to_expire,
    orders_to_look_after,
    pay_from_fees,
)


@shared_task(name="orders.look_after")
def look_after_orders() -> None:
    """Do in every order what is due; what fails in one keeps no other waiting."""
    close_old_connections()
    for order_id in orders_to_look_after():
        look_after_order.delay(str(order_id))
    for order_id in orders_owing():
        pay_what_is_owed.delay(str(order_id))


@shared_task(name="orders.look_after_one")
def look_after_order(order_id: str) -> None:
    """Do in one order what is due."""
    close_old_connections()
    look_after(UUID(order_id))


@shared_task(name="orders.pay_what_is_owed")
def pay_what_is_owed(order_id: str) -> None:
    """Pay what the workers of one settled order are owed, from what its organization brought in."""
    close_old_connections()
    pay_from_fees(UUID(order_id))


@shared_task(name="orders.expire")
def expire_orders() -> None:
    """Expire what was quoted and not funded in time; what fails in one keeps no other waiting."""
    close_old_connections()
    for order_id in orders_to_expire():
        expire_one.delay(str(order_id))


@shared_task(name="orders.expire_one")
def expire_one(order_id: str) -> None:
    """Expire one order."""
    close_old_connections()
    expire_order(UUID(order_id))
