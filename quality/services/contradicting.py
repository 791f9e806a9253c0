"""What speaks against an answer: a known answer, a consensus or a review of the same task that says otherwise."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from labeling.models import CHECKS, Answer, Review, Verdict
from quality.errors import NoContradiction
from quality.models import ConsensusLabel, GoldTask, LabelState
from quality.services.aggregation import AGGREGATORS
from quality.services.reading import scene_of, terms_of
from quality.services.scoring import score_annotations, told_conflict

# A consensus of two is one person's word against another's.
LEAST_OPINIONS = 3
SURE_FROM = 0.5

Json = dict[str, Any]


class EvidenceKind(StrEnum):
    """What may speak against an answer."""

    GOLD = "gold"
    CONSENSUS = "consensus"
    REVIEW = "review"


@dataclass(frozen=True)
class Contradiction:
    """How an answer differs from what speaks against it.

    Attributes
    ----------
    score : 0 to 1, how much of the answer is right by it.
    conflicts : what is wrong, by places in the answer's annotations.
    known : the annotations that are right by it; None where they are another person's answer, which workers never see.
    said_by : who made the review; None of gold and consensus.
    comment : the reviewer's.
    """

    score: float
    conflicts: list[Json]
    known: list[Json] | None
    said_by: UUID | None = None
    comment: str = ""


def contradiction_of(answer_id: UUID, *, kind: EvidenceKind, evidence_id: UUID) -> Contradiction:
    """Return how a gold, consensus label or review (by the id of the check's answer) contradicts an answer.

    Raises
    ------
    NoContradiction
        Naming `evidence`: there is none of this id for the answer's task, it is doubted or rests on too few, or it does
        not say otherwise.
    """
    answer = Answer.objects.select_related("payload", "task__asset", "job__ontology").get(pk=answer_id)
    found = _READERS[kind](answer, evidence_id)
    if found is None:
        raise NoContradiction(
            "There is no such evidence about this task, or it is not settled enough to speak against anybody.",
            field="evidence",
        )
    if found.score >= 1.0:
        raise NoContradiction("The evidence does not say otherwise than the answer.", field="evidence")
    return found


def _by_gold(answer: Answer, gold_id: UUID) -> Contradiction | None:
    gold = GoldTask.objects.believed().filter(pk=gold_id, task=answer.task).first()
    return None if gold is None else _compared(answer, gold.truth, known=gold.truth)


def _by_consensus(answer: Answer, label_id: UUID) -> Contradiction | None:
    settled = ConsensusLabel.objects.filter(task=answer.task, run__is_current=True, state=LabelState.FINAL)
    label = settled.filter(pk=label_id, n_answers__gte=LEAST_OPINIONS).first()
    if label is None:
        return None
    known = AGGREGATORS[answer.job.annotation_type].as_annotations(
        label.value, terms=terms_of(answer.job.ontology), min_confidence=SURE_FROM
    )
    return None if known is None else _compared(answer, known, known=known)


def _by_review(answer: Answer, check_id: UUID) -> Contradiction | None:
    checks = Answer.objects.select_related("payload", "review", "task").filter(task__kind__in=CHECKS)
    check = checks.filter(pk=check_id, task__parent_task=answer.task).exclude(worker=answer.worker_id).first()
    if check is None:
        return None
    review = Review.objects.filter(pk=check.pk).first()
    comment = "" if review is None else review.comment
    if review is None or review.verdict == Verdict.FIX:
        return _compared(answer, check.payload.annotations, said_by=check.worker_id, comment=comment)
    proposed = check.task.proposals.get(position=0).annotations
    if review.verdict == Verdict.ACCEPT:
        return _compared(answer, proposed, said_by=check.worker_id, comment=comment)
    # The proposal is wrong, and so is an answer that says the same; of any other it says nothing.
    if _compared(answer, proposed).score < 1.0:
        return None
    return Contradiction(
        score=0.0, conflicts=review.conflicts, known=None, said_by=check.worker_id, comment=review.comment
    )


def _compared(
    answer: Answer,
    right: list[Json],
    *,
    known: list[Json] | None = None,
    said_by: UUID | None = None,
    comment: str = "",
) -> Contradiction:
    scene = scene_of(answer.task.asset, answer.job.ontology)
    scored = score_annotations(answer.job.annotation_type, answer.payload.annotations, right, scene=scene)
    conflicts = [told_conflict(conflict) for conflict in scored.conflicts]
    return Contradiction(score=scored.score, conflicts=conflicts, known=known, said_by=said_by, comment=comment)


_READERS = {
    EvidenceKind.GOLD: _by_gold,
    EvidenceKind.CONSENSUS: _by_consensus,
    EvidenceKind.REVIEW: _by_review,
}
