"""`manage.py top-up ORDER`: pay what workers of an order are owed on top, whoever's fees it takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.operations.core.money import format_money
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import pay_from_fees


class Command(BaseCommand):
    help = (
        "Pay what workers of a settled order are owed on top of the pay, beyond what its organization has brought in:"
        " look first at who worked and how (/api/v1/orders/ID/pay)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("order", type=UUID)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Pay, and say what is still owed."""
        order = Order.objects.filter(pk=options["order"], state=OrderState.SETTLED).first()
        if order is None:
            raise CommandError("There is no settled order of this id.")
        left = pay_from_fees(order.pk, approved=True)
        self.stdout.write(f"{format_money(left)} {order.currency} are still owed.")
