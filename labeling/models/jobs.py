"""LabelingJob: the requester's whole order of work on a dataset snapshot."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q, Subquery, Value
from django.db.models.functions import Coalesce, JSONArray

from labeling.core.splitting import Strategy, read_split
from labeling.models.projects import SEES_WORK, AnnotationTypeName, GuidelineVersion, OntologyVersion, Project
from labeling.models.snapshots import Snapshot
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User, WorkerProfile


class JobState(models.TextChoices):
    """Where a job is on its way."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PILOT = "pilot"
    OPEN = "open"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


# Tasks are handed out.
AT_WORK = (JobState.OPEN, JobState.PILOT)


class CloseReason(models.TextChoices):
    """Why a job ended."""

    NONE = "", "not closed"
    COMPLETED = "completed"
    BUDGET = "budget"
    DEADLINE = "deadline"
    MANUAL = "manual"


class HoldReason(models.TextChoices):
    """Why a job is held, so that it hands out no tasks until a person of the platform has looked at it."""

    NONE = "", "not held"
    REJECTIONS = "rejections", "too much of its work was rejected"


class Workforce(models.TextChoices):
    """Who may work: every worker of the marketplace, or the organization's own."""

    PUBLIC = "public"
    PRIVATE = "private"


class Purpose(models.TextChoices):
    """What a job is for: labels, or workers who learn; of the latter every answer is known."""

    WORK = "work"
    TRAINING = "training", "workers are told after every answer what was right"
    EXAM = "exam", "workers are told when they have answered everything"


class ReviewedBy(models.TextChoices):
    """Who checks other people's work; never whoever did it."""

    PEER = "peer", "those who may answer the job's tasks"
    SENIOR = "senior", "reviewers of the organization"
    REQUESTER = "requester", "those who order the job; unpaid"


class OrderBy(models.TextChoices):
    """In which order tasks are handed out first."""

    DATASET = "dataset", "as the assets came"
    UNCERTAINTY = "uncertainty", "where a model is least sure"


# The role that lets a member of the organization review.
REVIEWING_ROLE = {ReviewedBy.SENIOR: Role.REVIEWER, ReviewedBy.REQUESTER: Role.REQUESTER}


def one_asset_per_task() -> dict[str, Any]:
    """Return the split of a job for which no other is stated."""
    return {"strategy": "one_asset_per_task"}


class LabelingJobQuerySet(models.QuerySet["LabelingJob"]):
    def visible_to(self, user: User) -> Self:
        """Return the jobs of the organizations in which the user orders, manages or reviews."""
        return self.filter(organization__in=Organization.objects.with_role(user, *SEES_WORK))

    def open_to_worker(self, user: User) -> Self:
        """Return the open jobs whose tasks, or reviews, the user may claim."""
        return self.known_to_worker(user).filter(state__in=AT_WORK)

    def known_to_worker(self, user: User) -> Self:
        """Return the jobs ever opened to a workforce or reviewers the user is of, whatever their state is now."""
        return self.filter(self._answered_by(user) | self._reviewed_by(user), opened_at__isnull=False)

    def offered_to(self, user: User) -> Self:
        """Return the jobs that are offered in the country that a worker stated, or to workers who stated none."""
        stated = WorkerProfile.objects.filter(pk=user.pk).values("country")
        country = JSONArray(Coalesce(Subquery(stated), Value("")))
        return self.filter(Q(open_to__isnull=True) | Q(open_to__contains=country)).exclude(closed_to__contains=country)

    def answered_by(self, user: User) -> Self:
        """Return the jobs to whose workforce the user belongs."""
        return self.filter(self._answered_by(user))

    def reviewed_by_user(self, user: User) -> Self:
        """Return the jobs in which the user may check other people's work."""
        by_peer = Q(review_share__gt=0, reviewed_by=ReviewedBy.PEER) & self._answered_by(user)
        return self.filter(by_peer | self._reviewed_by(user))

    @staticmethod
    def _answered_by(user: User) -> Q:
        own = Organization.objects.with_role(user, Role.WORKER)
        return Q(workforce=Workforce.PUBLIC) | Q(workforce=Workforce.PRIVATE, organization__in=own)

    @staticmethod
    def _reviewed_by(user: User) -> Q:
        """Return the condition on jobs that a role in the organization lets the user review."""
        allowed = Q(pk__in=[])
        for level, role in REVIEWING_ROLE.items():
            holds = Organization.objects.with_role(user, role)
            allowed |= Q(review_share__gt=0, reviewed_by=level, organization__in=holds)
        return allowed


