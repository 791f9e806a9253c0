"""Asking for a file of annotations to be read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from labeling.core.imports import IMPORTS, MAX_FILE_BYTES
from labeling.errors import FileTooLarge, InvalidInput, WrongState
from labeling.models import AnnotationImport, Dataset, ImportPurpose, JobState, LabelingJob, OntologyVersion, Project
from labeling.signals import import_requested
from marketplace.accounts.core.ids import new_id
from marketplace.operations.adapters import database_now
from marketplace.operations.services import start_operation

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ImportSpec:
    """What a requester says of a file of annotations.

    Attributes
    ----------
    class_map : classes of the ontology by those of the file; None leaves a class out.
    source, version : the model or people that made the annotations; needed of pre-labels.
    """

    format: str
    purpose: ImportPurpose
    class_map: Mapping[str, str | None]
    source: str = ""
    version: str = ""


@dataclass(frozen=True)
class ImportTarget:
    """What the annotations are about: the assets of a job, or of a dataset for whatever job comes."""

    dataset: Dataset
    ontology: OntologyVersion
    annotation_type: str
    job: LabelingJob | None = None

    @classmethod
    def of_job(cls, job: LabelingJob) -> "ImportTarget":
        """Return the assets of a job, in its words."""
        return cls(job.snapshot.dataset, job.ontology, job.annotation_type, job)


def request_import(
    project: Project, target: ImportTarget, spec: ImportSpec, *, file: IO[bytes], file_name: str, created_by_id: UUID
) -> AnnotationImport:
    """Keep the file and ask for it to be read.

    Raises
    ------
    InvalidInput
        The format has no such annotations, the class map names a class that is none, or something is missing.
    FileTooLarge
        More than is read of one.
    WrongState
        Known answers can no longer be stated in the job.
    """
    _check(project, target, spec)
    import_id = new_id()
    n_bytes, sha256 = _measure(file)
    key = default_storage.save(f"imports/{project.organization_id}/{import_id}", File(file))
    try:
        with transaction.atomic():
            return _record(
                project,
                target,
                spec,
                id=import_id,
                storage_key=key,
                file_name=file_name[:200],
                n_bytes=n_bytes,
                sha256=sha256,
                created_by_id=created_by_id,
            )
    except BaseException:
        default_storage.delete(key)
        raise


def _record(project: Project, target: ImportTarget, spec: ImportSpec, **file: Any) -> AnnotationImport:
    operation = start_operation(
        kind="import",
        organization_id=project.organization_id,
        created_by_id=file["created_by_id"],
        subject_id=file["id"],
        now=database_now(),
    )
    made = AnnotationImport.objects.create(
        project=project,
        dataset=target.dataset,
        job=target.job,
        ontology=target.ontology,
        annotation_type=target.annotation_type,
        operation=operation,
        format=spec.format,
        purpose=spec.purpose,
        class_map=dict(spec.class_map),
        source=spec.source,
        version=spec.version,
        **file,
    )
    import_requested.send(sender=None, organization_id=project.organization_id, data={"import": str(made.pk)})
    return made


def _check(project: Project, target: ImportTarget, spec: ImportSpec) -> None:
    form = IMPORTS[spec.format]
    if target.annotation_type not in form.annotation_types:
        allowed = sorted(form.annotation_types)
        raise InvalidInput(
            f"{spec.format} has no annotations of the type {target.annotation_type}.", field="format", allowed=allowed
        )
    if target.ontology.project_id != project.pk:
        raise InvalidInput("This belongs to another project.", field="job" if target.job else "ontology")
    for theirs, ours in spec.class_map.items():
        if ours is not None and ours not in target.ontology.rules.rules:
            raise InvalidInput("The ontology has no such class.", field=f"class_map.{theirs[:100]}")
    if spec.purpose == ImportPurpose.GOLD and target.job is None:
        raise InvalidInput("Known answers are those of a job.", field="job")
    if spec.purpose == ImportPurpose.GOLD and target.job is not None and target.job.state != JobState.DRAFT:
        raise WrongState(
            "Known answers are stated before the job's tasks are made.",
            state=target.job.state,
            allowed_states=[JobState.DRAFT.value],
        )
    if spec.purpose == ImportPurpose.PRELABELS and not spec.source:
        raise InvalidInput("Say which model or people made the pre-labels.", field="source")


def _measure(file: IO[bytes]) -> tuple[int, str]:
    digest, n_bytes = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        n_bytes += len(chunk)
        digest.update(chunk)
        if n_bytes > MAX_FILE_BYTES:
            raise FileTooLarge(f"A file has at most {MAX_FILE_BYTES} bytes.", field="file", limit=MAX_FILE_BYTES)
    file.seek(0)
    return n_bytes, digest.hexdigest()
