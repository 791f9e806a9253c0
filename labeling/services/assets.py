"""One asset comes in: its row, its file, how it looks, and what it is a copy of."""

import hashlib
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from labeling.adapters.images import DecodedImage, decode_image
from labeling.core.cleaning import FlawKind, thresholds
from labeling.core.flaws import told_flaws
from labeling.core.pointclouds import PointCloud
from labeling.errors import DuplicateExternalId
from labeling.models import Asset, AssetFeatures, AssetFlaw, AssetKind, Dataset, FlawDecision
from marketplace.accounts.core.ids import new_id


@dataclass(frozen=True)
class Origin:
    """Where an asset comes from: its place in an ingest, the bucket that keeps the file, and what it is a frame of."""

    ingest_id: UUID | None = None
    ordinal: int | None = None
    storage: str = ""
    storage_key: str = ""
    sequence: str = ""
    frame: int | None = None


UPLOADED = Origin()


def read_image(content: bytes | IO[bytes]) -> DecodedImage:
    """Decode an image within the limits of the service.

    Raises
    ------
    DomainError
        The image is too large, truncated, animated or of an unknown format (`labeling.adapters.images`).
    """
    return decode_image(content, max_bytes=settings.MAX_IMAGE_BYTES, max_pixels=settings.MAX_IMAGE_PIXELS)


@dataclass(frozen=True)
class CloudFile:
    """A point cloud as it is kept, and what it was."""

    cloud: PointCloud
    content: bytes
    sha256_of_original: str

    @classmethod
    def of(cls, cloud: PointCloud, *, original: bytes) -> "CloudFile":
        """Return the file of a cloud."""
        return cls(cloud=cloud, content=cloud.to_bytes(), sha256_of_original=hashlib.sha256(original).hexdigest())


@transaction.atomic
def keep_cloud(dataset: Dataset, file: CloudFile, *, external_id: str, origin: Origin = UPLOADED) -> Asset:
    """Keep a point cloud.

    Raises
    ------
    DuplicateExternalId
        The dataset has an asset of that name; nothing is stored.
    """
    asset_id = new_id()
    asset = Asset(
        id=asset_id,
        dataset=dataset,
        kind=AssetKind.POINT_CLOUD,
        external_id=external_id,
        storage_key=f"assets/{dataset.pk}/{asset_id}.xyzi",
        sha256=file.sha256_of_original,
        content_sha256=hashlib.sha256(file.content).hexdigest(),
        content_type="application/octet-stream",
        n_bytes=len(file.content),
        n_points=len(file.cloud.points),
        bounds=file.cloud.bounds,
        origin=list(file.cloud.origin),
        ingest_id=origin.ingest_id,
        ingest_ordinal=origin.ordinal,
        sequence=origin.sequence,
        frame=origin.frame,
    )
    mark_copy(asset)
    insert(asset)
    AssetFlaw.objects.bulk_create(flaw_of_copy(asset))
    default_storage.save(asset.storage_key, ContentFile(file.content))
    return asset


@transaction.atomic
def keep_image(dataset: Dataset, image: DecodedImage, *, external_id: str, origin: Origin = UPLOADED) -> Asset:
    """Keep a decoded image, or of one that stays in its bucket only the thumbnail and how it looks.

    Raises
    ------
    DuplicateExternalId
        The dataset has an asset of that name; nothing is stored.
    """
    asset_id = new_id()
    asset = Asset(
        id=asset_id,
        dataset=dataset,
        kind=AssetKind.IMAGE,
        external_id=external_id,
        storage=origin.storage,
        storage_key=origin.storage_key or f"assets/{dataset.pk}/{asset_id}.{image.format}",
        sha256=image.sha256_of_original,
        content_sha256=hashlib.sha256(image.content).hexdigest(),
        content_type=image.original_content_type if origin.storage else image.content_type,
        n_bytes=image.n_original_bytes if origin.storage else len(image.content),
        width=image.width,
        height=image.height,
        original_width=image.original_width,
        original_height=image.original_height,
        original_orientation=image.orientation,
        ingest_id=origin.ingest_id,
        ingest_ordinal=origin.ordinal,
        sequence=origin.sequence,
        frame=origin.frame,
    )
    mark_copy(asset)
    insert(asset)
    thumbnail_key = f"thumbnails/{dataset.pk}/{asset_id}.jpg"
    AssetFeatures.objects.create(asset=asset, dataset=dataset, thumbnail_key=thumbnail_key, **image.features)
    AssetFlaw.objects.bulk_create(_flaws(asset, dataset, image))
    if not origin.storage:
        default_storage.save(asset.storage_key, ContentFile(image.content))
    default_storage.save(thumbnail_key, ContentFile(image.thumbnail))
    return asset


def insert(asset: Asset) -> None:
    """Insert a row.

    Raises
    ------
    DuplicateExternalId
        The dataset has an asset of that name.
    """
    try:
        with transaction.atomic():
            asset.save(force_insert=True)
    except IntegrityError as error:
        if "asset_external_id_once" in str(error):
            raise taken(asset.external_id, field="external_id") from error
        raise


def taken(external_id: str, *, field: str) -> DuplicateExternalId:
    """Return the refusal of a name."""
    return DuplicateExternalId("The dataset already has an asset of this name.", field=field, external_id=external_id)


def mark_copy(asset: Asset) -> None:
    """Let an asset that is about to be inserted be labeled as the first of the same content is."""
    with connection.cursor() as cursor:  # of two copies that come at once, one waits for the other
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{asset.dataset_id} {asset.content_sha256}"]
        )
    same = Asset.objects.present().filter(dataset_id=asset.dataset_id, content_sha256=asset.content_sha256)
    first = same.filter(duplicate_of__isnull=True).order_by("id").values_list("pk", flat=True)
    asset.duplicate_of_id = first.first()


def flaw_of_copy(asset: Asset) -> list[AssetFlaw]:
    """Return the flaw of an asset that is an exact copy, merged unless somebody decides otherwise."""
    if asset.duplicate_of_id is None:
        return []
    return [
        AssetFlaw(
            dataset_id=asset.dataset_id,
            asset=asset,
            kind=FlawKind.EXACT_DUPLICATE,
            score=0,
            other_id=asset.duplicate_of_id,
            decision=FlawDecision.MERGED,
        )
    ]


def _flaws(asset: Asset, dataset: Dataset, image: DecodedImage) -> list[AssetFlaw]:
    found = told_flaws(image.features, width=image.width, height=image.height, limits=thresholds(dataset.cleaning))
    told = [AssetFlaw(dataset=dataset, asset=asset, kind=kind, score=score) for kind, score in found]
    return flaw_of_copy(asset) + told
