"""Gold: tasks whose answer is known, how answers compare with it, and what that says of a worker."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.models import Answer, Asset, LabelingJob, OntologyVersion, Task
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class GoldSource(models.TextChoices):
    """Where a known answer comes from."""

    GIVEN = "given", "the requester states it"
    PROMOTED = "promoted", "the final label of another job"


class GoldState(models.TextChoices):
    """Whether a known answer is still asked for and believed."""

    ACTIVE = "active"
    DISPUTED = "disputed", "good workers contradict it; a person decides"
    RETIRED = "retired", "shown no more; its scores still count"
    WITHDRAWN = "withdrawn", "it was wrong: its scores count no more"


class GoldTaskQuerySet(models.QuerySet["GoldTask"]):
    def visible_to(self, user: User) -> Self:
        """Return the gold of the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))

    def believed(self) -> Self:
        """Return the gold that scores and skills rest on."""
        return self.filter(state__in=[GoldState.ACTIVE, GoldState.RETIRED])


class GoldTask(models.Model):
    """An asset of a job whose answer is known; its task is made with the others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="gold")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    task = models.OneToOneField(Task, on_delete=models.PROTECT, null=True, related_name="gold")
    truth = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]](help_text="annotations, as in an answer")
    source = models.CharField(max_length=16, choices=GoldSource)
    state = models.CharField(max_length=16, choices=GoldState, default=GoldState.ACTIVE)
    n_scored = models.PositiveIntegerField(default=0)
    n_right = models.PositiveIntegerField(default=0)
    sum_scores = models.FloatField(default=0.0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, help_text="when a person last changed its state")

    objects = GoldTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "asset"], name="gold_asset_once_per_job"),
            models.CheckConstraint(condition=Q(source__in=GoldSource.values), name="gold_source_known"),
            models.CheckConstraint(condition=Q(state__in=GoldState.values), name="gold_state_known"),
            models.CheckConstraint(condition=Q(n_right__lte=F("n_scored")), name="gold_right_within_scored"),
        ]

    def __str__(self) -> str:
        return f"gold on {self.asset_id} in {self.job_id}"


class GoldScore(models.Model):
    """How an answer compares with the gold it was given to; immutable (a trigger refuses changes)."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, primary_key=True, related_name="gold_score")
    gold = models.ForeignKey(GoldTask, on_delete=models.PROTECT, related_name="scores")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    annotation_type = models.CharField(max_length=32)
    score = models.FloatField(help_text="0 to 1")
    is_right = models.BooleanField()
    conflicts = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]](default=list)
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0.0, score__lte=1.0), name="gold_score_is_a_share"),
        ]
        indexes = [models.Index(fields=["worker", "ontology", "annotation_type", "answer"], name="gold_score_worker")]

    def __str__(self) -> str:
        return f"score of {self.answer_id}"


class WorkerAbility(models.Model):
    """What gold says of a worker on an ontology and annotation type, over all jobs; follows from the scores alone."""

    id = models.BigAutoField(primary_key=True)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="abilities")
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    annotation_type = models.CharField(max_length=32)
    n_right = models.FloatField(help_text="decayed")
    n_wrong = models.FloatField(help_text="decayed")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "ontology", "annotation_type"], name="ability_once"),
            models.CheckConstraint(condition=Q(n_right__gte=0.0, n_wrong__gte=0.0), name="ability_counts_not_negative"),
        ]

    def __str__(self) -> str:
        return f"ability of {self.worker_id} on {self.ontology_id}"
