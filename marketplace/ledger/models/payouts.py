"""Payouts: earnings on their way from the worker's balance to the world outside."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User
from marketplace.operations.core.currencies import CURRENCIES


class PayoutState(models.TextChoices):
    """Where a payout is: asked for, with the provider, arrived, or given back to the balance."""

    REQUESTED = "requested"
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"


UNDERWAY = (PayoutState.REQUESTED, PayoutState.SENT)


class PayoutFile(models.Model):
    """Payouts handed to the provider together; it can be fetched from `written_at` on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    n_payouts = models.PositiveIntegerField()
    total_micros = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the file's bytes, once written")
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="payout_file_currency_known"),
            models.CheckConstraint(
                condition=Q(written_at__isnull=True) ^ ~Q(sha256=""), name="payout_file_hashed_when_written"
            ),
        ]

    def __str__(self) -> str:
        return f"payouts {self.id}"

    @property
    def storage_name(self) -> str:
        """Return the file's name in storage."""
        return f"payouts/{self.id}.csv"


class PayoutQuerySet(models.QuerySet["Payout"]):
    def visible_to(self, user: User) -> Self:
        """Return the user's own payouts."""
        return self.filter(worker_id=user.pk)


class Payout(models.Model):
    """A whole number of minor units for a worker; whither is known to accounts alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    worker_id: models.UUIDField[UUID, UUID] = models.UUIDField()
    currency = models.CharField(max_length=3)
    amount_micros = models.PositiveBigIntegerField()
    state = models.CharField(max_length=16, choices=PayoutState, default=PayoutState.REQUESTED)
    file = models.ForeignKey(PayoutFile, on_delete=models.PROTECT, null=True, related_name="payouts")
    provider_reference = models.CharField(max_length=100, blank=True, help_text="the provider's name for it")
    failure = models.CharField(max_length=200, blank=True, help_text="why it failed, in the provider's words")
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PayoutState.values), name="payout_state_known"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="payout_currency_known"),
            models.CheckConstraint(condition=Q(amount_micros__gt=0), name="payout_pays_something"),
            models.CheckConstraint(
                condition=Q(state__in=[PayoutState.REQUESTED, PayoutState.FAILED], file=None, sent_at=None)
                | (~Q(state=PayoutState.REQUESTED) & Q(file__isnull=False, sent_at__isnull=False)),
                name="payout_in_a_file_once_sent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNDERWAY, settled_at=None)
                | (~Q(state__in=UNDERWAY) & Q(settled_at__isnull=False)),
                name="payout_settled_at_the_end",
            ),
            # However many ask at once, one balance leaves once.
            models.UniqueConstraint(
                fields=["worker_id", "currency"], condition=Q(state__in=UNDERWAY), name="payout_one_underway"
            ),
        ]
        indexes = [
            models.Index(fields=["worker_id", "id"], name="payout_by_worker"),
            models.Index(fields=["id"], name="payout_requested", condition=Q(state=PayoutState.REQUESTED)),
        ]

    def __str__(self) -> str:
        return f"payout {self.id}"
