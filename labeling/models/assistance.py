"""Whether a job's workers are shown pre-labels, and how many of their answers are given without."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from labeling.models.jobs import LabelingJob


class JobAssistance(models.Model):
    """Which pre-labels are shown in a job; set while it is a draft."""

    job = models.OneToOneField(LabelingJob, on_delete=models.PROTECT, primary_key=True, related_name="assistance")
    source = models.CharField(max_length=200)
    version = models.CharField(max_length=200, blank=True)
    unaided_share = models.FloatField(
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="of the answers that are given without, so that the others can be compared with them",
    )
    # Of the draw who is aided where: known to nobody, so that nobody can foresee it.
    seed = models.BinaryField(max_length=16)

    class Meta:
        verbose_name_plural = "job assistance"
        constraints = [
            models.CheckConstraint(
                condition=Q(unaided_share__gte=0, unaided_share__lte=1), name="assistance_share_in_range"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} in {self.job_id}"
