"""The belief of one task, and what follows from it: one answer more, or none."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.models import LabelingJob, RetiredReason, Task, TaskState
from labeling.services import deserted_reviews, exhausted_tasks, is_exhausted, raise_overlap, reopen_task, retire_task
from quality.core.classes.two_views import REFIT_AT_LEAST, REFIT_GROWTH
from quality.core.gain import gain_of_belief
from quality.core.stopping import StoppingRule, Verdict, decide
from quality.models import JobModel, TaskBelief
from quality.services.aggregation import Conclusion
from quality.services.concluding import conclude_task
from quality.services.reviews import ask_for_check, latest_verdict, settle_review
from quality.signals import label_reviewed, refit_due

PRIORITIES = 10_000
# Tasks retired for these reasons are below the target: somebody else may look at them.
IN_DOUBT = (RetiredReason.DISPUTED, RetiredReason.SUPPLY)


@dataclass(frozen=True)
class _Held:
    """A locked task with its job."""

    task: Task
    job: LabelingJob


@transaction.atomic(savepoint=False)
def update_belief(task_id: UUID) -> None:
    """Believe what the answers so far say, and want one more answer or retire the task; safe to repeat.

    Nothing is believed of gold, whose answer is known, nor of checks.
    """
    if not Task.objects.annotations().filter(pk=task_id, is_gold=False).exists():
        return
    held, conclusion = _hold_concluded(task_id)
    task, job = held.task, held.job
    n_new = _store(held, conclusion)
    if task.state == TaskState.OPEN:
        _act(held, conclusion)
    if n_new:
        _note_seen(job, n_new)


@transaction.atomic(savepoint=False)
def weigh_review(review_id: UUID) -> None:
    """Believe what reviewers say of a task, and want another opinion, no more of them, or another answer.

    Safe to repeat.
    """
    parent_id = Task.objects.values_list("parent_task_id", flat=True).get(pk=review_id)
    held, conclusion = _hold_concluded(parent_id)
    # Older tasks are locked first, and a check is younger than what it checks.
    review = Task.objects.select_for_update(no_key=True).get(pk=review_id)
    known = TaskBelief.objects.filter(pk=parent_id).values_list("n_reviews", flat=True).first() or 0
    _store(held, conclusion)
    if conclusion.n_reviews > known:
        data = {"task": str(parent_id), "review": str(review_id), "verdict": latest_verdict(review)}
        label_reviewed.send(sender=None, job_id=held.job.pk, data=data, deltas={})
    if settle_review(held.task, review, conclusion, target=held.job.target_confidence) and not is_exhausted(
        held.task, held.job
    ):
        reopen_task(held.task, facts={"confidence": round(conclusion.confidence, 6)})


def retire_exhausted(job: LabelingJob) -> int:
    """Retire the tasks that nobody is left to answer, and return how many were looked at.

    Answers and skips notice that themselves; an offer that lapses or a member who leaves is noticed only here.
    """
    task_ids = list(exhausted_tasks(job).order_by("pk").values_list("pk", flat=True))
    for task_id in task_ids:
        update_belief(task_id)
    for review_id in deserted_reviews(job):
        weigh_review(review_id)
    return len(task_ids)


@transaction.atomic
def reconsider(task_id: UUID) -> bool:
    """Look again at a task retired as confident; reopen it, and say so, if the skills known now leave it in doubt."""
    held, conclusion = _hold_concluded(task_id)
    task, job = held.task, held.job
    if task.retired_reason != RetiredReason.CONFIDENT or task.n_counted >= task.max_overlap:
        return False
    _store(held, conclusion)
    if conclusion.confidence >= job.target_confidence or is_exhausted(task, job):
        return False
    reopen_task(task, facts={"confidence": round(conclusion.confidence, 6)})
    return True


def _hold_concluded(task_id: UUID) -> tuple[_Held, Conclusion]:
    """Lock a task, concluded from all its answers.

    Concluding many objects takes long, and workers who submit wait for the lock. So it is done before, and again with
    the lock only where an answer came in between.
    """
    seen = Task.objects.select_related("asset", "job__ontology").get(pk=task_id)
    conclusion = conclude_task(seen)
    task = Task.objects.select_for_update(no_key=True).get(pk=task_id)
    if task.n_counted != conclusion.n_answers:
        conclusion = conclude_task(seen)
    return _Held(task=task, job=seen.job), conclusion


def _store(held: _Held, conclusion: Conclusion) -> int:
    """Keep the belief and return how many answers are new in it."""
    before = TaskBelief.objects.filter(pk=held.task.pk).values_list("n_answers", flat=True).first() or 0
    belief = TaskBelief(
        task=held.task,
        job=held.job,
        confidence=conclusion.confidence,
        value=conclusion.value,
        n_answers=conclusion.n_answers,
        n_reviews=conclusion.n_reviews,
    )
    TaskBelief.objects.bulk_create(
        [belief],
        update_conflicts=True,
        unique_fields=["task"],
        update_fields=["confidence", "value", "n_answers", "n_reviews", "updated_at"],
    )
    return conclusion.n_answers - before


def _act(held: _Held, conclusion: Conclusion) -> None:
    task, job = held.task, held.job
    rule = rule_of(job, max_overlap=task.max_overlap)
    gain = _gain(task, conclusion)
    decision = decide(conclusion.confidence, n_answers=conclusion.n_answers, rule=rule, gain=gain)
    facts = {"confidence": round(conclusion.confidence, 6)}
    if decision.verdict is Verdict.CONFIDENT:
        retire_task(task, reason=RetiredReason.CONFIDENT, facts=facts)
    elif decision.verdict is Verdict.DISPUTED:
        retire_task(task, reason=RetiredReason.DISPUTED, facts=facts)
    elif decision.verdict is Verdict.FUTILE:
        retire_task(task, reason=RetiredReason.DISPUTED, facts=facts | {"gain": gain})
    elif is_exhausted(task, job):
        retire_task(task, reason=RetiredReason.SUPPLY, facts=facts)
    else:
        raise_overlap(task, wanted_overlap=decision.wanted_overlap, priority=_priority(conclusion, gain))
    if task.retired_reason in IN_DOUBT:
        ask_for_check(task, conclusion)


def rule_of(job: LabelingJob, *, max_overlap: int | None = None) -> StoppingRule:
    """Return the rule by which a job's tasks are stopped."""
    return StoppingRule(
        target_confidence=job.target_confidence,
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap if max_overlap is None else max_overlap,
        least_gain=job.least_gain,
    )


