"""Datasets, their assets, and the immutable snapshots that jobs work on."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from labeling.core.annotations import Ontology, Subject
from labeling.models.projects import SEES_WORK
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, User


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, user: User) -> Self:
        """Return the datasets of the organizations in which the user orders, manages or reviews."""
        return self.filter(organization__in=Organization.objects.with_role(user, *SEES_WORK))


class Dataset(models.Model):
    """A requester's collection of assets."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=200)
    consent = models.CharField(max_length=64, blank=True, help_text="basis on which pictured people are shown")
    retention_class = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DatasetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class AssetKind(models.TextChoices):
    """Where an asset's bytes are: stored here, or only referred to."""

    IMAGE = "image"
    EXTERNAL = "external"


class AssetQuerySet(models.QuerySet["Asset"]):
    def visible_to(self, user: User) -> Self:
        """Return the assets of visible datasets, and those the user holds a live assignment on."""
        member = Q(dataset__in=Dataset.objects.visible_to(user))
        # Asked of each asset, and not read as a list of all of them: mostly one asset is looked for.
        working = Asset.objects.filter(
            pk=OuterRef("pk"), tasks__assignments__worker=user, tasks__assignments__state="active"
        )
        return self.filter(member | Q(Exists(working)))

    def present(self) -> Self:
        """Leave out the assets that were erased."""
        return self.filter(tombstoned_at__isnull=True)


class Asset(models.Model):
    """An image stored here, or an external reference without bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=16, choices=AssetKind)
    external_id = models.CharField(max_length=200, help_text="the requester's own name for it")
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the bytes as uploaded, lower-case hex")
    content_type = models.CharField(max_length=64, blank=True)
    n_bytes = models.PositiveBigIntegerField(default=0, help_text="size of the stored file")
    width = models.PositiveIntegerField(null=True, help_text="pixels, orientation applied")
    height = models.PositiveIntegerField(null=True, help_text="pixels, orientation applied")
    original_width = models.PositiveIntegerField(null=True)
    original_height = models.PositiveIntegerField(null=True)
    original_orientation = models.PositiveSmallIntegerField(default=1, help_text="EXIF orientation, 1 to 8")
    tombstoned_at = models.DateTimeField(null=True, help_text="erased: the row stays, the content is gone")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "external_id"], name="asset_external_id_once"),
            models.CheckConstraint(condition=Q(kind__in=AssetKind.values), name="asset_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=AssetKind.EXTERNAL) | Q(width__gt=0, height__gt=0) & ~Q(sha256=""),
                name="asset_image_is_measured",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    def subject(self, ontology: Ontology) -> Subject:
        """Return the asset as annotations of it are checked."""
        return Subject(ontology=ontology, width=self.width, height=self.height, kind=self.kind)


class Snapshot(models.Model):
    """The assets of a dataset at one moment; immutable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    n_assets = models.PositiveIntegerField()
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
