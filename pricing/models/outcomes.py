"""What quoted jobs came to in the end: what later quotes learn from."""

from django.db import models
from django.db.models import Q

from labeling.models import AnnotationTypeName
from marketplace.accounts.models import Organization
from pricing.models.quotes import Quote


class QuoteOutcome(models.Model):
    """What a job that was worked off was charged, beside its quote; append-only.

    Only jobs that came to their end: one that was broken off says nothing of what it would have cost.
    """

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, primary_key=True, related_name="outcome")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    annotation_type = models.CharField(max_length=32, choices=AnnotationTypeName)
    charged_micros = models.PositiveBigIntegerField(help_text="pay and fee")
    n_tasks = models.PositiveIntegerField(help_text="whose labels were bought")
    n_answers = models.PositiveIntegerField(help_text="counted")
    accuracy = models.FloatField(null=True, help_text="of an answer, as consensus has it; null where nobody tells")
    place = models.FloatField(null=True, help_text="where the charge fell in the quote's simulated costs, 0 to 1")
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(place__gte=0, place__lte=1), name="outcome_place"
            ),
            models.CheckConstraint(
                condition=Q(accuracy__isnull=True) | Q(accuracy__gte=0, accuracy__lte=1), name="outcome_accuracy"
            ),
        ]
        indexes = [models.Index(fields=["annotation_type", "-ended_at"], name="outcome_latest")]

    def __str__(self) -> str:
        return f"outcome of {self.quote_id}"
