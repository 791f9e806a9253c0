"""Why a label is what it is: votes, their weights, the rule that stopped buying them, and what happened when.

Told from stored rows alone. Weights are those of the skills that the run found; a run of a method that keeps none has
no weights to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from labeling.models import Answer, Assignment, JobWorker, LabelingJob, RetiredReason, Task
from quality.core.terms import Terms
from quality.models import AuditItem, ConsensusLabel, ConsensusRun, LabelState, TaskBelief
from quality.services.explaining import EXPLAINERS, Skills, Vote
from quality.services.explaining_reviews import explain_reviews
from quality.services.reading import answers_of_task, terms_of

Json = dict[str, Any]

MAX_EVENTS = 500


@dataclass(frozen=True)
class _Told:
    """Something that happened to the task."""

    at: datetime
    event: str
    data: Json


def explain_label(task_id: UUID, *, run: ConsensusRun) -> Json:
    """Return what the run concluded of the task and all that led to it."""
    task = Task.objects.select_related("asset", "job__ontology", "job__guideline").get(pk=task_id)
    label = ConsensusLabel.objects.filter(run=run, task=task).first()
    versions = ("assignment__ontology", "assignment__guideline")
    answers = list(Answer.objects.filter(task=task).order_by("id").select_related("payload", *versions))
    pseudonyms = _pseudonyms(task, answers)
    votes, objects = _weighed(task, label, run)
    return {
        "task": str(task.pk),
        "external_id": task.asset.external_id,
        "label": None if label is None else _label(label),
        "reason": _reason(task, label),
        "run": _run(run),
        "rule": _rule(task),
        "versions": {
            "ontology": {"id": str(task.job.ontology_id), "number": task.job.ontology.number},
            "guideline": {"id": str(task.job.guideline_id), "number": task.job.guideline.number},
        },
        "votes": [_vote(answer, pseudonyms, votes.get(answer.worker_id)) for answer in answers],
        "objects": None if objects is None else [each.to_json(pseudonyms) for each in objects],
        "reviews": explain_reviews(task, label, pseudonyms),
        "events": _events(task, run, answers, pseudonyms),
    }


def _weighed(task: Task, label: ConsensusLabel | None, run: ConsensusRun) -> tuple[dict[UUID, Vote], Any]:
    """Return each counted worker's vote, and the objects where the type has any."""
    if label is None:
        return {}, None
    given = answers_of_task(task)
    skills = skills_of_run(run, [answer.worker_id for answer in given.answers], terms=terms_of(task.job.ontology))
    return ({}, None) if skills is None else EXPLAINERS[task.job.annotation_type](given, label.value, skills)


def skills_of_run(run: ConsensusRun, worker_ids: Sequence[UUID], *, terms: Terms) -> Skills | None:
    """Return what a run learned of the crowd and of these workers, None where its method keeps no such thing."""
    crowd = run.parameters.get("crowd") or {}
    stored = dict(run.skills.filter(worker__in=worker_ids).values_list("worker_id", "parameters"))
    return Skills(terms=terms, crowd=crowd, workers=stored) if crowd else None


def _pseudonyms(task: Task, answers: Sequence[Answer]) -> dict[UUID, str]:
    """Return the job's pseudonyms of all who had the task, or a check of it."""
    held = Assignment.objects.filter(Q(task=task) | Q(task__parent_task=task)).values("worker")
    places = JobWorker.objects.filter(job=task.job_id, worker__in=held)
    return dict(places.values_list("worker_id", "pseudonym"))


def _label(label: ConsensusLabel) -> Json:
    return {
        "id": str(label.pk),
        "state": label.state,
        "confidence": label.confidence,
        "p_correct": label.p_correct,
        "value": label.value,
        "n_answers": label.n_answers,
        "n_reviews": label.n_reviews,
    }


