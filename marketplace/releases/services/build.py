"""Building: files are written by whoever holds the operation's lease, and the manifest seals them."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db import transaction

from labeling.core.formats import FORMATS, Export, Format, LabeledTask, read_classes
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import LeaseLost, TryAgainLater
from marketplace.operations.models import FINISHED_STATES, Operation
from marketplace.operations.services import claim_operation, record_progress, succeed_operation
from marketplace.releases.adapters import AttemptFolder, StoredFile, discard_all
from marketplace.releases.core.manifest import SEAL, to_file
from marketplace.releases.models import Release, ReleaseFile
from marketplace.releases.services.describe import sealed_manifest
from marketplace.releases.services.rows import exported_tasks
from marketplace.releases.signals import release_sealed

MANIFEST_NAME = "manifest.json"
HEARTBEAT_TASKS = 1_000


def build_release(release_id: UUID) -> None:
    """Write the files of a release and seal it; may be interrupted and run again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    versions = ("job__ontology", "job__guideline", "job__snapshot")
    release = Release.objects.select_related("operation", "run", *versions).get(pk=release_id)
    operation = claim_operation(release.operation_id, now=database_now())
    if operation is None:
        _leave(release)
        return
    folder = AttemptFolder(release.pk)
    try:
        folder.discard_others()
        files = _write_files(release, folder, _Progress(operation, release))
        _seal(release, operation, folder, files)
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


class _Progress:
    """Counts the tasks written, in all passes of all formats, and renews the lease on the way."""

    def __init__(self, operation: Operation, release: Release) -> None:
        self._operation = operation
        self._n_written = 0
        self._n_total = max(1, release.job.n_tasks * sum(FORMATS[name].n_passes for name in release.formats))

    def counted(self, tasks: Iterator[LabeledTask]) -> Iterator[LabeledTask]:
        """Yield the tasks.

        Raises
        ------
        LeaseLost
            Another runner took over, or the operation was cancelled.
        """
        for task in tasks:
            yield task
            self._n_written += 1
            if self._n_written % HEARTBEAT_TASKS == 0:
                percent = 100 * self._n_written // self._n_total
                record_progress(self._operation, percent=percent, now=database_now())


def _write_files(release: Release, folder: AttemptFolder, progress: _Progress) -> dict[str, StoredFile]:
    """Return what was written, by the name of its format."""
    written = {}
    for name in release.formats:
        form = FORMATS[name]
        written[name] = folder.write(form.file_name, form.write(_export(release, form, progress)))
    return written


def _export(release: Release, form: Format, progress: _Progress) -> Export:
    return Export(
        title=release.job.name,
        classes=read_classes(release.job.ontology.classes),
        annotation_type=release.job.annotation_type,
        created_at=release.created_at,
        tasks=lambda: progress.counted(exported_tasks(release.run, with_answers=form.wants_answers)),
    )


def _seal(release: Release, operation: Operation, folder: AttemptFolder, files: Mapping[str, StoredFile]) -> None:
    manifest = sealed_manifest(release, files)
    rows = [
        _row(release, FORMATS[name].file_name, FORMATS[name].content_type, stored) for name, stored in files.items()
    ]
    rows.append(_row(release, MANIFEST_NAME, "application/json", folder.write(MANIFEST_NAME, [to_file(manifest)])))
    with transaction.atomic():
        # First, so that a runner whose lease was lost writes nothing.
        succeed_operation(operation, result={"release": str(release.pk), SEAL: manifest[SEAL]}, now=database_now())
        ReleaseFile.objects.bulk_create(rows)
        release.manifest = manifest
        release.save(update_fields=["manifest"])
        release_sealed.send(sender=None, job_id=release.job_id, data={"release": str(release.pk), SEAL: manifest[SEAL]})


def _row(release: Release, name: str, content_type: str, stored: StoredFile) -> ReleaseFile:
    return ReleaseFile(
        release=release,
        name=name,
        storage_key=stored.storage_key,
        content_type=content_type,
        n_bytes=stored.n_bytes,
        sha256=stored.sha256,
    )