class LabelingJob(models.Model):
    """What is to be labeled, how often, until which confidence, by whom, and what one answer pays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="jobs")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="jobs")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="jobs")
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    annotation_type = models.CharField(max_length=32, choices=AnnotationTypeName)
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.WORK)
    n_learners = models.PositiveIntegerField(default=0, help_text="workers that a training or an exam is paid for")
    pass_share = models.FloatField(default=0.8, help_text="share of right answers that passes a training or an exam")
    requires = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", help_text="to be passed before working here"
    )
    attests = models.CharField(
        max_length=64, blank=True, default="", help_text="field of expertise that passing a training or an exam attests"
    )
    expertise = models.CharField(
        max_length=64, blank=True, default="", help_text="field whose people alone work here, as quoted; empty: anybody"
    )
    state = models.CharField(max_length=16, choices=JobState, default=JobState.DRAFT)
    close_reason = models.CharField(max_length=32, choices=CloseReason, default=CloseReason.NONE, blank=True)
    workforce = models.CharField(max_length=16, choices=Workforce, default=Workforce.PUBLIC)
    hourly_micros = models.PositiveBigIntegerField(
        null=True, help_text="what an hour of its work was seen to pay: a median; null: too few workers to show"
    )
    hourly_n_workers = models.PositiveIntegerField(default=0, help_text="workers that the median is of")
    open_to = models.JSONField[list[str] | None, list[str] | None](
        null=True, help_text="countries whose workers may answer; null: all but those it is closed to"
    )
    closed_to = models.JSONField[list[str], list[str]](
        default=list, help_text="countries whose workers may not, an empty one for those who state none"
    )
    held_for = models.CharField(max_length=16, choices=HoldReason, default=HoldReason.NONE, blank=True)
    by_offer_only = models.BooleanField(default=False, help_text="a task is claimed only by those it is offered to")
    min_overlap = models.PositiveSmallIntegerField()
    max_overlap = models.PositiveSmallIntegerField()
    target_confidence = models.FloatField(help_text="above 0.5, below 1: under it one more answer is wanted")
    least_gain = models.FloatField(
        default=0.0, help_text="gain of accuracy, 0 to 1, that an answer is expected to bring; below it none is wanted"
    )
    review_share = models.FloatField(
        default=0.0, help_text="reviews and adjudications bought per task, at most; 0 to 1, 0 for none"
    )
    reviewed_by = models.CharField(max_length=16, choices=ReviewedBy, default=ReviewedBy.PEER)
    units_per_asset = models.FloatField(help_text="objects expected in one asset, for effort and price")
    lease_s = models.PositiveIntegerField(help_text="seconds a claimed task is held without heartbeat")
    split_strategy = models.CharField(max_length=32)
    order_by = models.CharField(max_length=16, choices=OrderBy, default=OrderBy.DATASET)
    order_source = models.CharField(
        max_length=200, blank=True, default="", help_text="of the pre-labels whose scores count"
    )
    order_version = models.CharField(
        max_length=200, blank=True, default="", help_text="of the source; empty: the latest"
    )
    parent_job = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="rounds", help_text="whose labels it looks at again"
    )
    split = models.JSONField[dict[str, Any], dict[str, Any]](
        default=one_asset_per_task, help_text="strategy and parameters (`labeling.core.splitting`)"
    )
    n_split = models.PositiveIntegerField(default=0, help_text="assets of the snapshot that have their tasks")
    n_tasks = models.PositiveIntegerField(default=0, help_text="tasks materialised so far")
    n_held = models.PositiveIntegerField(
        default=0, db_default=0, help_text="tasks held back, wanting no answers, until the pilot is decided on"
    )
    pilot_ended_at = models.DateTimeField(null=True, help_text="when the tasks of the pilot were all done with")
    deadline = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3, default="USD")
    pay_micros = models.PositiveBigIntegerField(default=0, help_text="for one answer, in micro-units of the currency")
    aided_pay_micros = models.PositiveBigIntegerField(default=0, help_text="for an answer where a pre-label is shown")
    answer_budget_micros = models.PositiveBigIntegerField(default=0)
    committed_micros = models.PositiveBigIntegerField(default=0, help_text="pay of live leases and counted answers")
    late_reserve_micros = models.PositiveBigIntegerField(default=0, help_text="what is left for late answers")
    gold_reserve_micros = models.PositiveBigIntegerField(default=0, help_text="what is left for answers to gold")
    review_pay_micros = models.PositiveBigIntegerField(default=0, help_text="for one review")
    review_reserve_micros = models.PositiveBigIntegerField(default=0, help_text="what is left for further reviews")
    n_reviews = models.PositiveIntegerField(default=0, help_text="reviews and adjudications asked for so far")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = LabelingJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(close_reason__in=CloseReason.values), name="job_close_reason_known"),
            models.CheckConstraint(condition=Q(held_for__in=HoldReason.values), name="job_hold_reason_known"),
            models.CheckConstraint(
                condition=Q(held_for=HoldReason.NONE) | ~Q(state__in=[JobState.DRAFT, *AT_WORK]),
                name="job_held_hands_out_nothing",
            ),
            models.CheckConstraint(condition=Q(annotation_type__in=AnnotationTypeName.values), name="job_type_known"),
            models.CheckConstraint(
                condition=Q(min_overlap__gte=1, max_overlap__gte=F("min_overlap"), max_overlap__lte=100),
                name="job_overlap_in_range",
            ),
            models.CheckConstraint(
                condition=Q(target_confidence__gt=0.5, target_confidence__lt=1), name="job_target_confidence_in_range"
            ),
            models.CheckConstraint(condition=Q(least_gain__gte=0, least_gain__lte=1), name="job_least_gain_in_range"),
            models.CheckConstraint(
                condition=Q(review_share__gte=0, review_share__lte=1), name="job_review_share_in_range"
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="job_purpose_known"),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.WORK, n_learners=0)
                | (~Q(purpose=Purpose.WORK) & Q(n_learners__gte=1, review_share=0, by_offer_only=False)),
                name="job_learners_learn",
            ),
            models.CheckConstraint(condition=Q(pass_share__gt=0, pass_share__lte=1), name="job_pass_share_in_range"),
            models.CheckConstraint(
                condition=Q(attests="") | ~Q(purpose=Purpose.WORK), name="job_attests_what_it_teaches"
            ),
            models.CheckConstraint(condition=Q(reviewed_by__in=ReviewedBy.values), name="job_reviewed_by_known"),
            models.CheckConstraint(
                condition=Q(order_by=OrderBy.DATASET, order_source="", order_version="")
                | (Q(order_by=OrderBy.UNCERTAINTY) & ~Q(order_source="")),
                name="job_ordered_by_a_model",
            ),
            models.CheckConstraint(
                condition=~Q(by_offer_only=True, review_share__gt=0, reviewed_by=ReviewedBy.PEER),
                name="job_offers_leave_no_peers",
            ),
            models.CheckConstraint(
                condition=Q(committed_micros__lte=F("answer_budget_micros")), name="job_commits_within_budget"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[JobState.COMPLETED, JobState.CANCELLED, JobState.ARCHIVED]) ^ Q(close_reason=""),
                name="job_closed_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="job_open", condition=Q(state=JobState.OPEN))]

    def __str__(self) -> str:
        return self.name

    @property
    def strategy(self) -> Strategy:
        """Return how the job is split."""
        return read_split(self.split)

    @property
    def state_at_work(self) -> JobState:
        """Return the state in which the job hands out tasks: as a pilot while most of them are held back."""
        return JobState.PILOT if self.n_held else JobState.OPEN

    @property
    def teaches(self) -> bool:
        """Return whether the job is a training or an exam."""
        return self.purpose != Purpose.WORK


# How often a worker of whom nothing is known gets gold, in millionths of the tasks handed out.
GOLD_PPM_AT_FIRST = 300_000


class JobWorker(models.Model):
    """A worker's place in a job: the pseudonym requesters see, and the lock that keeps one worker's claims in line."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="workers")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    pseudonym = models.CharField(max_length=16)
    gold_ppm = models.PositiveIntegerField(
        default=GOLD_PPM_AT_FIRST, help_text="chance that a task handed to the worker is gold, in millionths"
    )
    paused_until = models.DateTimeField(null=True, help_text="no task of the job is handed to the worker before")
    batch = models.PositiveIntegerField(null=True, help_text="the batch that the worker is at")
    defers_s = models.PositiveIntegerField(
        default=0, db_default=0, help_text="answers beyond the least are left to other workers for so many seconds"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "worker"], name="job_worker_once"),
            models.UniqueConstraint(fields=["job", "pseudonym"], name="job_pseudonym_once"),
            models.CheckConstraint(condition=Q(gold_ppm__lte=1_000_000), name="job_worker_gold_is_a_share"),
        ]
        indexes = [models.Index(fields=["job", "batch"], name="job_worker_at_batch", condition=Q(batch__isnull=False))]

    def __str__(self) -> str:
        return self.pseudonym
