"""Order: the agreement on a job, from quote to settlement."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User
from marketplace.operations.models import Operation
from pricing.models import Quote


class OrderState(models.TextChoices):
    """Where an order is on its way."""

    DRAFT = "draft"
    QUOTED = "quoted"
    FUNDED = "funded"
    PUBLISHED = "published"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Acceptance(models.TextChoices):
    """How answers come to be accepted."""

    AUTOMATIC = "automatic", "every valid answer at once"
    MANUAL = "manual", "by a person, or by itself when nobody has decided in time"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> Self:
        """Return the orders of the organizations in which the user orders or manages."""
        return self.filter(organization__in=Organization.objects.with_role(user, Role.REQUESTER, Role.MANAGER))

    def units_funded(self, organization_id: UUID, *, since: datetime) -> int:
        """Return the units of an organization's orders funded since then, and not cancelled, as the fee counts them."""
        standing = [OrderState.FUNDED, OrderState.PUBLISHED, OrderState.SETTLED]
        funded = self.filter(organization=organization_id, funded_at__gte=since, state__in=standing)
        return funded.aggregate(n=Sum("quote__fee_units"))["n"] or 0


class Order(models.Model):
    """What a requester bought: a job at a quote, its escrow, and what became of the money."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="orders")
    job = models.OneToOneField(LabelingJob, on_delete=models.PROTECT, related_name="order")
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=OrderState, default=OrderState.DRAFT)
    currency = models.CharField(max_length=3, default="USD")
    publish_operation = models.ForeignKey(Operation, on_delete=models.PROTECT, null=True, related_name="+")
    funded_micros = models.PositiveBigIntegerField(default=0)
    paid_micros = models.PositiveBigIntegerField(null=True, help_text="to workers; known when settled")
    fee_micros = models.PositiveBigIntegerField(null=True, help_text="to the platform; known when settled")
    rounding_micros = models.BigIntegerField(
        null=True, help_text="what rounding the invoice's lines added, or took away; known when settled"
    )
    refunded_micros = models.PositiveBigIntegerField(null=True, help_text="back to prepaid; known when settled")
    acceptance = models.CharField(max_length=16, choices=Acceptance, default=Acceptance.AUTOMATIC)
    accept_after_s = models.PositiveIntegerField(
        default=3 * 24 * 3600, help_text="seconds after which an answer that nobody decided on is accepted"
    )
    countries = models.JSONField[list[str], list[str]](
        default=list, help_text="whose workers the job is for; none named: of all whose least wage it pays"
    )
    wage_micros = models.PositiveBigIntegerField(null=True, help_text="an hour; null: the platform's usual wage")
    is_over = models.BooleanField(
        default=False, help_text="the job has its labels; the books close when everything is decided and final"
    )
    n_decided = models.PositiveIntegerField(default=0, help_text="answers that were up to a person, and are decided on")
    n_rejected = models.PositiveIntegerField(default=0, help_text="of those, not paid in full, nor by an appeal")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    funded_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[OrderState.DRAFT, OrderState.CANCELLED, OrderState.EXPIRED])
                | Q(quote__isnull=False),
                name="order_quoted",
            ),
            models.CheckConstraint(condition=Q(n_rejected__lte=F("n_decided")), name="order_rejected_of_decided"),
            models.CheckConstraint(condition=Q(acceptance__in=Acceptance.values), name="order_acceptance_known"),
            models.CheckConstraint(
                condition=~Q(state=OrderState.SETTLED)
                | Q(
                    settled_at__isnull=False,
                    paid_micros__isnull=False,
                    fee_micros__isnull=False,
                    refunded_micros__isnull=False,
                    # Orders from before there were invoices have no rounding.
                    funded_micros=F("paid_micros")
                    + F("fee_micros")
                    + Coalesce(F("rounding_micros"), 0)
                    + F("refunded_micros"),
                ),
                name="order_settled_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.CANCELLED)
                | Q(refunded_micros__isnull=False, refunded_micros=F("funded_micros")),
                name="order_cancelled_gives_back",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.EXPIRED) | Q(quote__isnull=False, funded_micros=0),
                name="order_expired_unfunded",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="order_to_expire", condition=Q(state=OrderState.QUOTED)),
            models.Index(
                fields=["id"],
                name="order_to_look_after",
                condition=Q(state=OrderState.PUBLISHED) & (Q(acceptance=Acceptance.MANUAL) | Q(is_over=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.id}"
