"""Releases: labels taken home, with a sealed manifest."""

from typing import Any, Self

from django.db import models

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User
from marketplace.operations.models import Operation
from quality.models import ConsensusRun


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, user: User) -> Self:
        """Return the releases of the organizations in which the user orders or manages."""
        return self.filter(job__organization__in=Organization.objects.with_role(user, Role.REQUESTER, Role.MANAGER))


class Release(models.Model):
    """One export of a job's consensus labels."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="releases")
    run = models.ForeignKey(ConsensusRun, on_delete=models.PROTECT, related_name="releases")
    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, related_name="release")
    formats = models.JSONField[list[str], list[str]]()
    wishes = models.JSONField[dict[str, Any], dict[str, Any]](
        default=dict, help_text="what of the labels is wanted, and how: `Wishes` in core"
    )
    since = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", help_text="only what has changed since this one"
    )
    manifest = models.JSONField[dict[str, Any] | None, dict[str, Any] | None](null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReleaseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"release {self.id}"


class ReleaseFile(models.Model):
    """One file of a release."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=100)
    storage_key = models.CharField(max_length=200)
    content_type = models.CharField(max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="release_file_once")]

    def __str__(self) -> str:
        return self.name
