"""Batch runs over all answers of a job: skills while it runs, final labels when it has ended."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

import marketplace
from labeling.models import Answer, LabelingJob, RetiredReason, Task, TaskState
from marketplace.operations.adapters import database_now
from quality.models import ConsensusLabel, ConsensusRun, GoldState, JobModel, LabelState, RunSkill, WorkerSkill
from quality.services.abilities import earlier_records
from quality.services.aggregation import AGGREGATORS, Conclusion, Fit, Recipe
from quality.services.belief import rule_of, update_belief
from quality.services.reading import JobAnswers, terms_of
from quality.services.reviewers import store_reviewers, with_reviews
from quality.services.reviews import draw_reviews
from quality.services.routing import route_further_answers
from quality.signals import labels_finalised

CHUNK = 1_000
TARGET_CONFIDENCE = "target_confidence"


def refit_skills(job_id: UUID, *, asked_at: datetime | None = None) -> None:
    """Estimate all skills anew, then retire the open tasks that they leave in no doubt.

    Not where an estimate was begun after `asked_at`: one answers all that asked before it.
    """
    if asked_at is not None and JobModel.objects.filter(pk=job_id, fitted_at__gt=asked_at).exists():
        return
    job = LabelingJob.objects.select_related("ontology").get(pk=job_id)
    begun_at = database_now()
    fit, reviewers = with_reviews(job, fit_job(job))
    store_skills(job, fit, begun_at=begun_at)
    store_reviewers(job, reviewers, begun_at=begun_at)
    sure = [task_id for task_id, found in fit.conclusions.items() if found.confidence >= job.target_confidence]
    answered = Task.objects.annotations().filter(
        job=job, state=TaskState.OPEN, n_counted__gte=job.min_overlap, n_taken=F("n_counted")
    )
    for task_id in answered.filter(pk__in=sure).order_by("pk").values_list("pk", flat=True):
        update_belief(task_id)
    draw_reviews(job, fit.conclusions, at_the_end=False)
    route_further_answers(job, fit)


def fit_job(job: LabelingJob, *, recipe: Recipe | None = None) -> Fit:
    """Estimate skills from all counted answers and those to gold, and conclude every answered task but gold."""
    return AGGREGATORS[job.annotation_type].fit(
        JobAnswers(job.pk),
        terms=terms_of(job.ontology),
        rule=rule_of(job),
        earlier=earlier_records(job),
        recipe=recipe,
    )


@transaction.atomic
def store_skills(job: LabelingJob, fit: Fit, *, begun_at: datetime) -> None:
    """Keep what a fit, begun at that time, found out about the crowd and its workers."""
    JobModel.objects.update_or_create(pk=job.pk, defaults={"parameters": fit.crowd, "fitted_at": begun_at})
    skills = [
        WorkerSkill(job=job, worker_id=worker_id, parameters=parameters, fitted_at=begun_at)
        for worker_id, parameters in sorted(fit.workers.items())
    ]
    WorkerSkill.objects.bulk_create(
        skills,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["job", "worker"],
        update_fields=["parameters", "fitted_at"],
    )


@transaction.atomic
def finalise_labels(job_id: UUID) -> None:
    """Conclude every answered task of a job that has ended, as a new consensus run."""
    job = LabelingJob.objects.select_for_update(no_key=True, of=("self",)).select_related("ontology").get(pk=job_id)
    if job.opened_at is None:  # a draft that was given up has nothing to conclude
        return
    run = keep_run(job, fit_job(job))
    job.consensus_runs.filter(is_current=True).update(is_current=False)
    ConsensusRun.objects.filter(pk=run.pk).update(is_current=True)
    data = {"run": str(run.pk), "number": run.number, "n_labels": run.labels.count()}
    labels_finalised.send(sender=None, job_id=job.pk, data=data, deltas={})


def keep_run(
    job: LabelingJob, fit: Fit, *, asked: Mapping[str, Any] | None = None, requested_by_id: UUID | None = None
) -> ConsensusRun:
    """Write down a run over a job that the caller holds locked: its labels, and the skills behind them.

    Parameters
    ----------
    asked : the method and parameters that somebody asked for.
    """
    parameters = dict(asked["parameters"]) if asked else {}
    fit, reviewers = with_reviews(job, fit)
    target = parameters.get(TARGET_CONFIDENCE, job.target_confidence)
    known = _known_labels(job)
    answer_ids = Answer.objects.filter(job=job, counted=True).order_by("id").values_list("id", flat=True)
    seen = hashlib.sha256()
    n_answers = 0
    for answer_id in answer_ids.iterator(chunk_size=CHUNK):
        seen.update(answer_id.bytes)
        n_answers += 1
    run = ConsensusRun.objects.create(
        job=job,
        number=(job.consensus_runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        method=fit.method,
        parameters={
            "crowd": fit.crowd,
            "n_iter": fit.n_iter,
            "target_confidence": target,
            "calibration": fit.calibration,
            "n_gold": len(known),
            "n_reviews": sum(n for n, _ in reviewers.values()),
            **({"asked": asked} if asked else {}),
        },
        code_version=marketplace.__version__,
        n_answers=n_answers,
        input_sha256=seen.hexdigest(),
        converged=fit.converged,
        requested_by_id=requested_by_id,
    )
    RunSkill.objects.bulk_create(
        [
            RunSkill(run=run, worker_id=worker_id, parameters=parameters)
            for worker_id, parameters in sorted(fit.workers.items())
        ],
        batch_size=CHUNK,
    )
    ConsensusLabel.objects.bulk_create(_labels(run, job, {**fit.conclusions, **known}, target), batch_size=CHUNK)
    return run


def _labels(
    run: ConsensusRun, job: LabelingJob, conclusions: Mapping[UUID, Conclusion], target: float
) -> list[ConsensusLabel]:
    retired_disputed = job.tasks.filter(retired_reason=RetiredReason.DISPUTED)
    given_up = set(retired_disputed.values_list("pk", flat=True)) if job.least_gain else set()
    disputed_gold = set(job.gold.filter(state=GoldState.DISPUTED).values_list("task_id", flat=True))
    return [
        ConsensusLabel(
            run=run,
            task_id=task_id,
            state=LabelState.DISPUTED
            if task_id in disputed_gold
            else _state(conclusion, job, target=target, given_up=task_id in given_up or conclusion.n_reviews > 0),
            confidence=conclusion.confidence,
            p_correct=conclusion.p_correct,
            value=conclusion.value,
            n_answers=conclusion.n_answers,
            n_reviews=conclusion.n_reviews,
        )
        for task_id, conclusion in conclusions.items()
    ]


def _known_labels(job: LabelingJob) -> dict[UUID, Conclusion]:
    """Return what is known of the job's gold, task by task."""
    known = job.gold.believed().filter(task__isnull=False).values_list("task_id", "truth")
    aggregator, terms = AGGREGATORS[job.annotation_type], terms_of(job.ontology)
    return {task_id: aggregator.known(truth, terms=terms) for task_id, truth in known}


def _state(conclusion: Conclusion, job: LabelingJob, *, target: float, given_up: bool) -> LabelState:
    """Final at the target confidence; disputed when no answer is left or worth its pay without it, or classes tie."""
    if conclusion.undecided:
        return LabelState.DISPUTED
    if conclusion.confidence >= target:
        return LabelState.FINAL
    return LabelState.DISPUTED if given_up or conclusion.n_answers >= job.max_overlap else LabelState.PROVISIONAL
