"""Quotes: immutable, hashed, expiring."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to(self, user: User) -> Self:
        """Return the quotes for the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))

    def in_force(self, job: LabelingJob) -> "Quote | None":
        """Return the quote that a job is paid by: the latest of its pay; where it was split otherwise, the latest."""
        quotes = self.filter(job=job).order_by("-created_at", "-pk")
        return quotes.filter(pay_micros=job.pay_micros).first() or quotes.first()


class Quote(models.Model):
    """What a job will cost, line by line, with the assumptions; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="quotes")
    currency = models.CharField(max_length=3)
    pay_micros = models.PositiveBigIntegerField(help_text="for one answer")
    aided_pay_micros = models.PositiveBigIntegerField(default=0, help_text="for one answer where a pre-label is shown")
    effort_s = models.FloatField(help_text="seconds one answer takes")
    expected_micros = models.PositiveBigIntegerField(help_text="with the answers that are expected")
    cap_micros = models.PositiveBigIntegerField(help_text="with every answer that may be bought; never exceeded")
    labour_cap_micros = models.PositiveBigIntegerField()
    late_reserve_micros = models.PositiveBigIntegerField()
    gold_reserve_micros = models.PositiveBigIntegerField(default=0)
    review_pay_micros = models.PositiveBigIntegerField(default=0, help_text="for one review")
    review_reserve_micros = models.PositiveBigIntegerField(default=0)
    fee_cap_micros = models.PositiveBigIntegerField()
    cost_p50_micros = models.PositiveBigIntegerField(null=True, help_text="as likely exceeded as not")
    cost_p90_micros = models.PositiveBigIntegerField(null=True, help_text="not exceeded in nine cases of ten")
    simulated_costs = models.JSONField[list[list[float]], list[list[float]]](
        default=list, help_text="[level, micro-units] of the simulated costs, before they were corrected by outcomes"
    )
    finish_p50_s = models.FloatField(null=True, help_text="seconds from publication to the last label, as of now")
    finish_p85_s = models.FloatField(null=True)
    finish_p95_s = models.FloatField(null=True)
    cost_basis = models.JSONField[dict[str, Any], dict[str, Any]](default=dict, help_text="what P50 and P90 rest on")
    fee_ppm = models.PositiveIntegerField(help_text="fee on what people are paid, in millionths")
    fee_units = models.PositiveBigIntegerField(default=0, help_text="units that the fee's tiers count for this job")
    set_up_micros = models.PositiveBigIntegerField(default=0, help_text="for set-up work of the platform's own")
    card = models.CharField(max_length=64, default="", help_text="rate card that all rates are from")
    card_version = models.CharField(max_length=64, default="")
    card_sha256 = models.CharField(max_length=64, default="", help_text="of the card's canonical JSON")
    lines = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]()
    assumptions = models.JSONField[dict[str, Any], dict[str, Any]]()
    sha256 = models.CharField(max_length=64, help_text="of the canonical JSON of all of the above")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = QuoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expected_micros__lte=F("cap_micros")), name="quote_expected_within_cap"),
            models.CheckConstraint(
                condition=Q(
                    cap_micros=F("labour_cap_micros")
                    + F("late_reserve_micros")
                    + F("gold_reserve_micros")
                    + F("review_reserve_micros")
                    + F("set_up_micros")
                    + F("fee_cap_micros")
                ),
                name="quote_cap_is_sum",
            ),
            # A quote has both or neither; what a null is compared with is never refused.
            models.CheckConstraint(
                condition=Q(cost_p50_micros__isnull=True, cost_p90_micros__isnull=True)
                | Q(cost_p50_micros__lte=F("cost_p90_micros"), cost_p90_micros__lte=F("cap_micros")),
                name="quote_costs_within_cap",
            ),
            models.CheckConstraint(
                condition=Q(finish_p50_s__isnull=True, finish_p85_s__isnull=True, finish_p95_s__isnull=True)
                | Q(finish_p50_s__lte=F("finish_p85_s"), finish_p85_s__lte=F("finish_p95_s")),
                name="quote_finish_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"quote {self.id}"

    @property
    def drivers(self) -> list[dict[str, str]]:
        """Return what each cost driver adds to the expected total; empty where that was not reckoned."""
        return list(self.assumptions.get("drivers", []))
