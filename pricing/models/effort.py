"""Effort models: what was measured of each type of annotation, version after version; immutable."""

from typing import Any

import numpy as np
from django.db import models
from django.db.models import Q

from labeling.models import AnnotationTypeName, Snapshot
from marketplace.accounts.core.ids import new_id
from pricing.core.effort import PARAMETERS, EffortBelief
from pricing.core.effort.complexity import ComplexityScale


class EffortModel(models.Model):
    """What answers of a type take, as fitted at one time; append-only (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotation_type = models.CharField(max_length=32, choices=AnnotationTypeName)
    version = models.PositiveIntegerField()
    mean = models.JSONField[dict[str, float], dict[str, float]](help_text="coefficients by name")
    covariance = models.JSONField[list[list[float]], list[list[float]]](help_text="in the order of the names")
    answer_sd = models.FloatField(help_text="of log seconds, of one worker's answers")
    worker_sd = models.FloatField(help_text="between workers")
    job_sd = models.FloatField(help_text="between jobs")
    n_answers = models.PositiveIntegerField()
    n_workers = models.PositiveIntegerField()
    n_jobs = models.PositiveIntegerField()
    scale = models.JSONField[dict[str, Any], dict[str, Any]](help_text="by which the complexity of images was ranked")
    window_from = models.DateTimeField(help_text="jobs opened from here on were looked at")
    window_to = models.DateTimeField()
    evidence_sha256 = models.CharField(max_length=64, help_text="of the answers that it was fitted to")
    code_version = models.CharField(max_length=16)
    fitted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation_type", "version"], name="effort_model_version_once"),
            models.CheckConstraint(
                condition=Q(annotation_type__in=AnnotationTypeName.values), name="effort_model_type_known"
            ),
            models.CheckConstraint(
                condition=Q(answer_sd__gt=0, worker_sd__gt=0, job_sd__gt=0), name="effort_model_spreads"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_type} {self.version}"

    @property
    def belief(self) -> EffortBelief:
        """Return what it says."""
        return EffortBelief(
            annotation_type=self.annotation_type,
            mean=np.array([self.mean[name] for name in PARAMETERS]),
            covariance=np.array(self.covariance),
            answer_sd=self.answer_sd,
            worker_sd=self.worker_sd,
            job_sd=self.job_sd,
            n_answers=self.n_answers,
            n_workers=self.n_workers,
            n_jobs=self.n_jobs,
        )

    @property
    def complexity_scale(self) -> ComplexityScale:
        """Return how images were ranked."""
        return ComplexityScale({name: tuple(cuts) for name, cuts in self.scale["cuts"].items()}, self.scale["n_images"])


class SnapshotComplexity(models.Model):
    """How many images of a snapshot are how complex on a scale; neither changes, so it is counted once."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="+")
    scale_sha256 = models.CharField(max_length=64)
    histogram = models.JSONField[list[int], list[int]](help_text="images in each hundredth of complexity")

    class Meta:
        verbose_name_plural = "snapshot complexities"
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "scale_sha256"], name="snapshot_complexity_once"),
        ]

    def __str__(self) -> str:
        return f"complexity of {self.snapshot_id}"
