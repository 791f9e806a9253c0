"""Ingests: many assets brought in at once, and what became of each."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from labeling.models.datasets import Asset, Dataset
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User
from marketplace.operations.models import Operation


class IngestSource(models.TextChoices):
    """Where an ingest reads from."""

    ARCHIVE = "archive", "a zip or tar file"
    MANIFEST = "manifest", "a list of URLs and references"
    BUCKET = "bucket", "files that stay in a configured bucket"


class IngestQuerySet(models.QuerySet["Ingest"]):
    def visible_to(self, user: User) -> Self:
        """Return the ingests of visible datasets."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))


class Ingest(models.Model):
    """One order to bring assets into a dataset; its operation says how far it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="ingests")
    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, related_name="ingest")
    source = models.CharField(max_length=16, choices=IngestSource)
    storage = models.CharField(max_length=64, blank=True, help_text="bucket that is read; empty: what was uploaded")
    storage_key = models.CharField(max_length=1024, blank=True, help_text="of the file, or the prefix in a bucket")
    # Where to go on: written with the assets that were made before it.
    cursor = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    n_created = models.PositiveIntegerField(default=0)
    n_refused = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IngestQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(source__in=IngestSource.values), name="ingest_source_known")]

    def __str__(self) -> str:
        return f"{self.source} into {self.dataset_id}"


class IngestRefusal(models.Model):
    """An item that was not taken, and why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ingest = models.ForeignKey(Ingest, on_delete=models.PROTECT, related_name="refusals", db_index=False)
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ingest", "ordinal"], name="ingest_refused_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.code}"


class IngestItem(models.Model):
    """What became of one item: a view over the assets of ingests and the refusals, so that nothing is written twice."""

    id = models.UUIDField(primary_key=True)
    ingest = models.ForeignKey(Ingest, on_delete=models.DO_NOTHING, related_name="items")
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    asset = models.ForeignKey(Asset, on_delete=models.DO_NOTHING, related_name="+", null=True)
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=500)

    class Meta:
        managed = False
        db_table = "labeling_ingestitem"

    def __str__(self) -> str:
        return self.name
