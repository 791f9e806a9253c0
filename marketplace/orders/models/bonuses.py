"""Bonuses: what a requester gives a worker on top."""

from django.db import models
from django.db.models import Q

from labeling.models import JobWorker
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User
from marketplace.orders.models.orders import Order


class Bonus(models.Model):
    """Money from an organization's prepaid account to a worker of one of its jobs; append-only (a trigger)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="bonuses")
    place = models.ForeignKey(JobWorker, on_delete=models.PROTECT, related_name="+")
    micros = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField(help_text="for the worker")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(micros__gt=0), name="bonus_is_something"),
            models.CheckConstraint(condition=~Q(reason=""), name="bonus_has_a_reason"),
        ]
        indexes = [models.Index(fields=["order", "id"], name="bonus_of_order")]

    def __str__(self) -> str:
        return f"bonus {self.id}"
