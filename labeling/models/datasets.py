"""Datasets, and the assets that they hold."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

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
    cleaning = models.JSONField[dict[str, Any], dict[str, Any]](
        default=dict, help_text="thresholds that differ from the usual ones (`labeling.core.cleaning`)"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DatasetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class AssetKind(models.TextChoices):
    """What an asset is: a picture, points in space, or something whose bytes are elsewhere."""

    IMAGE = "image"
    POINT_CLOUD = "point_cloud"
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

    def to_be_labeled(self) -> Self:
        """Return the assets that a snapshot would hold, unless what they are copies of is left out."""
        return self.filter(duplicate_of__isnull=True, excluded_at__isnull=True)

    def left_out(self) -> Self:
        """Return the others."""
        return self.filter(Q(duplicate_of__isnull=False) | Q(excluded_at__isnull=False))

    def with_content(self) -> Self:
        """Return the assets whose bytes can be shown."""
        return self.present().exclude(kind=AssetKind.EXTERNAL)


class Asset(models.Model):
    """An image or a point cloud, stored here or in a bucket of the requester's, or a reference without bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=16, choices=AssetKind)
    external_id = models.CharField(max_length=200, help_text="the requester's own name for it")
    storage = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="bucket that holds the file; empty: our own"
    )
    storage_key = models.CharField(max_length=1024, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the bytes as uploaded, lower-case hex")
    content_sha256 = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="of the picture or the points alone"
    )
    content_type = models.CharField(max_length=64, blank=True)
    n_bytes = models.PositiveBigIntegerField(default=0, help_text="size of the stored file")
    width = models.PositiveIntegerField(null=True, help_text="pixels, orientation applied")
    height = models.PositiveIntegerField(null=True, help_text="pixels, orientation applied")
    original_width = models.PositiveIntegerField(null=True)
    original_height = models.PositiveIntegerField(null=True)
    original_orientation = models.PositiveSmallIntegerField(default=1, help_text="EXIF orientation, 1 to 8")
    n_points = models.PositiveIntegerField(null=True, help_text="points kept of a point cloud")
    bounds = models.JSONField[list[float] | None, list[float] | None](
        null=True, help_text="of a point cloud: [x1, y1, z1, x2, y2, z2] in metres"
    )
    origin = models.JSONField[list[float] | None, list[float] | None](
        null=True, help_text="of a point cloud: where in the file's coordinates 0, 0, 0 is"
    )
    # Always the first of its group, which itself is a duplicate of none.
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="duplicates", null=True, db_index=False
    )
    excluded_at = models.DateTimeField(null=True, help_text="left out of later snapshots, as the requester chose")
    ingest = models.ForeignKey(
        "labeling.Ingest", on_delete=models.PROTECT, related_name="assets", null=True, db_index=False
    )
    ingest_ordinal = models.PositiveIntegerField(null=True, help_text="place in what the ingest read, from 1")
    sequence = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="what it is a frame of; else its folder"
    )
    frame = models.PositiveIntegerField(null=True, help_text="place in its sequence; else by its name")
    tombstoned_at = models.DateTimeField(null=True, help_text="erased: the row stays, the content is gone")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "external_id"], name="asset_external_id_once"),
            models.CheckConstraint(condition=Q(kind__in=AssetKind.values), name="asset_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind=AssetKind.IMAGE) | Q(width__gt=0, height__gt=0) & ~Q(sha256=""),
                name="asset_image_is_measured",
            ),
            models.CheckConstraint(
                condition=~Q(kind=AssetKind.POINT_CLOUD) | Q(n_points__gt=0, bounds__isnull=False) & ~Q(sha256=""),
                name="asset_point_cloud_is_measured",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="asset_is_no_copy_of_itself"),
            models.UniqueConstraint(
                fields=["ingest", "ingest_ordinal"], condition=Q(ingest__isnull=False), name="asset_ingested_once"
            ),
        ]
        # Of some assets only, so that a million references do not pay for them.
        indexes = [
            models.Index(
                fields=["dataset", "content_sha256"], name="asset_by_content", condition=~Q(content_sha256="")
            ),
            models.Index(fields=["duplicate_of"], name="asset_duplicates", condition=Q(duplicate_of__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.external_id

    def subject(self, ontology: Ontology) -> Subject:
        """Return the asset as annotations of it are checked."""
        return Subject(ontology=ontology, width=self.width, height=self.height, kind=self.kind)
