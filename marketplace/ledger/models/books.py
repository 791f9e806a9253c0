"""Append-only double entry in integer micro-units of a currency."""

from typing import Self

from django.db import models
from django.db.models import Q

from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User
from marketplace.operations.core.currencies import CURRENCIES


class AccountKind(models.TextChoices):
    """Whose money an account holds."""

    PROVIDER = "provider"
    PREPAID = "prepaid"
    ESCROW = "escrow"
    WORKER = "worker"
    FEE = "fee"
    PAYOUT = "payout"
    TRANSIT = "transit"
    ROUNDING = "rounding"


# Nobody's own: one of each for a currency.
UNOWNED = (AccountKind.PROVIDER, AccountKind.FEE, AccountKind.ROUNDING)
# The world outside owes us what we hold, and rounding goes either way; nothing else is ever below zero.
MAY_OWE = (AccountKind.PROVIDER, AccountKind.ROUNDING)


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User) -> Self:
        """Return the user's own worker account and the prepaid accounts of organizations the user orders for."""
        organizations = Organization.objects.with_role(user, Role.REQUESTER, Role.MANAGER)
        own = Q(kind=AccountKind.WORKER, owner_id=user.pk)
        return self.filter(own | Q(kind=AccountKind.PREPAID, owner_id__in=organizations.values("pk")))


class Account(models.Model):
    """A balance in one currency, by kind and owner.

    An organization's `prepaid`, an order's `escrow`, a worker's earnings (`worker`) and what the worker asked to be
    paid out (`payout`), a payout file's money on its way (`transit`), and without an owner the platform's `fee`, the
    world outside (`provider`) and what invoices are rounded by (`rounding`).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=AccountKind)
    owner_id = models.UUIDField(null=True, help_text="organization, order, user or payout file, by kind")
    currency = models.CharField(max_length=3)
    balance_micros = models.BigIntegerField(default=0, help_text="kept by a trigger on Entry: the sum of its entries")

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "owner_id", "currency"], name="account_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
            models.CheckConstraint(
                condition=Q(kind__in=MAY_OWE) | Q(balance_micros__gte=0), name="account_not_overdrawn"
            ),
            models.CheckConstraint(condition=Q(kind__in=UNOWNED) ^ Q(owner_id__isnull=False), name="account_owned"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="account_currency_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner_id or ''}"


class TransferKind(models.TextChoices):
    """Why money moved."""

    DEPOSIT = "deposit"
    FUND = "fund"
    PAY = "pay"
    FEE = "fee"
    REFUND = "refund"
    APPEAL = "appeal"
    BONUS = "bonus"
    TOP_UP = "top_up"
    PAYOUT = "payout"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    ROUNDING = "rounding"
    REVERSAL = "reversal"


# What workers earn: for an answer, for one that an appeal was won for, on top of it, and to keep a promise of pay.
EARNINGS = (TransferKind.PAY, TransferKind.APPEAL, TransferKind.BONUS, TransferKind.TOP_UP)


class Transfer(models.Model):
    """Entries of one currency that sum to zero (a deferred trigger insists); append-only, and closed at its commit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=TransferKind)
    reference = models.CharField(
        max_length=200, unique=True, help_text="what it is for; the same reference never moves money twice"
    )
    order_id = models.UUIDField(null=True, db_index=True)
    assignment_id = models.UUIDField(null=True, db_index=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    reason = models.CharField(max_length=300, blank=True, db_default="", help_text="why it was reversed")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TransferKind.values), name="transfer_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=TransferKind.REVERSAL) ^ Q(reverses__isnull=True), name="transfer_reversal_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Entry(models.Model):
    """One side of a transfer: positive into the account, negative out of it; append-only."""

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    currency = models.CharField(max_length=3)
    amount_micros = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_micros=0), name="entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.amount_micros} {self.currency}"
