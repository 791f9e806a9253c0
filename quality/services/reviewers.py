"""How good a job's reviewers are, and the conclusions of a batch run with their verdicts in them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from labeling.models import LabelingJob, Task
from quality.core.review.verdicts import Checked, Counts, ReviewerSkill, learn_reviewers
from quality.core.terms import Scene
from quality.models import ReviewerRecord
from quality.services.aggregation import Conclusion, Fit
from quality.services.checking import PLAUSIBLE, Case, case_of, concluded_by
from quality.services.reading import reviews_of_job, terms_of

CHUNK = 1_000


def known_reviewers(job: LabelingJob, worker_ids: Collection[UUID]) -> dict[UUID, ReviewerSkill]:
    """Return what the job's last estimate knows of these reviewers."""
    rows = ReviewerRecord.objects.filter(job=job, worker__in=worker_ids)
    return {worker_id: _skill(stored) for worker_id, stored in rows.values_list("worker_id", "parameters")}


def with_reviews(job: LabelingJob, fit: Fit) -> tuple[Fit, dict[UUID, tuple[int, ReviewerSkill]]]:
    """Return a fit whose conclusions have the verdicts in them, and the reviewers: their verdicts and their skill."""
    reviews = reviews_of_job(job.pk) if job.review_share else {}
    cases: dict[UUID, tuple[Case, list[int]]] = {}
    numbers: dict[UUID, int] = {}
    n_verdicts: dict[UUID, int] = {}
    terms = terms_of(job.ontology)
    sizes = _sizes(reviews)
    for task_id, given in reviews.items():
        conclusion = fit.conclusions.get(task_id)
        if conclusion is None:
            continue
        width, height = sizes[task_id]
        scene = Scene(terms, width=width, height=height)
        case, people = case_of(job.annotation_type, conclusion, given, scene=scene)
        for review in given:
            n_verdicts[review.worker_id] = n_verdicts.get(review.worker_id, 0) + 1
        cases[task_id] = (case, [numbers.setdefault(person, len(numbers)) for person in people])
    if not cases:
        return fit, {}
    labels = [_renumbered(case.checked, people) for case, people in cases.values()]
    skills, beliefs = learn_reviewers(labels, prior=PLAUSIBLE[job.reviewed_by])
    checked: dict[UUID, Conclusion] = {
        task_id: concluded_by(job.annotation_type, case, belief)
        for (task_id, (case, _)), belief in zip(cases.items(), beliefs, strict=True)
    }
    people_known = {person: (n_verdicts[person], skills[number]) for person, number in numbers.items()}
    return replace(fit, conclusions={**fit.conclusions, **checked}), people_known


def _sizes(task_ids: Iterable[UUID]) -> dict[UUID, tuple[int | None, int | None]]:
    """Return width and height of the tasks' assets."""
    rows = Task.objects.filter(pk__in=list(task_ids)).values_list("pk", "asset__width", "asset__height")
    return {task_id: (width, height) for task_id, width, height in rows}


def store_reviewers(
    job: LabelingJob, reviewers: Mapping[UUID, tuple[int, ReviewerSkill]], *, begun_at: datetime
) -> None:
    """Keep what an estimate found out about the job's reviewers."""
    records = [
        ReviewerRecord(job=job, worker_id=person, n_reviews=n, parameters=to_json(skill), fitted_at=begun_at)
        for person, (n, skill) in sorted(reviewers.items())
    ]
    ReviewerRecord.objects.bulk_create(
        records,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["job", "worker"],
        update_fields=["n_reviews", "parameters", "fitted_at"],
    )


def to_json(skill: ReviewerSkill) -> dict[str, list[float]]:
    """Return the counts of each ability, rounded."""
    return {name: [round(counts.right, 4), round(counts.wrong, 4)] for name, counts in vars(skill).items()}


def _skill(stored: Mapping[str, Any]) -> ReviewerSkill:
    return ReviewerSkill(**{name: Counts(*counts) for name, counts in stored.items()})


def _renumbered(checked: Checked, people: list[int]) -> Checked:
    """Let the opinions speak of reviewers by their number in the job."""
    opinions = [replace(opinion, reviewer=people[opinion.reviewer]) for opinion in checked.opinions]
    return replace(checked, opinions=opinions)
