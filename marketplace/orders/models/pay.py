"""What work came to pay an hour, and what was paid on top to keep a promise."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User
from marketplace.orders.models.orders import Order, OrderState


class PayRecordQuerySet(models.QuerySet["PayRecord"]):
    def owing(self) -> Self:
        """Return the records of settled orders whose workers are owed something on top."""
        return self.filter(order__state=OrderState.SETTLED, owed_micros__gt=F("escrow_micros") + F("platform_micros"))


class PayRecord(models.Model):
    """What an order's work was last found to pay an hour, beside what was promised; rewritten with every look."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="pay_record")
    looked_at = models.DateTimeField()
    promised_micros = models.PositiveBigIntegerField(help_text="an hour, as the quote states it")
    paces = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]](
        help_text="[{kind, aided, pay_micros, n_workers, n_answers, median_ms}] of kinds that enough people did"
    )
    hourly_micros = models.PositiveBigIntegerField(null=True, help_text="median over workers; null: too few to show")
    low_micros = models.PositiveBigIntegerField(null=True)
    high_micros = models.PositiveBigIntegerField(null=True)
    n_workers = models.PositiveIntegerField()
    decision_s = models.PositiveIntegerField(help_text="median from answer to decision")
    n_decided = models.PositiveIntegerField()
    n_top_ups = models.PositiveIntegerField(default=0, help_text="times that money moved")
    owed_micros = models.PositiveBigIntegerField(default=0, help_text="on top, found so far")
    escrow_micros = models.PositiveBigIntegerField(default=0, help_text="of that, paid from the order's escrow")
    platform_micros = models.PositiveBigIntegerField(default=0, help_text="of that, paid from the platform's fees")

    objects = PayRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owed_micros__gte=F("escrow_micros") + F("platform_micros")),
                name="pay_record_pays_what_is_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"pay of {self.order_id}"

    @property
    def paid_micros(self) -> int:
        """Return what was paid on top so far."""
        return self.escrow_micros + self.platform_micros


class WorkerHour(models.Model):
    """What an hour of one worker paid in one order; never shown, only medians over many."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="worker_hours")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    hourly_micros = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "worker"], name="worker_hour_once")]

    def __str__(self) -> str:
        return f"hour in {self.order_id}"


class TopUp(models.Model):
    """What a worker got on top of the pay of an order's answers; append-only (a trigger)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="top_ups")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(help_text="of the transfer within the order")
    micros = models.PositiveBigIntegerField()
    paid_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "worker", "number"], name="top_up_once"),
            models.CheckConstraint(condition=Q(micros__gt=0), name="top_up_is_something"),
        ]
        indexes = [models.Index(fields=["worker", "id"], name="top_up_of_worker")]

    def __str__(self) -> str:
        return f"top-up {self.number} of {self.order_id}"
