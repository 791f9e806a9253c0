"""Concluding one task from its answers, with the skills as they stand, and from the checks of what was answered."""

from typing import Any
from uuid import UUID

from labeling.models import LabelingJob, Task
from quality.core.review.verdicts import posterior_of
from quality.models import JobModel, WorkerSkill
from quality.services.abilities import earlier_records
from quality.services.aggregation import AGGREGATORS, Conclusion
from quality.services.checking import PLAUSIBLE, case_of, concluded_by
from quality.services.reading import answers_of_task, reviews_of_tasks, scene_of, terms_of
from quality.services.reviewers import known_reviewers


def conclude_task(task: Task) -> Conclusion:
    """Conclude a task that was read with its asset and its job's ontology."""
    job, given = task.job, answers_of_task(task)
    crowd = JobModel.objects.filter(pk=job.pk).values_list("parameters", flat=True).first() or {}
    worker_ids = [answer.worker_id for answer in given.answers]
    stored = WorkerSkill.objects.filter(job=job, worker__in=worker_ids).values_list("worker_id", "parameters")
    skills = dict(stored)
    strangers = [worker_id for worker_id in worker_ids if worker_id not in skills]
    conclusion = AGGREGATORS[job.annotation_type].conclude(
        given, terms=terms_of(job.ontology), crowd=crowd, workers=skills | _skills_elsewhere(job, strangers)
    )
    return _with_reviews(task, conclusion) if job.review_share else conclusion


def _skills_elsewhere(job: LabelingJob, worker_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what gold of other jobs says of workers without a skill in this one."""
    if not worker_ids:
        return {}
    aggregator, terms = AGGREGATORS[job.annotation_type], terms_of(job.ontology)
    records = earlier_records(job, worker_ids)
    skills = {worker_id: aggregator.skill_of(ability, terms=terms) for worker_id, ability in records.items()}
    return {worker_id: skill for worker_id, skill in skills.items() if skill is not None}


def _with_reviews(task: Task, conclusion: Conclusion) -> Conclusion:
    """Weigh what reviewers said of the task; the conclusion itself where nobody has."""
    job = task.job
    reviews = reviews_of_tasks([task.pk]).get(task.pk)
    if not reviews:
        return conclusion
    case, people = case_of(job.annotation_type, conclusion, reviews, scene=scene_of(task.asset, job.ontology))
    known = known_reviewers(job, people)
    skills = {number: known[person] for number, person in enumerate(people) if person in known}
    belief = posterior_of(case.checked, skills, otherwise=PLAUSIBLE[job.reviewed_by])
    return concluded_by(job.annotation_type, case, belief)
