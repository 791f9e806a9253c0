"""Models that requesters run themselves: where they are reached, how they fare, and what was asked of them."""

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Now

from labeling.models.datasets import Asset, AssetQuerySet, Dataset
from labeling.models.imports import ImportItemState, PreLabel
from labeling.models.jobs import LabelingJob
from labeling.models.projects import SEES_WORK, AnnotationTypeName, OntologyVersion, Project
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, User
from marketplace.operations.models import Operation

# Failures one after the other that open the circuit, and how long it then stays open.
MAX_FAILURES = 5
REST = timedelta(seconds=60)


class Circuit(models.TextChoices):
    """Whether a backend is called."""

    CLOSED = "closed", "it is called"
    OPEN = "open", "it failed too often and is left alone for a while"
    HALF_OPEN = "half_open", "the next call is a probe"


class ModelBackendQuerySet(models.QuerySet["ModelBackend"]):
    def visible_to(self, user: User) -> Self:
        """Return the backends of the organizations in which the user orders, manages or reviews."""
        return self.filter(project__organization__in=Organization.objects.with_role(user, *SEES_WORK))

    def with_circuit(self) -> Self:
        """Tell of each, by the database's clock, whether it is called."""
        return self.annotate(
            circuit=Case(
                When(rests_until=None, then=Value(Circuit.CLOSED)),
                When(rests_until__gt=Now(), then=Value(Circuit.OPEN)),
                default=Value(Circuit.HALF_OPEN),
            )
        )

    def begin_probe(self) -> bool:
        """Return whether this call is the probe after a rest; until it has told how it went nobody else calls."""
        return bool(self.filter(rests_until__lte=Now()).update(rests_until=Now() + REST))

    def note_success(self) -> None:
        """Close the circuit."""
        self.exclude(n_failures=0, rests_until=None).update(n_failures=0, rests_until=None)

    def note_failure(self, problem: dict[str, Any]) -> None:
        """Count a failure, and open the circuit after too many."""
        rests_until = Case(When(n_failures__gte=MAX_FAILURES - 1, then=Now() + REST), default=F("rests_until"))
        self.update(n_failures=F("n_failures") + 1, rests_until=rests_until, last_problem=problem, failed_at=Now())


class ModelBackend(models.Model):
    """A server that speaks the protocol of Label Studio's ML backends."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="model_backends")
    name = models.CharField(max_length=200, help_text="the source of the pre-labels that it makes")
    url = models.CharField(max_length=500)
    token_name = models.CharField(max_length=64, blank=True, help_text="of a token that the deployment holds")
    enabled = models.BooleanField(default=True)
    n_failures = models.PositiveIntegerField(default=0, help_text="one after the other")
    rests_until = models.DateTimeField(null=True, help_text="not called before; then once, to see")
    failed_at = models.DateTimeField(null=True)
    last_problem = models.JSONField[dict[str, Any] | None, dict[str, Any] | None](null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    circuit: str  # of rows that came `with_circuit`

    objects = ModelBackendQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="model_backend_name_once")]

    def __str__(self) -> str:
        return self.name


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def visible_to(self, user: User) -> Self:
        """Return the predictions of the organizations in which the user orders, manages or reviews."""
        return self.filter(backend__in=ModelBackend.objects.visible_to(user))


class Prediction(models.Model):
    """A backend going through the assets of a dataset or a job; its operation says how far it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    backend = models.ForeignKey(ModelBackend, on_delete=models.PROTECT, related_name="predictions")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="+", null=True)
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    annotation_type = models.CharField(max_length=32, choices=AnnotationTypeName)
    class_map = models.JSONField[dict[str, str | None], dict[str, str | None]](default=dict)
    only_missing = models.BooleanField(help_text="leave out what the backend has spoken of before")
    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, related_name="prediction")
    n_assets = models.PositiveIntegerField(help_text="to be asked about")
    last_asset_id = models.UUIDField(null=True, help_text="the last that was dealt with, in the order of ids")
    n_taken = models.PositiveIntegerField(default=0)
    n_unchanged = models.PositiveIntegerField(default=0)
    n_refused = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(annotation_type__in=AnnotationTypeName.values), name="prediction_type_known"
            )
        ]

    def __str__(self) -> str:
        return f"prediction {self.pk} by {self.backend_id}"

    @property
    def n_items(self) -> int:
        """Return how many assets have been dealt with."""
        return self.n_taken + self.n_unchanged + self.n_refused

    def assets(self) -> AssetQuerySet:
        """Return what the backend is to be asked about."""
        within = Asset.objects.filter(dataset=self.dataset_id).present()
        if self.job is None:
            within = within.to_be_labeled()
        else:
            within = within.filter(pk__in=self.job.snapshot.members.values("asset"))
        if self.only_missing:
            spoken = PreLabel.objects.filter(
                project=self.backend.project_id,
                job=self.job_id,
                annotation_type=self.annotation_type,
                source=self.backend.name,
            )
            within = within.filter(~Exists(spoken.filter(asset=OuterRef("pk"))))
        return within


class PredictionItem(models.Model):
    """What became of one asset."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prediction = models.ForeignKey(Prediction, on_delete=models.PROTECT, related_name="items", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=ImportItemState)
    version = models.CharField(max_length=200, blank=True)
    score = models.FloatField(null=True)
    n_annotations = models.PositiveIntegerField(default=0)
    n_left_out = models.PositiveIntegerField(default=0, help_text="of another kind or class than was wanted")
    problem = models.JSONField[dict[str, Any] | None, dict[str, Any] | None](null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prediction", "asset"], name="prediction_item_once"),
            models.CheckConstraint(
                condition=Q(state=ImportItemState.REFUSED, problem__isnull=False)
                | Q(state__in=(ImportItemState.TAKEN, ImportItemState.UNCHANGED), problem=None),
                name="prediction_item_taken_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}: {self.state}"
