"""What reviewers said of a label, and how much it weighs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from labeling.models import Task, TaskKind
from quality.core.review.verdicts import Said, ratio_for
from quality.core.terms import Scene
from quality.models import ConsensusLabel
from quality.services.aggregation import AGGREGATORS
from quality.services.checking import CHECKERS, PLAUSIBLE, Annotations, GivenReview, said_of
from quality.services.reading import reviews_of_tasks, scene_of
from quality.services.reviewers import known_reviewers

Json = dict[str, Any]


def explain_reviews(task: Task, label: ConsensusLabel | None, pseudonyms: Mapping[UUID, str]) -> list[Json]:
    """Return what was said of a task's answers, each with how far it speaks for the label as it is now."""
    job = task.job
    reviews = reviews_of_tasks([task.pk]).get(task.pk, [])
    skills = known_reviewers(job, [review.worker_id for review in reviews])
    concluded, scene = None, scene_of(task.asset, job.ontology)
    if label is not None:
        concluded = AGGREGATORS[job.annotation_type].as_annotations(label.value, terms=scene.terms, min_confidence=0.0)
    alternatives = CHECKERS[job.annotation_type].n_alternatives(scene.terms)
    told = []
    for review in reviews:
        said = said_of(review)
        skill = skills.get(review.worker_id, PLAUSIBLE[job.reviewed_by])
        about, made = _about(job.annotation_type, review, concluded, scene)
        told.append(
            {
                "kind": review.kind,
                "reviewer": pseudonyms.get(review.worker_id),
                "verdict": said.value,
                "annotations": review.annotations,
                "likelihood_ratio": None
                if concluded is None
                else round(ratio_for(said, skill, is_proposal=about, is_outcome=made, n_alternatives=alternatives), 4),
            }
        )
    return told


def _about(annotation_type: str, review: GivenReview, concluded: Annotations | None, scene: Scene) -> tuple[bool, bool]:
    """Return whether the label is what the review was shown, and whether it is what the reviewer made of it."""
    if concluded is None:
        return False, False
    same = CHECKERS[annotation_type].same
    made = said_of(review) in {Said.FIX, Said.CHOOSE} and same(concluded, review.annotations, scene=scene)
    return review.kind == TaskKind.REVIEW and same(concluded, review.proposals[0], scene=scene), made
