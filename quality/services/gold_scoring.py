"""Scoring answers to gold: what each says of its worker, and of the gold."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.core.geometry.registry import GEOMETRIES
from labeling.models import Answer, JobWorker, RetiredReason, Task
from labeling.services import retire_task, set_gold_rate
from marketplace.operations.adapters import database_now
from quality.core.allocation.routing import gold_chance
from quality.core.gold.dispute import is_disputed
from quality.core.gold.scoring import Conflict, score_class, score_shapes_of_answer
from quality.core.gold.scoring import GoldScore as Scored
from quality.core.shapes.scoring import NamedShapes
from quality.models import GoldScore, GoldState, GoldTask
from quality.services.abilities import ability_without, refresh_abilities
from quality.services.gold import change_state
from quality.services.reading import TO_GOLD
from quality.services.rules import raised_gold_ppm
from quality.signals import gold_disputed

WHOLE_PPM = 1_000_000
# The latest witnesses are heard; a dispute needs no more.
MAX_WITNESSES = 30

Annotations = list[dict[str, Any]]


def score_annotations(annotation_type: str, given: Annotations, known: Annotations) -> Scored:
    """Compare annotations with known ones of the same type, both as answers store them."""
    return _SCORERS[annotation_type](given, known)


@transaction.atomic(savepoint=False)
def score_gold(answer_id: UUID) -> None:
    """Score an answer to gold, set its worker's ability and rate of gold, and doubt the gold; safe to repeat."""
    answer = Answer.objects.select_related("payload", "job", "assignment").get(pk=answer_id)
    if answer.uncounted_reason != TO_GOLD:
        return
    # A worker's place, then the task, then what is quality's own.
    JobWorker.objects.select_for_update(no_key=True).get(job=answer.job_id, worker=answer.worker_id)
    task = Task.objects.select_for_update(no_key=True).get(pk=answer.task_id)
    gold = GoldTask.objects.select_for_update(no_key=True, of=("self",)).select_related("job").get(task=task)
    if GoldScore.objects.filter(pk=answer.pk).exists():
        return
    _keep(answer, gold, score_annotations(answer.job.annotation_type, answer.payload.annotations, gold.truth))
    if gold.state == GoldState.ACTIVE and _in_doubt(gold):
        change_state(gold, GoldState.DISPUTED)
        retire_task(task, reason=RetiredReason.FLAGGED, facts={"gold": True})
        data = {"gold": str(gold.pk), "task": str(task.pk), "n_scored": gold.n_scored, "n_right": gold.n_right}
        gold_disputed.send(sender=None, job_id=gold.job_id, data=data, deltas={"gold_disputed": 1})
    abilities = refresh_abilities(
        [answer.worker_id], ontology_id=answer.job.ontology_id, annotation_type=answer.job.annotation_type
    )
    ability = abilities[answer.worker_id]
    ppm = round(gold_chance(ability.n_right, ability.n_wrong) * WHOLE_PPM)
    set_gold_rate(answer.job_id, answer.worker_id, ppm=max(ppm, raised_gold_ppm(answer.job_id, answer.worker_id)))


def _keep(answer: Answer, gold: GoldTask, scored: Scored) -> None:
    GoldScore.objects.create(
        answer=answer,
        gold=gold,
        worker_id=answer.worker_id,
        ontology_id=answer.job.ontology_id,
        annotation_type=answer.job.annotation_type,
        score=scored.score,
        is_right=scored.is_right,
        conflicts=[_told(conflict) for conflict in scored.conflicts],
        scored_at=database_now(),
    )
    gold.n_scored += 1
    gold.n_right += scored.is_right
    gold.sum_scores += scored.score
    gold.save(update_fields=["n_scored", "n_right", "sum_scores"])


def _in_doubt(gold: GoldTask) -> bool:
    if 2 * gold.n_right >= gold.n_scored:
        return False
    latest = gold.scores.order_by("-answer").values_list("worker_id", "is_right")[:MAX_WITNESSES]
    return is_disputed([(ability_without(worker_id, gold), is_right) for worker_id, is_right in latest])


def _told(conflict: Conflict) -> dict[str, Any]:
    return {
        "kind": conflict.kind.value,
        "given": conflict.given,
        "known": conflict.known,
        "similarity": conflict.similarity,
    }


def _score_class(given: Annotations, known: Annotations) -> Scored:
    return score_class(given[0]["class"], known[0]["class"])


def _score_boxes(given: Annotations, known: Annotations) -> Scored:
    geometry = GEOMETRIES["box"]()
    sides = []
    for annotations in (given, known):
        shapes = geometry.collect([geometry.read(each["box"]) for each in annotations])
        sides.append(NamedShapes(shapes=shapes, labels=tuple(each["class"] for each in annotations)))
    return score_shapes_of_answer(geometry, *sides)


_SCORERS: dict[str, Callable[[Annotations, Annotations], Scored]] = {
    "image_classification": _score_class,
    "bounding_box": _score_boxes,
}
