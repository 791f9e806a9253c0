"""Running an ingest: by whoever holds the operation's lease, from where the one before was cut off."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction

from labeling.core.ingesting import Content, Entry, Key, Link
from labeling.errors import LabelingError, NoSuchStorage, SourceRefused
from labeling.models import Ingest
from labeling.services.cleaning import compare_images
from labeling.services.ingests.keeping import keep_batch
from labeling.services.ingests.preparing import prepare
from labeling.services.ingests.reading import found_by, storage_of
from labeling.signals import ingest_ended
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import LeaseLost, TryAgainLater
from marketplace.operations.models import FINISHED_STATES, Operation
from marketplace.operations.services import (
    claim_operation,
    fail_operation,
    forget_starts,
    record_progress,
    succeed_operation,
)

# Longer than the slowest batch: files that are fetched up to their time limit, and then decoded up to theirs.
LEASE = timedelta(minutes=3)
BATCH_ENTRIES = 20_000
BATCH_FILES = 8
BATCH_BYTES = 64 * 1024 * 1024


def run_ingest(ingest_id: UUID) -> None:
    """Bring the assets in; may be interrupted and run again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    ingest = Ingest.objects.select_related("dataset", "operation").get(pk=ingest_id)
    operation = claim_operation(ingest.operation_id, lease=LEASE, now=database_now())
    if operation is None:
        _leave(ingest)
        return
    ingest.refresh_from_db(fields=["cursor", "n_created", "n_refused"])
    try:
        _read_all(ingest, operation)
        while compare_images(ingest.dataset_id):
            record_progress(operation, lease=LEASE, now=database_now())
        _end(ingest, operation)
    except (SourceRefused, NoSuchStorage) as refusal:
        _end(ingest, operation, refusal=refusal)
    except LeaseLost:
        _leave(ingest)


def _leave(ingest: Ingest) -> None:
    """End without the lease: the work is finished, or was given up, or somebody else is at it."""
    if Operation.objects.get(pk=ingest.operation_id).state not in FINISHED_STATES:
        raise TryAgainLater  # the other may yet fail
    _forget_upload(ingest)


def _read_all(ingest: Ingest, operation: Operation) -> None:
    storage = storage_of(ingest)
    with found_by(ingest) as entries:
        for batch in _batches(entries):
            prepared = prepare(batch, storage)
            with transaction.atomic():
                # First, so that a runner whose lease was lost keeps nothing.
                record_progress(operation, percent=int(100 * batch[-1].share), lease=LEASE, now=database_now())
                keep_batch(ingest, batch, prepared)
                forget_starts(operation)


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in groups that bound what is in memory, and how long a row is locked."""
    batch: list[Entry] = []
    n_files = n_bytes = 0
    try:
        for entry in entries:
            batch.append(entry)
            n_files += isinstance(entry.item, Link | Content | Key)
            n_bytes += len(entry.item.data) if isinstance(entry.item, Content) else 0
            if len(batch) >= BATCH_ENTRIES or n_files >= BATCH_FILES or n_bytes >= BATCH_BYTES:
                yield batch
                batch, n_files, n_bytes = [], 0, 0
    except SourceRefused:
        if batch:  # what came before the damage is whole
            yield batch
        raise
    if batch:
        yield batch


def _end(ingest: Ingest, operation: Operation, *, refusal: LabelingError | None = None) -> None:
    result = {
        "ingest": str(ingest.pk),
        "dataset": str(ingest.dataset_id),
        "n_created": ingest.n_created,
        "n_refused": ingest.n_refused,
    }
    with transaction.atomic():
        if refusal is None:
            succeed_operation(operation, result=result, now=database_now())
        else:
            fail_operation(operation, error=refusal, now=database_now())
        ingest_ended.send(
            sender=None,
            organization_id=ingest.dataset.organization_id,
            data={**result, "code": refusal.code if refusal else None},
            deltas={},
        )
    _forget_upload(ingest)


def _forget_upload(ingest: Ingest) -> None:
    if not ingest.storage:
        default_storage.delete(ingest.storage_key)