def _reason(task: Task, label: ConsensusLabel | None) -> str:
    """Return which clause of the rule gave the label its state."""
    if label is None:
        return "no_answers"
    if task.is_gold and label.state != LabelState.PROVISIONAL:
        return "known_answer" if label.state == LabelState.FINAL and not label.n_answers else "gold_disputed"
    if label.n_reviews:
        return "reviewed" if label.state == LabelState.FINAL else "reviews_disagree"
    if label.state == LabelState.FINAL:
        return "confidence_reached"
    if label.state == LabelState.PROVISIONAL:
        return "below_target"
    return "tie" if "class" in label.value and label.value["class"] is None else "answers_spent"


def _run(run: ConsensusRun) -> Json:
    return {
        "id": str(run.pk),
        "number": run.number,
        "method": run.method,
        "code_version": run.code_version,
        "converged": run.converged,
        "n_answers": run.n_answers,
        "input_sha256": run.input_sha256,
        "created_at": run.created_at,
    }


def _rule(task: Task) -> Json:
    job: LabelingJob = task.job
    belief = TaskBelief.objects.filter(pk=task.pk).first()
    return {
        "target_confidence": job.target_confidence,
        "min_overlap": job.min_overlap,
        "max_overlap": task.max_overlap,
        "wanted_overlap": task.wanted_overlap,
        "n_counted": task.n_counted,
        # First the least number of answers, then one more at a time.
        "n_rounds": 1 + max(0, task.wanted_overlap - job.min_overlap),
        "state": task.state,
        "retired_reason": task.retired_reason,
        "retired_at": task.retired_at,
        "last_belief": belief and {"confidence": belief.confidence, "n_answers": belief.n_answers},
    }


def _vote(answer: Answer, pseudonyms: dict[UUID, str], vote: Vote | None) -> Json:
    assignment = answer.assignment
    return {
        "answer": str(answer.pk),
        "worker": pseudonyms.get(answer.worker_id),
        "annotations": answer.payload.annotations,
        "counted": answer.counted,
        "uncounted_reason": answer.uncounted_reason,
        "submitted_at": answer.submitted_at,
        "active_ms": answer.active_ms,
        "ontology": assignment.ontology.number,
        "guideline": assignment.guideline.number,
        "weight": vote and vote.to_json(),
    }


def _events(task: Task, run: ConsensusRun, answers: Sequence[Answer], pseudonyms: dict[UUID, str]) -> list[Json]:
    """Return what happened, first things first; the earliest where there is too much."""
    told = [_Told(task.created_at, "task_opened", {})]
    held = Assignment.objects.filter(task=task).order_by("id")[:MAX_EVENTS]
    told += [
        _Told(each.leased_at, "leased", {"worker": pseudonyms.get(each.worker_id), "became": each.state})
        for each in held
    ]
    told += [
        _Told(
            each.submitted_at,
            "answered",
            {"worker": pseudonyms.get(each.worker_id), "answer": str(each.pk), "counted": each.counted},
        )
        for each in answers
    ]
    if task.retired_reason != RetiredReason.NONE and task.retired_at is not None:
        told.append(_Told(task.retired_at, "retired", {"reason": task.retired_reason}))
    checks = task.children.order_by("id").values_list("created_at", "kind", "pk")
    told += [_Told(at, "review_asked", {"kind": kind, "review": str(pk)}) for at, kind, pk in checks]
    told.append(_Told(run.created_at, "concluded", {"run": str(run.pk), "number": run.number}))
    checked = AuditItem.objects.filter(label__run=run, label__task=task, verdict__isnull=False)
    told += [
        _Told(at, "audited", {"audit": str(audit_id), "verdict": verdict})
        for audit_id, verdict, at in checked.values_list("audit_id", "verdict", "decided_at")
        if at is not None
    ]
    in_order = sorted(told, key=lambda each: each.at)
    return [{"at": each.at, "event": each.event, "data": each.data} for each in in_order[:MAX_EVENTS]]
