"""What speaks against an answer: a known answer, a consensus, a review or an audit of the same task.

Each says something of the answer itself. What was found of other tasks, or of a sample, speaks against nobody.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from labeling.models import CHECKS, Answer, Review, Verdict
from quality.errors import NoContradiction
from quality.models import AuditItem, AuditVerdict, ConsensusLabel, GoldTask, LabelState
from quality.services.aggregation import AGGREGATORS
from quality.services.reading import scene_of, terms_of
from quality.services.scoring import score_annotations, told_conflict

# A consensus of two is one person's word against another's.
LEAST_OPINIONS = 3
SURE_FROM = 0.5
# What was found wrong of one shape is wrong of another that lies on it so nearly.
SAME_FROM = 0.95

Json = dict[str, Any]


class EvidenceKind(StrEnum):
    """What may speak against an answer."""

    GOLD = "gold"
    CONSENSUS = "consensus"
    REVIEW = "review"
    AUDIT = "audit"


@dataclass(frozen=True)
class Contradiction:
    """How an answer differs from what speaks against it.

    Attributes
    ----------
    score : 0 to 1, how much of the answer is right by it.
    conflicts : what is wrong, by places in the answer's annotations.
    known : the annotations that are right by it; None where they are another person's answer, which workers never see.
    said_by : who made the review, or gave the audit's verdict; None of gold and consensus.
    comment : this person's.
    """

    score: float
    conflicts: list[Json]
    known: list[Json] | None
    said_by: UUID | None = None
    comment: str = ""


def contradiction_of(answer_id: UUID, *, kind: EvidenceKind, evidence_id: UUID) -> Contradiction:
    """Return how a gold, consensus label, review (by its check's answer) or item of an audit contradicts an answer.

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
    known = _annotations_of(label, answer)
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
    if not _says(answer, proposed):
        return None
    return Contradiction(
        score=0.0, conflicts=review.conflicts, known=None, said_by=check.worker_id, comment=review.comment
    )


def _by_audit(answer: Answer, item_id: UUID) -> Contradiction | None:
    """Read the verdict on the label that was drawn; whatever became of its audit, and of its run, it was looked at."""
    judged = AuditItem.objects.filter(verdict__isnull=False, label__task=answer.task).exclude(verdict_by=answer.worker)
    item = judged.select_related("label").filter(pk=item_id).first()
    if item is None:
        return None
    label = _annotations_of(item.label, answer)
    if label is None:
        return None
    if item.verdict == AuditVerdict.RIGHT:
        # What few said is one other person's answer.
        known = label if item.label.n_answers >= LEAST_OPINIONS else None
        return _compared(answer, label, known=known, said_by=item.verdict_by_id, comment=item.note)
    # As of a proposal that was found wrong; a verdict without a word on why tells its worker nothing.
    if not item.note or not _says(answer, label):
        return None
    return Contradiction(score=0.0, conflicts=[], known=None, said_by=item.verdict_by_id, comment=item.note)


def _annotations_of(label: ConsensusLabel, answer: Answer) -> list[Json] | None:
    return AGGREGATORS[answer.job.annotation_type].as_annotations(
        label.value, terms=terms_of(answer.job.ontology), min_confidence=SURE_FROM
    )


def _says(answer: Answer, said: list[Json]) -> bool:
    """Return whether an answer is as good as the same as what was looked at."""
    scene = scene_of(answer.task.asset, answer.job.ontology)
    given = answer.payload.annotations
    scored = score_annotations(answer.job.annotation_type, given, said, scene=scene, min_similarity=SAME_FROM)
    return scored.score >= 1.0


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
    EvidenceKind.AUDIT: _by_audit,
}
