"""Imports as tests make them: a file handed in and, unless told otherwise, read."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from labeling.models import AnnotationImport, Dataset, ImportItem, ImportPurpose, LabelingJob, Project
from labeling.services import ImportSpec, ImportTarget, request_import
from quality.services import run_import
from tests import make
from tests.labeling.core.imports.files import as_json


def coco(
    *boxes: tuple[str, str, Sequence[float]], names: tuple[str, ...] = (), size: tuple[int, int] | None = None
) -> bytes:
    """Return a COCO document of (file name, class, bbox), and of images without any."""
    file_names = list(dict.fromkeys([*(name for name, _, _ in boxes), *names]))
    classes = list(dict.fromkeys(label for _, label, _ in boxes))
    width, height = size or (make.WIDTH, make.HEIGHT)
    return as_json(
        {
            "images": [
                {"id": number, "file_name": name, "width": width, "height": height}
                for number, name in enumerate(file_names)
            ],
            "annotations": [
                {"image_id": file_names.index(name), "category_id": classes.index(label), "bbox": box}
                for name, label, box in boxes
            ],
            "categories": [{"id": number, "name": label} for number, label in enumerate(classes)],
        }
    )


def requested(
    content: bytes,
    *,
    photos: Dataset | None = None,
    job: LabelingJob | None = None,
    plan: Project | None = None,
    purpose: ImportPurpose = ImportPurpose.PRELABELS,
    form: str = "coco",
    annotation_type: str = "bounding_box",
    class_map: Mapping[str, str | None] | None = None,
    version: str = "1",
) -> AnnotationImport:
    """Return an import that waits to be read; about a job's assets where one is given."""
    if job is not None:
        target, project = ImportTarget.of_job(job), job.ontology.project
    else:
        where = photos or make.dataset(n_assets=3)
        project = plan or make.project(where.organization)
        words = project.ontologies.first() or make.ontology(project)
        target = ImportTarget(where, words, annotation_type)
    spec = ImportSpec(form, purpose, class_map or {}, source="detector", version=version)
    owner = make.owner_of(project.organization)
    return request_import(
        project, target, spec, file=io.BytesIO(content), file_name="labels.json", created_by_id=owner.pk
    )


def imported(content: bytes, **terms: Any) -> AnnotationImport:
    """Return an import that was read."""
    made = requested(content, **terms)
    run_import(made.pk)
    return AnnotationImport.objects.select_related("operation").get(pk=made.pk)


def told(made: AnnotationImport) -> list[tuple[str, str, str | None]]:
    """Return name, state and code of what became of each item, in the order of the file."""
    rows = ImportItem.objects.filter(annotation_import=made).order_by("ordinal")
    return [(row.name, row.state, (row.problem or {}).get("code")) for row in rows]
