"""Annotations made elsewhere: what was handed in, what became of each item, and the pre-labels that were kept."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.models.datasets import Asset, Dataset
from labeling.models.jobs import LabelingJob
from labeling.models.projects import SEES_WORK, AnnotationTypeName, OntologyVersion, Project
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, User
from marketplace.operations.models import Operation


class ImportPurpose(models.TextChoices):
    """What imported annotations are to be."""

    PRELABELS = "prelabels", "guesses, kept beside the assets"
    GOLD = "gold", "known answers of a job"


class AnnotationImportQuerySet(models.QuerySet["AnnotationImport"]):
    def visible_to(self, user: User) -> Self:
        """Return the imports of the organizations in which the user orders, manages or reviews."""
        return self.filter(project__organization__in=Organization.objects.with_role(user, *SEES_WORK))


class AnnotationImport(models.Model):
    """One file of annotations on its way in; its operation says how far it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="imports")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="annotation_imports")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="imports", null=True)
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, related_name="annotation_import")
    format = models.CharField(max_length=32)
    purpose = models.CharField(max_length=16, choices=ImportPurpose)
    annotation_type = models.CharField(max_length=32, choices=AnnotationTypeName)
    class_map = models.JSONField[dict[str, str | None], dict[str, str | None]](default=dict)
    source = models.CharField(max_length=200, blank=True, help_text="model or people that made them")
    version = models.CharField(max_length=200, blank=True, help_text="of the source")
    storage_key = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    n_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # Maintained with the items, as an import is watched while it runs.
    n_taken = models.PositiveIntegerField(default=0)
    n_unchanged = models.PositiveIntegerField(default=0)
    n_refused = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AnnotationImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=ImportPurpose.values), name="import_purpose_known"),
            models.CheckConstraint(
                condition=Q(annotation_type__in=AnnotationTypeName.values), name="import_type_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose=ImportPurpose.GOLD, job__isnull=False)
                | Q(purpose=ImportPurpose.PRELABELS) & ~Q(source=""),
                name="import_gold_of_a_job_or_prelabels_of_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} from {self.file_name}"

    @property
    def n_items(self) -> int:
        """Return how many items have been dealt with."""
        return self.n_taken + self.n_unchanged + self.n_refused


class ImportItemState(models.TextChoices):
    """What became of what a file says of one asset."""

    TAKEN = "taken"
    UNCHANGED = "unchanged", "the same was there already"
    REFUSED = "refused"


class ImportItem(models.Model):
    """What became of one item, in the order of the file."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotation_import = models.ForeignKey(
        AnnotationImport, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=16, choices=ImportItemState)
    n_annotations = models.PositiveIntegerField(default=0)
    n_left_out = models.PositiveIntegerField(default=0, help_text="of another kind or class than was wanted")
    problem = models.JSONField[dict[str, Any] | None, dict[str, Any] | None](null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation_import", "ordinal"], name="import_item_once"),
            models.CheckConstraint(
                condition=Q(state=ImportItemState.REFUSED, problem__isnull=False)
                | Q(state__in=(ImportItemState.TAKEN, ImportItemState.UNCHANGED), problem=None, asset__isnull=False),
                name="import_item_taken_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class PreLabelQuerySet(models.QuerySet["PreLabel"]):
    def offered_in(self, job: LabelingJob) -> Self:
        """Return the pre-labels that can be shown in a job: of its type, and of it alone or of its whole project."""
        return self.filter(
            Q(job=job) | Q(job=None), project=job.ontology.project_id, annotation_type=job.annotation_type
        )


class PreLabel(models.Model):
    """What a model, or somebody elsewhere, says of an asset; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="prelabels")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="prelabels", null=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="prelabels")
    annotation_import = models.ForeignKey(
        AnnotationImport, on_delete=models.PROTECT, related_name="prelabels", null=True
    )
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    annotation_type = models.CharField(max_length=32, choices=AnnotationTypeName)
    schema_version = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200, help_text="model or people that made it")
    version = models.CharField(max_length=200, blank=True)
    score = models.FloatField(null=True, help_text="how sure the source is, as it says")
    annotations = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]()
    n_annotations = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PreLabelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("project"),
                F("job"),
                F("asset"),
                F("annotation_type"),
                F("source"),
                F("version"),
                condition=Q(job__isnull=False),
                name="prelabel_of_job_once",
            ),
            models.UniqueConstraint(
                F("project"),
                F("asset"),
                F("annotation_type"),
                F("source"),
                F("version"),
                condition=Q(job__isnull=True),
                name="prelabel_of_project_once",
            ),
            models.CheckConstraint(
                condition=Q(annotation_type__in=AnnotationTypeName.values), name="prelabel_type_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.asset_id}"
