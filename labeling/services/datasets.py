"""Datasets, and how assets come into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.utils import timezone

from labeling.errors import DuplicateExternalId
from labeling.models import Asset, AssetKind, Dataset
from labeling.services.assets import Origin, insert, keep_image, read_image, taken


@dataclass(frozen=True)
class ExternalReference:
    """Something whose bytes are elsewhere, its size in pixels where it has one, and where it is a frame of what."""

    external_id: str
    width: int | None = None
    height: int | None = None
    sequence: str = ""
    frame: int | None = None


def create_dataset(*, organization_id: UUID, name: str, created_by_id: UUID) -> Dataset:
    """Start an empty dataset."""
    return Dataset.objects.create(organization_id=organization_id, name=name, created_by_id=created_by_id)


def add_image(
    dataset_id: UUID, *, content: bytes | IO[bytes], external_id: str, sequence: str = "", frame: int | None = None
) -> Asset:
    """Decode an uploaded image for real and keep it upright and without metadata.

    The file name in storage is ours; `external_id` is only ever a label. `sequence` is what it is
    a frame of, where that is told.

    Raises
    ------
    DomainError
        The image is too large, truncated, animated or of an unknown format (`labeling.adapters.images`).
    DuplicateExternalId
        The dataset has an asset of that name; nothing is stored.
    """
    dataset, origin = Dataset.objects.get(pk=dataset_id), Origin(sequence=sequence, frame=frame)
    return keep_image(dataset, read_image(content), external_id=external_id, origin=origin)


def add_external_asset(
    dataset_id: UUID,
    *,
    external_id: str,
    width: int | None,
    height: int | None,
    sequence: str = "",
    frame: int | None = None,
) -> Asset:
    """Add a reference to something whose bytes are elsewhere.

    Raises
    ------
    DuplicateExternalId
        The dataset has an asset of that name.
    """
    asset = Asset(
        dataset_id=dataset_id,
        kind=AssetKind.EXTERNAL,
        external_id=external_id,
        width=width,
        height=height,
        sequence=sequence,
        frame=frame,
    )
    insert(asset)
    return asset


def add_external_assets(dataset_id: UUID, references: Sequence[ExternalReference]) -> list[Asset | DuplicateExternalId]:
    """Add many references in one statement; in their order, what each became, or the reason against it."""
    assets = [
        Asset(dataset_id=dataset_id, kind=AssetKind.EXTERNAL, created_at=timezone.now(), **vars(reference))
        for reference in references
    ]
    Asset.objects.bulk_create(assets, ignore_conflicts=True)
    made = set(Asset.objects.filter(pk__in=[asset.pk for asset in assets]).values_list("pk", flat=True))
    return [
        asset if asset.pk in made else taken(asset.external_id, field=f"assets[{index}].external_id")
        for index, asset in enumerate(assets)
    ]
