"""Looking through a job's answers for careless and dishonest work: what is found is put before a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from labeling.models import Answer, LabelingJob, TaskKind
from quality.core.labels import LabelMatrix
from quality.core.signals.findings import Signal
from quality.core.signals.screen import Suspicion, Times, screen
from quality.models import Finding, FindingKind, FindingState, JobModel, JobScreening
from quality.services.aggregation import AGGREGATORS
from quality.signals import finding_opened

# Looks come when answers have grown by half, so a million answers get about 25, each at the latest 20,000 at most.
MIN_ANSWERS = 100
GROWTH = 1.5
MAX_ANSWERS = 20_000
# What was dismissed is put before a person again only with twice the answers and a tenth of the chance.
AGAIN_ANSWERS = 2
AGAIN_P = 0.1


@dataclass(frozen=True)
class _Row:
    """A counted answer; `seconds` is what the client measured, at most what passed since the lease."""

    task_id: UUID
    worker_id: UUID
    seconds: float
    annotations: list[dict[str, Any]]


@transaction.atomic
def screen_job(job_id: UUID) -> None:
    """Look through the answers if they have grown enough or the job has ended, and open findings; safe to repeat."""
    JobScreening.objects.bulk_create([JobScreening(job_id=job_id)], ignore_conflicts=True)
    looks = JobScreening.objects.select_for_update(no_key=True).get(pk=job_id)
    job = LabelingJob.objects.select_related("ontology").get(pk=job_id)
    n_seen = JobModel.objects.filter(pk=job_id).values_list("n_seen", flat=True).first() or 0
    wanted = looks.n_answers + 1 if job.closed_at else GROWTH * looks.n_answers
    if n_seen < max(wanted, MIN_ANSWERS):
        return
    looks.n_looks, looks.n_answers = looks.n_looks + 1, n_seen
    looks.save(update_fields=["n_looks", "n_answers"])
    rows = _latest(job_id)
    worker_ids = sorted({row.worker_id for row in rows})
    times, labels = _numbered(job, rows, worker_ids)
    for suspicion in screen(times, labels, look=looks.n_looks):
        for finding in _findings(job, suspicion, worker_ids, n_read=len(rows)):
            _open(finding)


def _latest(job_id: UUID) -> list[_Row]:
    rows = (
        Answer.objects.filter(job=job_id, counted=True, task__kind=TaskKind.ANNOTATE, task__is_gold=False)
        .order_by("-id")
        .values_list(
            "task_id", "worker_id", "active_ms", "submitted_at", "assignment__leased_at", "payload__annotations"
        )
    )
    found = []
    for task_id, worker_id, active_ms, submitted_at, leased_at, annotations in rows[:MAX_ANSWERS]:
        elapsed_s = max((submitted_at - leased_at).total_seconds(), 0.0)
        seconds = elapsed_s if active_ms is None else min(active_ms / 1000, elapsed_s)
        found.append(_Row(task_id=task_id, worker_id=worker_id, seconds=seconds, annotations=annotations))
    return found


def _numbered(job: LabelingJob, rows: list[_Row], worker_ids: list[UUID]) -> tuple[Times, LabelMatrix | None]:
    """Number tasks and workers; classes too where an answer is one class."""
    number_of_task = {task_id: number for number, task_id in enumerate(sorted({row.task_id for row in rows}))}
    number_of_worker = {worker_id: number for number, worker_id in enumerate(worker_ids)}
    task = np.array([number_of_task[row.task_id] for row in rows], dtype=np.int64)
    worker = np.array([number_of_worker[row.worker_id] for row in rows], dtype=np.int64)
    times = Times(task=task, worker=worker, seconds=np.array([row.seconds for row in rows]))
    if not AGGREGATORS[job.annotation_type].names_one_class:
        return times, None
    number_of_class = {name: number for number, name in enumerate(job.ontology.class_names)}
    label = np.array([number_of_class[row.annotations[0]["class"]] for row in rows], dtype=np.int64)
    sizes = {"n_tasks": len(number_of_task), "n_workers": len(worker_ids), "n_classes": len(number_of_class)}
    return times, LabelMatrix(task, worker, label, **sizes)


def _findings(job: LabelingJob, suspicion: Suspicion, worker_ids: list[UUID], *, n_read: int) -> Iterable[Finding]:
    """Yield one finding a worker: of a pair each is judged alone."""
    found = suspicion.finding
    evidence: dict[str, Any] = {
        **{name: round(value, 6) for name, value in found.evidence.items()},
        "q_value": found.q_value,
        "level": suspicion.level,
        "n_tested": suspicion.n_tested,
        "n_answers_read": n_read,
    }
    if found.signal == Signal.CONSTANT:
        evidence["label"] = job.ontology.class_names[int(found.evidence["label"])]
    members = [worker_ids[number] for number in found.workers]
    for worker_id in members:
        partner_id = next((other for other in members if other != worker_id), None)
        yield Finding(
            job=job,
            worker_id=worker_id,
            partner_id=partner_id,
            kind=FindingKind(found.signal.value),
            n_answers=found.n_answers,
            p_value=found.p_value,
            evidence=evidence,
        )


def _open(finding: Finding) -> None:
    """Keep a finding and say so, unless it is known, or was dismissed on evidence not much weaker."""
    same = Finding.objects.filter(
        job=finding.job, worker=finding.worker_id, partner=finding.partner_id, kind=finding.kind
    )
    last = same.order_by("-id").first()
    if last is not None:
        assert finding.p_value is not None  # noqa: S101 -- signals have one
        assert last.p_value is not None  # noqa: S101
        stronger = finding.n_answers >= AGAIN_ANSWERS * last.n_answers and finding.p_value <= AGAIN_P * last.p_value
        if last.state != FindingState.DISMISSED or not stronger:
            return
    finding.save(force_insert=True)
    data = {"finding": str(finding.pk), "kind": finding.kind}
    finding_opened.send(sender=None, job_id=finding.job_id, data=data, deltas={})
