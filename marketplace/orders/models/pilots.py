"""Pilot: a part of an order that is worked on first, and what is decided by it."""

from django.db import models
from django.db.models import Q

from marketplace.orders.models.orders import Order
from pricing.models import Quote

LEAST_SHARE, MOST_SHARE = 0.01, 0.05


class Pilot(models.Model):
    """A share of an order's assets, drawn at random, after which the requester goes on or stops."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="pilot")
    share = models.FloatField(help_text="of the assets, .01 to .05")
    first_quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+", help_text="what was funded")
    requote = models.ForeignKey(
        Quote, on_delete=models.PROTECT, null=True, related_name="+", help_text="from what was measured"
    )
    added_micros = models.PositiveBigIntegerField(default=0, help_text="funded with the go, beside the first cap")
    ended_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True, help_text="when the requester said go")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=LEAST_SHARE, share__lte=MOST_SHARE), name="pilot_share"),
            models.CheckConstraint(
                condition=Q(passed_at__isnull=True) | Q(ended_at__isnull=False, requote__isnull=False),
                name="pilot_ended_before_go",
            ),
            models.CheckConstraint(
                condition=Q(added_micros=0) | Q(passed_at__isnull=False), name="pilot_adds_only_with_go"
            ),
        ]

    def __str__(self) -> str:
        return f"pilot of {self.order_id}"
