"""Refitting what is believed of each type of annotation to what was measured since."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from labeling.models import AnnotationTypeName, LabelingJob, Purpose
from pricing.core.effort import PARAMETERS, EffortBelief
from pricing.core.effort.complexity import LEAST_IMAGES, N_CUTS, REFERENCE_SCALE, WEIGHTS, ComplexityScale
from pricing.core.effort.fitting import fit
from pricing.models import EffortModel
from pricing.services.effort.evidence import read_evidence

CODE_VERSION = "1"
WINDOW = timedelta(days=365)
MOST_JOBS, MOST_ANSWERS, MOST_OF_A_JOB = 400, 200_000, 5_000
# Of so many images at most the ranks of complexity are read off.
SAMPLED_IMAGES = 20_000


def current_models() -> dict[str, EffortModel]:
    """Return the latest model of each type that has one."""
    latest = EffortModel.objects.order_by("annotation_type", "-version").distinct("annotation_type")
    return {model.annotation_type: model for model in latest}


def refit_all(*, now: datetime) -> list[EffortModel]:
    """Refit every type of which there are other timed answers than at its last fit; return the new versions."""
    return [model for kind in AnnotationTypeName.values if (model := refit(kind, now=now)) is not None]


def refit(annotation_type: str, *, now: datetime) -> EffortModel | None:
    """Fit a type anew and keep it as a version; None where nothing was measured, or nothing since. Safe to repeat."""
    since = now - WINDOW
    before = EffortModel.objects.filter(annotation_type=annotation_type).order_by("-version").first()
    scale = measured_scale()
    evidence = read_evidence(
        annotation_type,
        _jobs(annotation_type, since),
        scale=scale,
        most_of_a_job=MOST_OF_A_JOB,
        most=MOST_ANSWERS,
    )
    if not len(evidence.timings.log_s):
        return None
    if before is not None and (before.evidence_sha256, before.code_version) == (evidence.digest, CODE_VERSION):
        return None
    model = _model(fit(evidence.timings), scale)
    model.version = 1 if before is None else before.version + 1
    model.evidence_sha256 = evidence.digest
    model.window_from, model.window_to, model.fitted_at = since, now, now
    try:
        with transaction.atomic():
            model.save(force_insert=True)
    except IntegrityError:  # somebody else was faster
        return None
    return model


def measured_scale() -> ComplexityScale:
    """Return where twentieths of the images here divide, or of the reference while there are few."""
    columns = ", ".join(f"percentile_cont(%s) WITHIN GROUP (ORDER BY {name})" for name in WEIGHTS)
    shares = [i / (N_CUTS + 1) for i in range(1, N_CUTS + 1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'labeling_assetfeatures'::regclass")
        share = min(100.0, 100.0 * SAMPLED_IMAGES / max(cursor.fetchone()[0], 1.0))
        cursor.execute(
            f"""SELECT count(*), {columns} FROM (
                    SELECT {", ".join(WEIGHTS)} FROM labeling_assetfeatures
                    TABLESAMPLE SYSTEM (%s) REPEATABLE (0) LIMIT %s
                ) sampled""",  # noqa: S608 -- the names are ours
            [*([shares] * len(WEIGHTS)), share, SAMPLED_IMAGES],
        )
        n_images, *cuts = cursor.fetchone()
    if n_images < LEAST_IMAGES:
        return REFERENCE_SCALE
    return ComplexityScale(dict(zip(WEIGHTS, map(tuple, cuts), strict=True)), n_images)


def _jobs(annotation_type: str, since: datetime) -> Iterator[LabelingJob]:
    """Yield the jobs whose answers are looked at, the latest first; not those in which workers learn."""
    begun = LabelingJob.objects.filter(annotation_type=annotation_type, purpose=Purpose.WORK, opened_at__gte=since)
    yield from begun.order_by("-opened_at", "-pk")[:MOST_JOBS]


def _model(belief: EffortBelief, scale: ComplexityScale) -> EffortModel:
    return EffortModel(
        annotation_type=belief.annotation_type,
        mean=dict(zip(PARAMETERS, map(float, belief.mean), strict=True)),
        covariance=belief.covariance.tolist(),
        answer_sd=belief.answer_sd,
        worker_sd=belief.worker_sd,
        job_sd=belief.job_sd,
        n_answers=belief.n_answers,
        n_workers=belief.n_workers,
        n_jobs=belief.n_jobs,
        scale={"cuts": {name: list(cuts) for name, cuts in scale.cuts.items()}, "n_images": scale.n_images},
        code_version=CODE_VERSION,
    )
