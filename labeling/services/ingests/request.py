"""Asking for an ingest: what was uploaded is kept until it is read."""

from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from labeling.adapters.buckets import bucket
from labeling.errors import InvalidInput
from labeling.models import Dataset, Ingest, IngestSource
from labeling.signals import ingest_requested
from marketplace.operations.adapters import database_now
from marketplace.operations.core.ids import new_id
from marketplace.operations.services import start_operation


@dataclass(frozen=True)
class IngestOrder:
    """What is to be read.

    Attributes
    ----------
    file : an archive or manifest as it was uploaded.
    storage, key : or the bucket that holds it, and its key there; of a bucket's own files, the start of their keys.
    """

    source: IngestSource
    file: IO[bytes] | None = None
    storage: str = ""
    key: str = ""


@transaction.atomic
def request_ingest(dataset: Dataset, order: IngestOrder, *, created_by_id: UUID) -> Ingest:
    """Ask for assets to be brought in; the operation tells how far that is.

    Raises
    ------
    InvalidInput
        Neither a file nor a bucket is named, or both.
    NoSuchStorage
        The organization may read no bucket of that name.
    """
    if (order.file is None) == (not order.storage):
        raise InvalidInput("Send a file, or name a storage.", field="file")
    if order.file is not None and order.source == IngestSource.BUCKET:
        raise InvalidInput("The files of a bucket are read where they are: name a storage.", field="file")
    if order.storage:
        bucket(order.storage, organization_id=dataset.organization_id)
    if order.storage and not order.key and order.source != IngestSource.BUCKET:
        raise InvalidInput("Name the file's key.", field="key")
    ingest_id = new_id()
    key = order.key
    if order.file is not None:
        key = default_storage.save(f"ingests/{dataset.pk}/{ingest_id}", File(order.file))
    operation = start_operation(
        kind="ingest",
        organization_id=dataset.organization_id,
        created_by_id=created_by_id,
        subject_id=ingest_id,
        now=database_now(),
    )
    ingest = Ingest.objects.create(
        id=ingest_id,
        dataset=dataset,
        operation=operation,
        source=order.source,
        storage=order.storage,
        storage_key=key,
        created_by_id=created_by_id,
    )
    data = {"ingest": str(ingest.pk), "dataset": str(dataset.pk), "source": ingest.source}
    ingest_requested.send(sender=None, organization_id=dataset.organization_id, data=data, deltas={})
    return ingest
