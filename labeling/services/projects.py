"""Projects and the versions of their ontology and guidelines."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from labeling.core.annotations import Refusal
from labeling.core.annotations.lookalikes import require_distinct
from labeling.core.annotations.ontology_reading import read_ontology
from labeling.core.annotations.ontology_writing import ontology_document
from labeling.errors import InvalidInput
from labeling.models import GuidelineVersion, OntologyVersion, Project

MAX_GUIDELINE_CHARACTERS = 100_000


def create_project(*, organization_id: UUID, name: str, created_by_id: UUID) -> Project:
    """Start a project without ontology and guidelines."""
    return Project.objects.create(organization_id=organization_id, name=name, created_by_id=created_by_id)


@transaction.atomic
def add_ontology(
    project_id: UUID,
    *,
    classes: list[dict[str, Any]],
    attributes: list[dict[str, Any]] | None = None,
    relations: list[dict[str, Any]] | None = None,
) -> OntologyVersion:
    """Add the next version of the ontology.

    Raises
    ------
    InvalidInput
        Naming the first field at fault, such as `classes[3].attributes[0].values`.
    """
    try:
        stated = {"classes": classes, "attributes": attributes, "relations": relations}
        ontology = read_ontology({name: each for name, each in stated.items() if each is not None})
        require_distinct(ontology)
    except Refusal as refusal:
        raise InvalidInput(refusal.detail, field=refusal.field) from refusal
    document = ontology_document(ontology)
    project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
    last = project.ontologies.aggregate(last=Max("number"))["last"] or 0
    return OntologyVersion.objects.create(project=project, number=last + 1, **document)


@transaction.atomic
def add_guideline(project_id: UUID, *, text: str) -> GuidelineVersion:
    """Add the next version of the guidelines."""
    if len(text) > MAX_GUIDELINE_CHARACTERS:
        raise InvalidInput(f"Guidelines have at most {MAX_GUIDELINE_CHARACTERS} characters.", field="text")
    project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
    last = project.guidelines.aggregate(last=Max("number"))["last"] or 0
    return GuidelineVersion.objects.create(project=project, number=last + 1, text=text)