def _gain(task: Task, conclusion: Conclusion) -> float | None:
    """Return the expected gain of accuracy per further answer, None where the type has no estimate."""
    if conclusion.information is None:
        return None
    n_left = task.max_overlap - conclusion.n_answers
    return round(gain_of_belief(conclusion.confidence, conclusion.information, n_left=max(n_left, 0)), 6)


def _priority(conclusion: Conclusion, gain: float | None) -> int:
    """Put further answers after the least that every task gets, and among themselves where they gain most."""
    urgency = 1.0 - conclusion.confidence if gain is None else gain
    return -PRIORITIES + round(PRIORITIES * min(urgency, 1.0))


def _note_seen(job: LabelingJob, n_new: int) -> None:
    """Count the answers taken notice of and, when they have grown enough, ask for the skills to be estimated."""
    model = JobModel.objects.filter(pk=job.pk)
    if not model.update(n_seen=F("n_seen") + n_new):
        JobModel.objects.bulk_create([JobModel(job=job)], ignore_conflicts=True)
        model.update(n_seen=F("n_seen") + n_new)
    grown = model.filter(n_seen__gte=F("n_fitted") * (1 + REFIT_GROWTH) + REFIT_AT_LEAST)
    if grown.update(n_fitted=F("n_seen")):
        refit_due.send(sender=None, job_id=job.pk, data={}, deltas={})
