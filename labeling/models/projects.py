"""Projects, and the versions of ontology and guidelines that answers are pinned to."""

from typing import Self
from uuid import UUID

from django.db import models

from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.ontology_reading import read_ontology
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User

# Whoever orders, manages or reviews sees the work; money is for the first two.
SEES_WORK = (Role.REQUESTER, Role.MANAGER, Role.REVIEWER)

# Versions never change: what was read of the latest ones is kept, as every answer is checked against one.
MAX_KEPT_ONTOLOGIES = 32
_ontologies: dict[UUID, Ontology] = {}


class AnnotationTypeName(models.TextChoices):
    """The kinds of annotation a job can ask for."""

    IMAGE_CLASSIFICATION = "image_classification"
    MULTI_LABEL_CLASSIFICATION = "multi_label_classification"
    BOUNDING_BOX = "bounding_box"
    ROTATED_BOX = "rotated_box"
    POLYGON = "polygon"
    POLYLINE = "polyline"
    KEYPOINTS = "keypoints"
    POINT = "point"
    ELLIPSE = "ellipse"
    CUBOID_2D = "cuboid_2d"
    CUBOID_3D = "cuboid_3d"
    INSTANCE_SEGMENTATION = "instance_segmentation"
    SEMANTIC_SEGMENTATION = "semantic_segmentation"
    PANOPTIC_SEGMENTATION = "panoptic_segmentation"


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> Self:
        """Return the projects of the organizations in which the user orders, manages or reviews."""
        return self.filter(organization__in=Organization.objects.with_role(user, *SEES_WORK))


class Project(models.Model):
    """An ontology and guidelines, both versioned."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class OntologyVersion(models.Model):
    """Classes, attributes and relations that answers may use; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="ontologies")
    number = models.PositiveIntegerField()
    classes = models.JSONField(help_text="[{name, description, ...}], in the order in which workers see them")
    attributes = models.JSONField(default=list, help_text="[{name, type, ...}] that annotations of every class have")
    relations = models.JSONField(default=list, help_text="[{name, from, to, directed}] between annotations")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="ontology_number_once")]

    def __str__(self) -> str:
        return f"ontology {self.number} of {self.project_id}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the class names in order."""
        return tuple(entry["name"] for entry in self.classes)

    @property
    def rules(self) -> Ontology:
        """Return the ontology, ready to check annotations with."""
        kept = _ontologies.get(self.pk)
        if kept is None:
            document = {"classes": self.classes, "attributes": self.attributes, "relations": self.relations}
            kept = _ontologies[self.pk] = read_ontology(document)
            for oldest in list(_ontologies)[:-MAX_KEPT_ONTOLOGIES]:
                _ontologies.pop(oldest, None)
        return kept


class GuidelineVersion(models.Model):
    """What workers are told, in Markdown; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    number = models.PositiveIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once")]

    def __str__(self) -> str:
        return f"guideline {self.number} of {self.project_id}"
