"""`manage.py top-up [ORDER]`: what workers are owed on top, and paying it, whoever's fees it takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.operations.core.money import format_money
from marketplace.orders.models import Order, OrderState, PayRecord
from marketplace.orders.services import pay_from_fees


class Command(BaseCommand):
    help = (
        "Pay what workers of a settled order are owed on top of the pay, beyond what its organization has brought in;"
        " without an order list what is owed. Look first at who worked and how."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("order", type=UUID, nargs="?")

    def handle(self, *_args: Any, **options: Any) -> None:
        """List, or pay and say what is still owed."""
        if options["order"] is None:
            self._list()
            return
        order = Order.objects.filter(pk=options["order"], state=OrderState.SETTLED).first()
        if order is None:
            raise CommandError("There is no settled order of this id.")
        left = pay_from_fees(order.pk, approved=True)
        self.stdout.write(f"{format_money(left)} {order.currency} are still owed.")

    def _list(self) -> None:
        owing = list(PayRecord.objects.owing().select_related("order__organization").order_by("pk"))
        if not owing:
            self.stdout.write("Nothing is owed.")
        for record in owing:
            order, left = record.order, record.owed_micros - record.paid_micros
            self.stdout.write(
                f"{order.pk}  {format_money(left)} {order.currency}  {order.organization.name}, promised"
                f" {format_money(record.promised_micros)} an hour"
            )
