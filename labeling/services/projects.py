"""Projects and the versions of their ontology and guidelines."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from labeling.errors import InvalidInput
from labeling.models import GuidelineVersion, OntologyVersion, Project

MAX_CLASSES = 2_000
MAX_CLASS_NAME = 100
MAX_GUIDELINE_CHARACTERS = 100_000


def create_project(*, organization_id: UUID, name: str, created_by_id: UUID) -> Project:
    """Start a project without ontology and guidelines."""
    return Project.objects.create(organization_id=organization_id, name=name, created_by_id=created_by_id)


@transaction.atomic
def add_ontology(project_id: UUID, *, classes: list[dict[str, str]]) -> OntologyVersion:
    """Add the next version of the ontology.

    Raises
    ------
    InvalidInput
        No class, too many, or a name that is empty, too long or used twice.
    """
    if not 1 <= len(classes) <= MAX_CLASSES:
        raise InvalidInput(f"An ontology has 1 to {MAX_CLASSES} classes.", field="classes")
    seen: set[str] = set()
    for index, entry in enumerate(classes):
        name = entry["name"]
        if not name.strip() or len(name) > MAX_CLASS_NAME:
            raise InvalidInput(f"A class name has 1 to {MAX_CLASS_NAME} characters.", field=f"classes[{index}].name")
        if name in seen:
            raise InvalidInput("This class name is used twice.", field=f"classes[{index}].name")
        seen.add(name)
    project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
    last = project.ontologies.aggregate(last=Max("number"))["last"] or 0
    return OntologyVersion.objects.create(project=project, number=last + 1, classes=classes)


@transaction.atomic
def add_guideline(project_id: UUID, *, text: str) -> GuidelineVersion:
    """Add the next version of the guidelines."""
    if len(text) > MAX_GUIDELINE_CHARACTERS:
        raise InvalidInput(f"Guidelines have at most {MAX_GUIDELINE_CHARACTERS} characters.", field="text")
    project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
    last = project.guidelines.aggregate(last=Max("number"))["last"] or 0
    return GuidelineVersion.objects.create(project=project, number=last + 1, text=text)
