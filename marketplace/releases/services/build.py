"""Building: files are written by whoever holds the operation's lease, and the manifest seals them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from marketplace.operations.adapters import database_now
from marketplace.operations.errors import LeaseLost, TryAgainLater
from marketplace.operations.models import FINISHED_STATES, Operation
from marketplace.operations.services import claim_operation, succeed_operation
from marketplace.releases.adapters import AttemptFolder, discard_all
from marketplace.releases.core.manifest import SEAL, to_file
from marketplace.releases.models import Release, ReleaseFile
from marketplace.releases.services.describe import sealed_manifest
from marketplace.releases.services.writing import ReleaseWriter, Tally, WrittenFile
from marketplace.releases.signals import release_sealed

MANIFEST_NAME = "manifest.json"


def build_release(release_id: UUID) -> None:
    """Write the files of a release and seal it; may be interrupted and run again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    versions = ("job__ontology", "job__guideline", "job__snapshot")
    release = Release.objects.select_related("operation", "run", "since__run", *versions).get(pk=release_id)
    operation = claim_operation(release.operation_id, now=database_now())
    if operation is None:
        _leave(release)
        return
    folder = AttemptFolder(release.pk)
    try:
        folder.discard_others()
        writer = ReleaseWriter(release, operation, folder)
        files = writer.write()
        _seal(release, operation, folder, files, writer.tally)
    except LeaseLost:
        folder.discard()
        _leave(release)
    except BaseException:
        _discard(release, folder)
        raise


def _leave(release: Release) -> None:
    """End without the lease: the work is finished, or was given up, or somebody else is at it."""
    operation = Operation.objects.get(pk=release.operation_id)
    if operation.state not in FINISHED_STATES:
        raise TryAgainLater  # the other may yet fail
    if not release.files.exists():
        discard_all(release.pk)


def _discard(release: Release, folder: AttemptFolder) -> None:
    """Remove an attempt's files, unless the connection broke just after they were sealed."""
    if not ReleaseFile.objects.filter(release=release, storage_key__startswith=folder.path).exists():
        folder.discard()


def _seal(
    release: Release, operation: Operation, folder: AttemptFolder, files: Sequence[WrittenFile], tally: Tally
) -> None:
    manifest = sealed_manifest(release, files, tally)
    stored = folder.write(MANIFEST_NAME, [to_file(manifest)])
    rows = [_row(release, file) for file in [*files, WrittenFile(MANIFEST_NAME, "", "application/json", stored)]]
    with transaction.atomic():
        # First, so that a runner whose lease was lost writes nothing.
        succeed_operation(operation, result={"release": str(release.pk), SEAL: manifest[SEAL]}, now=database_now())
        ReleaseFile.objects.bulk_create(rows)
        release.manifest = manifest
        release.save(update_fields=["manifest"])
        release_sealed.send(sender=None, job_id=release.job_id, data={"release": str(release.pk), SEAL: manifest[SEAL]})


def _row(release: Release, file: WrittenFile) -> ReleaseFile:
    return ReleaseFile(
        release=release,
        name=file.name,
        storage_key=file.stored.storage_key,
        content_type=file.content_type,
        n_bytes=file.stored.n_bytes,
        sha256=file.stored.sha256,
    )
