"""The immutable snapshots of datasets that jobs work on."""

from django.db import models
from django.db.models import Q

from labeling.models.datasets import Asset, Dataset
from marketplace.accounts.core.ids import new_id


class Snapshot(models.Model):
    """The assets of a dataset at one moment; immutable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    n_assets = models.PositiveIntegerField(help_text="to be labeled")
    n_duplicates = models.PositiveIntegerField(default=0, help_text="left out, labeled as another asset is")
    n_excluded = models.PositiveIntegerField(default=0, help_text="left out, not labeled")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="snapshot_number_once")]

    def __str__(self) -> str:
        return f"snapshot {self.number} of {self.dataset_id}"


class SnapshotAsset(models.Model):
    """One asset's place in a snapshot."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="members")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    ordinal = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "ordinal"], name="snapshot_ordinal_once"),
            models.UniqueConstraint(fields=["snapshot", "asset"], name="snapshot_asset_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal} of {self.snapshot_id}"


class OmissionReason(models.TextChoices):
    """Why an asset of the dataset is not labeled in a snapshot."""

    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"


class SnapshotOmission(models.Model):
    """An asset that was there and is not labeled; a duplicate gets the labels of the asset that is labeled instead."""

    id = models.BigAutoField(primary_key=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="omissions")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16, choices=OmissionReason)
    labeled_as = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "asset"], name="snapshot_omission_once"),
            models.CheckConstraint(
                condition=Q(reason=OmissionReason.DUPLICATE, labeled_as__isnull=False)
                | Q(reason=OmissionReason.EXCLUDED, labeled_as__isnull=True),
                name="snapshot_omission_reasoned",
            ),
        ]
        indexes = [models.Index(fields=["snapshot", "labeled_as"], name="snapshot_omission_by_label")]

    def __str__(self) -> str:
        return f"{self.asset_id} left out of {self.snapshot_id}"
