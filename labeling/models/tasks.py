"""Task: the unit a worker does, and the offers that say who should get it next."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.models.datasets import Asset
from labeling.models.jobs import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class TaskKind(models.TextChoices):
    """All human work goes through one queue."""

    ANNOTATE = "annotate"
    REVIEW = "review"
    ADJUDICATE = "adjudicate"
    TRAINING = "training"


# Looking at what others answered: paid from the review reserve, never counted as an answer to its task.
CHECKS = (TaskKind.REVIEW, TaskKind.ADJUDICATE)


class TaskState(models.TextChoices):
    """Wanting answers, or done with."""

    OPEN = "open"
    RETIRED = "retired"


class RetiredReason(models.TextChoices):
    """Why no more answers are bought for a task."""

    NONE = "", "still open"
    CONFIDENT = "confident"
    DISPUTED = "disputed"
    SUPPLY = "supply"
    HUMAN = "human"
    FLAGGED = "flagged"
    CANCELLED = "cancelled"


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User) -> Self:
        """Return the tasks of the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))

    def wanting_answers(self) -> Self:
        """Return open tasks with room for another lease; gold is not asked for, it is drawn."""
        return self.annotations().filter(is_gold=False, state=TaskState.OPEN, n_taken__lt=F("wanted_overlap"))

    def wanting_reviews(self) -> Self:
        """Return open checks of other people's work with room for another lease."""
        return self.checks().filter(state=TaskState.OPEN, n_taken__lt=F("wanted_overlap"))

    def annotations(self) -> Self:
        """Return the tasks made of a job's assets, gold among them."""
        return self.filter(kind=TaskKind.ANNOTATE)

    def checks(self) -> Self:
        """Return the reviews and adjudications."""
        return self.filter(kind__in=CHECKS)

    def unfinished(self) -> Self:
        """Return the open tasks that a job waits for: all but gold."""
        return self.filter(is_gold=False, state=TaskState.OPEN)

    def unclaimed(self) -> Self:
        """Return the open tasks that nobody ever had, nor was offered."""
        return self.unfinished().annotations().filter(n_taken=0, assignments__isnull=True, offers__isnull=True)

    def gold_to_draw(self) -> Self:
        """Return the gold tasks that may still be shown to somebody."""
        return self.filter(is_gold=True, state=TaskState.OPEN, n_taken__lt=F("wanted_overlap"))


class Task(models.Model):
    """One asset, or a part, to be answered by `wanted_overlap` workers, at most `max_overlap`, or a check of such."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="tasks")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="tasks")
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=TaskKind, default=TaskKind.ANNOTATE)
    is_gold = models.BooleanField(
        default=False, help_text="its answer is known: handed out by a draw, paid from the gold reserve, never counted"
    )
    scope = models.JSONField[dict[str, Any] | None, dict[str, Any] | None](
        null=True, help_text="part of the asset that is asked about (`labeling.core.splitting`); null: all of it"
    )
    batch = models.PositiveIntegerField(null=True, help_text="goes to one worker together with others of this number")
    prelabel = models.ForeignKey(
        "labeling.PreLabel", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    parent_task = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children", help_text="the task that is checked"
    )
    subject_answer = models.ForeignKey("labeling.Answer", on_delete=models.PROTECT, null=True, related_name="checks")
    state = models.CharField(max_length=16, choices=TaskState, default=TaskState.OPEN)
    retired_reason = models.CharField(max_length=16, choices=RetiredReason, default=RetiredReason.NONE, blank=True)
    priority = models.SmallIntegerField(default=0, help_text="higher is handed out first")
    wanted_overlap = models.PositiveSmallIntegerField(help_text="answers wanted so far; rises by belief")
    max_overlap = models.PositiveSmallIntegerField()
    n_taken = models.PositiveSmallIntegerField(default=0, help_text="counted answers and leases not yet reclaimed")
    n_counted = models.PositiveSmallIntegerField(default=0)
    further_since = models.DateTimeField(null=True, help_text="when it last came to want an answer beyond the least")
    pay_micros = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "ordinal"], name="task_ordinal_once"),
            models.CheckConstraint(condition=Q(n_taken__lte=F("max_overlap")), name="task_taken_within_max_overlap"),
            models.CheckConstraint(condition=Q(n_counted__lte=F("n_taken")), name="task_counted_within_taken"),
            models.CheckConstraint(condition=Q(is_gold=False) | Q(n_counted=0), name="task_gold_never_counted"),
            models.CheckConstraint(
                condition=Q(kind=TaskKind.ANNOTATE) | Q(n_counted=0), name="task_only_answers_counted"
            ),
            models.CheckConstraint(condition=~Q(kind__in=CHECKS, is_gold=True), name="task_check_is_no_gold"),
            models.CheckConstraint(
                condition=~Q(kind__in=CHECKS) | Q(parent_task__isnull=False), name="task_check_of_a_task"
            ),
            models.UniqueConstraint(
                fields=["parent_task"],
                condition=Q(kind__in=CHECKS, state=TaskState.OPEN),
                name="task_checked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(wanted_overlap__lte=F("max_overlap")), name="task_wanted_within_max_overlap"
            ),
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="task_state_known"),
            models.CheckConstraint(condition=Q(kind__in=TaskKind.values), name="task_kind_known"),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN) ^ ~Q(retired_reason=""), name="task_retired_with_reason"
            ),
        ]
        indexes = [
            models.Index(
                "job",
                F("priority").desc(),
                "ordinal",
                name="task_claimable",
                condition=Q(state=TaskState.OPEN, n_taken__lt=F("wanted_overlap")),
            ),
            models.Index(
                fields=["job", "batch", "ordinal"],
                name="task_of_batch",
                condition=Q(batch__isnull=False, state=TaskState.OPEN, n_taken__lt=F("wanted_overlap")),
            ),
            models.Index(fields=["job"], name="task_open", condition=Q(state=TaskState.OPEN)),
            models.Index(fields=["job"], name="task_gold", condition=Q(is_gold=True)),
        ]

    def __str__(self) -> str:
        return f"task {self.ordinal} of {self.job_id}"

    @property
    def is_check(self) -> bool:
        """Return whether this is a review or an adjudication."""
        return self.kind in CHECKS


class TaskOffer(models.Model):
    """What a certain worker should get next; for jobs claimed by offer only, also who may."""

    id = models.BigAutoField(primary_key=True)
    worker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="offers")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="offers")
    rank = models.IntegerField(default=0, help_text="lower is handed out first")
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "worker"], name="offer_once")]
        indexes = [models.Index(fields=["worker", "rank"], name="offer_next")]

    def __str__(self) -> str:
        return f"offer of {self.task_id} to {self.worker_id}"
