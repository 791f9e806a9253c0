"""WorkerGrant: the right to work that somebody earned in a training or an exam."""

from typing import Self

from django.db import models
from django.db.models import Q

from labeling.models.jobs import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class WorkerGrantQuerySet(models.QuerySet["WorkerGrant"]):
    def standing(self) -> Self:
        """Return the grants that were not taken back."""
        return self.filter(revoked_at__isnull=True)


class WorkerGrant(models.Model):
    """A worker passed a training or an exam, with that share of right answers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    course = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="grants")
    share = models.FloatField(help_text="of right answers, 0 to 1")
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = WorkerGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "course"], name="grant_once"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="grant_share_in_range"),
        ]

    def __str__(self) -> str:
        return f"grant of {self.course_id} to {self.worker_id}"
