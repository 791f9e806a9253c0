"""The beliefs: what is probably true of a task, and how far to trust a worker."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from labeling.models import LabelingJob, Task
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class TaskBelief(models.Model):
    """What the answers so far say of a task; rewritten with every answer."""

    task = models.OneToOneField(Task, on_delete=models.PROTECT, primary_key=True, related_name="belief")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="+")
    confidence = models.FloatField(help_text="0 to 1")
    value = models.JSONField[dict[str, Any], dict[str, Any]](help_text="as in ConsensusLabel")
    n_answers = models.PositiveSmallIntegerField()
    n_reviews = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="reviewers' verdicts that are part of it"
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"belief of {self.task_id}"


class JobModel(models.Model):
    """What a job's answers taught about the crowd as a whole."""

    job = models.OneToOneField(LabelingJob, on_delete=models.PROTECT, primary_key=True, related_name="crowd_model")
    parameters = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    n_seen = models.PositiveIntegerField(default=0, help_text="counted answers taken notice of")
    n_fitted = models.PositiveIntegerField(
        default=0, help_text="counted answers seen when skills were last asked to be estimated"
    )
    n_looked_at = models.PositiveIntegerField(default=0, help_text="counted answers at the last look before the end")
    n_last_looks = models.PositiveSmallIntegerField(default=0)
    fitted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"crowd of {self.job_id}"


class WorkerSkill(models.Model):
    """What a job's answers taught about one worker."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    parameters = models.JSONField[dict[str, Any], dict[str, Any]]()
    fitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "worker"], name="skill_once_per_job")]

    def __str__(self) -> str:
        return f"skill of {self.worker_id} in {self.job_id}"


class ReviewerRecord(models.Model):
    """What a job's reviews taught about one reviewer; rewritten with every estimate."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    n_reviews = models.PositiveIntegerField()
    parameters = models.JSONField[dict[str, Any], dict[str, Any]](
        help_text="{accepts, detects, mends}: [right, wrong] counts, with what is plausible of anybody in them"
    )
    fitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "worker"], name="reviewer_once_per_job")]

    def __str__(self) -> str:
        return f"reviewer {self.worker_id} in {self.job_id}"


MAX_RUNS = 20


class ConsensusRunQuerySet(models.QuerySet["ConsensusRun"]):
    def current_of(self, job: LabelingJob) -> "ConsensusRun | None":
        """Return the run whose labels are the job's, None before it has any."""
        return self.filter(job=job, is_current=True).first()

    def visible_to(self, user: User) -> Self:
        """Return the runs of the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))


class ConsensusRun(models.Model):
    """One aggregation of all counted answers of a job; can be repeated and compared."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="consensus_runs")
    number = models.PositiveIntegerField()
    method = models.CharField(max_length=64)
    parameters = models.JSONField[dict[str, Any], dict[str, Any]]()
    code_version = models.CharField(max_length=32)
    n_answers = models.PositiveIntegerField()
    input_sha256 = models.CharField(max_length=64, help_text="of the ids of the answers, in order")
    converged = models.BooleanField()
    is_current = models.BooleanField(default=False, help_text="its labels are the job's")
    requested_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="null: made as the job ended"
    )
    promoted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    promoted_at = models.DateTimeField(null=True, help_text="when a person last made it the job's")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConsensusRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="consensus_run_number_once"),
            models.UniqueConstraint(
                fields=["job"], condition=Q(is_current=True), name="consensus_run_one_current_of_a_job"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of {self.job_id}"


class RunSkill(models.Model):
    """What one run learned about one worker; immutable (a trigger refuses changes)."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ConsensusRun, on_delete=models.PROTECT, related_name="skills")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    parameters = models.JSONField[dict[str, Any], dict[str, Any]]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "worker"], name="run_skill_once")]

    def __str__(self) -> str:
        return f"skill of {self.worker_id} by {self.run_id}"


class LabelState(models.TextChoices):
    """How far a consensus label can be relied on."""

    PROVISIONAL = "provisional"
    FINAL = "final"
    DISPUTED = "disputed"


class ConsensusLabel(models.Model):
    """What one run concluded about one task; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ConsensusRun, on_delete=models.PROTECT, related_name="labels")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="consensus_labels")
    state = models.CharField(max_length=16, choices=LabelState)
    confidence = models.FloatField(help_text="0 to 1")
    p_correct = models.FloatField(
        null=True, help_text="chance to be right, 0 to 1, as gold calibrates it; null without enough gold"
    )
    value = models.JSONField[dict[str, Any], dict[str, Any]](
        help_text="{class, posterior} or {objects: [{class, box, confidence, ...}]}"
    )
    n_answers = models.PositiveSmallIntegerField()
    n_reviews = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="reviewers' verdicts that are part of it"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "task"], name="consensus_label_once"),
            models.CheckConstraint(condition=Q(state__in=LabelState.values), name="consensus_label_state_known"),
        ]

    def __str__(self) -> str:
        return f"label of {self.task_id} by {self.run_id}"
