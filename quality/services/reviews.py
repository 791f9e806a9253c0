"""Which labels are looked at by somebody else, and when enough people have looked.

Tasks that end in doubt are checked as they end; of the others a sample is drawn by their risk, half of it while the job
runs and the rest before it ends, when skills are known best.
"""

import secrets
from collections.abc import Mapping
from math import floor
from uuid import UUID

import numpy as np
from django.db import transaction

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.models import (
    AT_WORK,
    Answer,
    Asset,
    Assignment,
    AssignmentState,
    LabelingJob,
    RetiredReason,
    Task,
    TaskKind,
    TaskState,
)
from labeling.services import close_review, deserted_reviews, open_review, review_cap, want_another_opinion
from quality.core.review.sampling import draw, inclusion_of
from quality.services.aggregation import AGGREGATORS, Conclusion
from quality.services.checking import Annotations, distinct
from quality.services.reading import OF_REVIEW, answers_of_task, scene_of, terms_of

# Answers that an adjudication shows at most.
MAX_COMPETING = 5
# What may be drawn before the skills are known as well as they will be.
EARLY_SHARE = 0.5
ADJUDICATED = "adjudicated"

_chance = secrets.SystemRandom()


def ask_for_check(task: Task, conclusion: Conclusion) -> Task | None:
    """Have somebody look at a task that the caller holds locked; None where the job has no such people or money left.

    What is in doubt is decided upon among the answers that compete; what looks sure is shown as it is.
    """
    job = LabelingJob.objects.select_related("ontology").get(pk=task.job_id)
    if not job.review_share or task.is_gold or task.is_check:
        return None
    asset = Asset.objects.get(pk=task.asset_id)
    concluded = AGGREGATORS[job.annotation_type].as_annotations(
        conclusion.value, terms=terms_of(job.ontology), min_confidence=0.0
    )
    if concluded is not None and conclusion.confidence >= job.target_confidence:
        shown = [concluded]
    else:
        shown = _competing(task, job)
        _chance.shuffle(shown)  # what most said is not to be told by what comes first
    readable = [each for each in (_parsed(job, asset, annotations) for annotations in shown) if each is not None]
    return open_review(task, readable) if readable else None


def draw_reviews(job: LabelingJob, conclusions: Mapping[UUID, Conclusion], *, at_the_end: bool) -> int:
    """Have a sample of the sure labels looked at, the likelier wrong the likelier drawn; return how many."""
    if not job.review_share or job.state not in AT_WORK:
        return 0
    rows = Task.objects.annotations().filter(job=job, is_gold=False, state=TaskState.RETIRED)
    n_asked = LabelingJob.objects.values_list("n_reviews", flat=True).get(pk=job.pk)
    share = 1.0 if at_the_end else EARLY_SHARE * rows.count() / max(job.n_tasks, 1)
    n = floor(review_cap(job) * share) - n_asked
    if n <= 0:
        return 0
    sure = rows.filter(retired_reason=RetiredReason.CONFIDENT, children__isnull=True).order_by("pk")
    task_ids = [task_id for task_id in sure.values_list("pk", flat=True) if task_id in conclusions]
    risk = np.array([_risk(conclusions[task_id]) for task_id in task_ids], dtype=np.float64)
    drawn = draw(inclusion_of(risk, n), rng=np.random.default_rng())
    # Were the money to run out on the way, the riskiest have been seen to.
    in_order = sorted(drawn.tolist(), key=lambda place: -risk[place])
    return sum(_have_looked_at(task_ids[place], conclusions[task_ids[place]]) for place in in_order)


def settle_review(parent: Task, review: Task, conclusion: Conclusion, *, target: float) -> bool:
    """End a check that is decided, or want another opinion; return whether the task wants another answer instead.

    The caller holds both locked.
    """
    if review.state != TaskState.OPEN:
        return False
    facts = {"confidence": round(conclusion.confidence, 6)}
    n_given = Answer.objects.filter(task=review, uncounted_reason=OF_REVIEW).count()
    if n_given and conclusion.confidence >= target:
        close_review(review, reason=RetiredReason.CONFIDENT, facts=facts)
        return False
    under_way = Assignment.objects.filter(task=review, state=AssignmentState.ACTIVE).exists()
    if under_way or (n_given < review.wanted_overlap and review.pk not in deserted_reviews(review.job)):
        return False
    # Nobody knows what is right instead: who answers the task next may.
    unnamed = n_given > 0 and latest_verdict(review) == "reject"
    may_be_answered = parent.state == TaskState.RETIRED and parent.n_counted < parent.max_overlap
    if unnamed and may_be_answered:
        close_review(review, reason=RetiredReason.DISPUTED, facts=facts)
        return True
    if n_given < review.wanted_overlap:
        close_review(review, reason=RetiredReason.SUPPLY, facts=facts)
    elif not want_another_opinion(review):
        close_review(review, reason=RetiredReason.DISPUTED, facts=facts)
    return False


def latest_verdict(review: Task) -> str:
    """Return what the last reviewer said; `adjudicated` where there is nothing to accept."""
    if review.kind == TaskKind.ADJUDICATE:
        return ADJUDICATED
    said = Answer.objects.filter(task=review, uncounted_reason=OF_REVIEW).order_by("-id")
    return said.values_list("review__verdict", flat=True).first() or ""


@transaction.atomic
def _have_looked_at(task_id: UUID, conclusion: Conclusion) -> bool:
    task = Task.objects.select_for_update(no_key=True).get(pk=task_id)
    if task.retired_reason != RetiredReason.CONFIDENT or task.children.exists():
        return False
    return ask_for_check(task, conclusion) is not None


def _risk(conclusion: Conclusion) -> float:
    stated = conclusion.confidence if conclusion.p_correct is None else conclusion.p_correct
    return min(max(1.0 - stated, 0.0), 1.0)


def _competing(task: Task, job: LabelingJob) -> list[Annotations]:
    seen = Task.objects.select_related("asset").get(pk=task.pk)
    given = [answer.annotations for answer in answers_of_task(seen).answers]
    return distinct(job.annotation_type, given, most=MAX_COMPETING, scene=scene_of(seen.asset, job.ontology))


def _parsed(job: LabelingJob, asset: Asset, annotations: Annotations) -> Annotations | None:
    """Return annotations as a worker would send them, with ids of their own; None where they break the type's rules."""
    subject = asset.subject(job.ontology.rules)
    try:
        return ANNOTATION_TYPES[job.annotation_type].parse(_renumbered(annotations), subject)
    except Refusal:
        return None


def _renumbered(annotations: Annotations) -> Annotations:
    """Return annotations numbered from 1, relations included: ids could tell whose they are."""
    number = {each["id"]: str(place) for place, each in enumerate(annotations, start=1)}
    return [
        {
            **each,
            "id": number[each["id"]],
            **(
                {"relations": [{**relation, "to": number[relation["to"]]} for relation in each["relations"]]}
                if "relations" in each
                else {}
            ),
        }
        for each in annotations
    ]
