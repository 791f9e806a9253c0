"""What a job's answers are expected to take, and what that rests on."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from labeling.models import LabelingJob
from labeling.services import Pace
from pricing.core.effort import (
    EFFORT_RATES,
    NO_LEVEL,
    EffortBelief,
    EffortEstimate,
    JobLevel,
    Scene,
    UnitsBelief,
    UnitsSource,
    Work,
    estimate,
    level_of,
    prior_of,
)
from pricing.core.effort.complexity import REFERENCE_SCALE, ComplexityScale
from pricing.core.effort.scenes import USUAL_VERTICES
from pricing.models import EffortModel, Quote
from pricing.services.effort.evidence import ontology_asks, read_evidence
from pricing.services.effort.images import ImageComplexity, image_complexity
from pricing.services.effort.units import units_of

# Of the job's own answers so many are looked at, the first; and as many objects count as the usual number of points.
OWN_ANSWERS = 2_000
USUAL_COUNTS = 20.0


@dataclass(frozen=True)
class JobEffort:
    """The seconds of a job's answers.

    Attributes
    ----------
    version : of the effort model; 0 where there is none, and all is as published.
    scene : a whole asset of the job.
    level : of the job's own answers so far.
    images : how complex they are; None of what is as it was quoted.
    """

    model_id: UUID | None
    version: int
    belief: EffortBelief
    scene: Scene
    level: JobLevel = NO_LEVEL
    images: ImageComplexity | None = None

    def answer(self, *, units: Decimal | None = None, work: Work = Work.FROM_NOTHING) -> EffortEstimate:
        """Return what an answer takes, of a whole asset or of a part with so many objects."""
        scene = replace(self.scene, units=self.scene.units if units is None else units, work=work)
        return estimate(self.belief, scene, level=self.level)

    @property
    def from_nothing(self) -> EffortEstimate:
        """Return what an answer about a whole asset takes."""
        return self.answer()

    @property
    def aided(self) -> EffortEstimate:
        """Return what it takes where a pre-label is shown."""
        return self.answer(work=Work.AIDED)

    @property
    def review(self) -> EffortEstimate:
        """Return what checking an answer takes."""
        return self.answer(work=Work.REVIEW)

    @property
    def at_median(self) -> "JobEffort":
        """Return the effort as if the images were of median complexity."""
        return replace(self, scene=replace(self.scene, kappa=Decimal(1)))

    @property
    def per_asset_s(self) -> Decimal:
        """Return the seconds of an asset in which nothing is."""
        return self.answer(units=Decimal(0)).p50_s

    @property
    def per_unit_s(self) -> Decimal:
        """Return the seconds that each object adds."""
        return self.answer(units=Decimal(1)).p50_s - self.per_asset_s

    @property
    def pace(self) -> Pace:
        """Return both, as splitting weighs assets with."""
        return Pace(per_asset_s=float(self.per_asset_s), per_unit_s=float(self.per_unit_s))

    @property
    def stated(self) -> dict[str, Any]:
        """Return all that it rests on, as a quote keeps it; `effort_as_quoted` reads it."""
        return {
            "model": None if self.model_id is None else str(self.model_id),
            "version": self.version,
            "units": str(self.scene.units),
            "units_source": self.scene.units_source,
            "attributes": str(self.scene.attributes),
            "vertices": None if self.scene.vertices is None else str(self.scene.vertices),
            "kappa": str(self.scene.kappa),
            "kappa_source": self.scene.kappa_source,
            "level": None if self.level is NO_LEVEL else vars(self.level),
        }


def effort_of(job: LabelingJob) -> JobEffort:
    """Return what the job's answers take as far as is known today."""
    kind = job.annotation_type
    model = EffortModel.objects.filter(annotation_type=kind).order_by("-version").first()
    belief = prior_of(kind) if model is None else model.belief
    scale = REFERENCE_SCALE if model is None else model.complexity_scale
    said = ontology_asks(job.ontology)
    images = image_complexity(job.snapshot, scale=scale, elasticity=belief.elasticity)
    units = units_of(job) if EFFORT_RATES[kind].per_unit_s else UnitsBelief(job.units_per_asset, UnitsSource.REQUESTER)
    level, vertices = _own(job, belief, scale)
    if vertices is None and kind in USUAL_VERTICES:
        vertices = said.joints
    return JobEffort(
        model_id=None if model is None else model.pk,
        version=0 if model is None else model.version,
        belief=belief,
        scene=Scene(
            annotation_type=kind,
            units=_short(units.mean),
            attributes=_short(said.attributes),
            vertices=None if vertices is None else _short(vertices),
            kappa=images.factor,
            units_source=units.words,
            kappa_source=f"images ({images.n_measured})",
        ),
        level=level,
        images=images,
    )


def effort_as_quoted(job: LabelingJob) -> JobEffort:
    """Return what the job's answers take as it was quoted, whatever was learnt since; of a job never quoted, today."""
    quote = Quote.objects.in_force(job)
    stated = None if quote is None else quote.assumptions.get("effort_basis")
    if stated is None:
        return effort_of(job)
    model = None if stated["model"] is None else EffortModel.objects.get(pk=stated["model"])
    return JobEffort(
        model_id=None if model is None else model.pk,
        version=stated["version"],
        belief=prior_of(job.annotation_type) if model is None else model.belief,
        scene=Scene(
            annotation_type=job.annotation_type,
            units=Decimal(stated["units"]),
            attributes=Decimal(stated["attributes"]),
            vertices=None if stated["vertices"] is None else Decimal(stated["vertices"]),
            kappa=Decimal(stated["kappa"]),
            units_source=stated["units_source"],
            kappa_source=stated["kappa_source"],
        ),
        level=NO_LEVEL if stated["level"] is None else JobLevel(**stated["level"]),
    )


def _own(job: LabelingJob, belief: EffortBelief, scale: ComplexityScale) -> tuple[JobLevel, float | None]:
    """Return what the job's own answers say: their level, and the points of an object where they were drawn."""
    if job.opened_at is None:
        return NO_LEVEL, None
    timings = read_evidence(
        job.annotation_type, [job], scale=scale, most_of_a_job=OWN_ANSWERS, most=OWN_ANSWERS
    ).timings
    level = level_of(belief, timings.features, log_s=timings.log_s, worker=timings.worker)
    usual = USUAL_VERTICES.get(job.annotation_type)
    n_units = float(timings.features.units.sum())
    if usual is None or not n_units:
        return level, None
    n_points = float((timings.features.units * usual * np.exp(timings.features.log_vertices)).sum())
    return level, (n_points + usual * USUAL_COUNTS) / (n_units + USUAL_COUNTS)


def _short(number: float) -> Decimal:
    """Return a number as it was stated, or to four places."""
    text = str(float(number))
    return Decimal(text) if len(text) <= 6 else Decimal(f"{number:.4f}")
