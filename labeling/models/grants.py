"""WorkerGrant: the right to work that somebody earned in a training or an exam, or that was given on evidence."""

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Now

from labeling.models.jobs import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User

MAX_EVIDENCE = 500


class WorkerGrantQuerySet(models.QuerySet["WorkerGrant"]):
    def standing(self) -> Self:
        """Return the grants that were not taken back and have not run out, by the database's clock."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=Now()), revoked_at__isnull=True)

    def attesting(self, job: LabelingJob) -> Self:
        """Return the standing grants of the field that a job is for: the platform's, and its organization's own."""
        ours = Q(organization__isnull=True) | Q(organization=job.organization_id)
        return self.standing().filter(ours, expertise=job.expertise)

    def attesting_outer(self) -> Self:
        """Return the same of the job of an outer query."""
        ours = Q(organization__isnull=True) | Q(organization=OuterRef("organization"))
        return self.standing().filter(ours, expertise=OuterRef("expertise"))

    def given(self) -> Self:
        """Return the grants that a person gave."""
        return self.filter(given_by__isnull=False)

    def managed_by(self, user: User) -> Self:
        """Return the grants given for an organization that the user manages; the staff's are the platform's own."""
        managed = Q(organization__in=Organization.objects.with_role(user, Role.MANAGER))
        return self.given().filter(managed | Q(organization__isnull=True) if user.is_staff else managed)


class WorkerGrant(models.Model):
    """A worker passed a training or an exam with that share of right answers, or somebody saw that they know a field.

    What attests a field counts in the jobs of `organization`; without one in everybody's.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    course = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, null=True, related_name="grants")
    share = models.FloatField(null=True, help_text="of right answers, 0 to 1")
    expertise = models.CharField(max_length=64, blank=True, default="", help_text="field that it attests; empty: none")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="grants")
    evidence = models.CharField(max_length=MAX_EVIDENCE, blank=True, default="", help_text="what was seen of it")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="when it runs out; null: never")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = WorkerGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "course"], name="grant_once"),
            models.UniqueConstraint(
                fields=["worker", "expertise", "organization"],
                condition=Q(given_by__isnull=False, revoked_at__isnull=True),
                nulls_distinct=False,
                name="grant_given_once",
            ),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="grant_share_in_range"),
            models.CheckConstraint(
                condition=Q(course__isnull=False, share__isnull=False, given_by__isnull=True, evidence="")
                | (
                    Q(course__isnull=True, share__isnull=True, given_by__isnull=False)
                    & ~Q(evidence="")
                    & ~Q(expertise="")
                ),
                name="grant_earned_or_given",
            ),
            models.CheckConstraint(
                condition=Q(course__isnull=True) | Q(expertise="") | Q(organization__isnull=False),
                name="grant_earned_counts_where_it_was",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("granted_at")), name="grant_runs_out_later"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expertise", "worker"],
                name="grant_of_a_field",
                condition=~Q(expertise="") & Q(revoked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"grant of {self.course_id or self.expertise} to {self.worker_id}"
