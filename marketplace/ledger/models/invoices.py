"""Invoices: what a client was charged, in minor units; numbered without gaps, never changed."""

from typing import Self

from django.db import models
from django.db.models import Q

from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User
from marketplace.operations.core.currencies import CURRENCIES


class InvoiceSeries(models.Model):
    """The last number and the last hash of an issuer's year; its row is locked while an invoice takes the next."""

    id = models.BigAutoField(primary_key=True)
    issuer = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)
    last_sha256 = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "year"], name="invoice_series_once")]

    def __str__(self) -> str:
        return f"{self.issuer} {self.year}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, user: User) -> Self:
        """Return the invoices of the organizations in which the user orders or manages."""
        return self.filter(organization__in=Organization.objects.with_role(user, Role.REQUESTER, Role.MANAGER))


class Invoice(models.Model):
    """What an organization was charged for an order, or a credit note where the total is negative; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    issuer = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices")
    order_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    total_micros = models.BigIntegerField(help_text="the sum of its lines: whole minor units")
    exact_micros = models.BigIntegerField(help_text="what the ledger moved for them, to the micro-unit")
    parties = models.JSONField(help_text="names and addresses as they were when it was issued")
    subject = models.CharField(max_length=300, help_text="what was ordered, in words")
    issued_at = models.DateTimeField()
    previous_sha256 = models.CharField(max_length=64, blank=True, help_text="of the invoice before it in its series")
    sha256 = models.CharField(max_length=64)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "year", "number"], name="invoice_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="invoice_numbered_from_one"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="invoice_currency_known"),
        ]
        indexes = [models.Index(fields=["organization", "id"], name="invoice_by_organization")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return the number as it is printed."""
        return f"{self.issuer}-{self.year}-{self.number:06d}"

    @property
    def rounding_micros(self) -> int:
        """Return what rounding to minor units added; negative where it took away."""
        return self.total_micros - self.exact_micros


class InvoiceLine(models.Model):
    """One line: the exact amount of the ledger, and what it is charged at; append-only."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField(null=True)
    exact_micros = models.BigIntegerField()
    amount_micros = models.BigIntegerField(help_text="whole minor units")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]

    def __str__(self) -> str:
        return self.kind
