"""Scoring answers to gold: what each says of its worker, and of the gold."""

from uuid import UUID

from django.db import transaction

from labeling.models import Answer, JobWorker, RetiredReason, Task
from labeling.services import retire_task, set_gold_rate
from marketplace.operations.adapters import database_now
from quality.core.allocation.routing import gold_chance
from quality.core.gold.dispute import is_disputed
from quality.core.gold.scoring import GoldScore as Scored
from quality.models import GoldScore, GoldState, GoldTask
from quality.services.abilities import ability_without, refresh_abilities
from quality.services.gold import change_state
from quality.services.reading import TO_GOLD, scene_of
from quality.services.rules import raised_gold_ppm
from quality.services.scoring import score_annotations, told_conflict
from quality.services.training import settle_learner
from quality.signals import gold_disputed

WHOLE_PPM = 1_000_000
# The latest witnesses are heard; a dispute needs no more.
MAX_WITNESSES = 30


@transaction.atomic(savepoint=False)
def score_gold(answer_id: UUID) -> None:
    """Score an answer to gold, set its worker's ability and rate of gold, and doubt the gold; safe to repeat."""
    answer = Answer.objects.select_related("payload", "job", "assignment").get(pk=answer_id)
    if answer.uncounted_reason != TO_GOLD:
        return
    # A worker's place, then the task, then what is quality's own.
    JobWorker.objects.select_for_update(no_key=True).get(job=answer.job_id, worker=answer.worker_id)
    task = Task.objects.select_for_update(no_key=True).get(pk=answer.task_id)
    gold = (
        GoldTask.objects.select_for_update(no_key=True, of=("self",))
        .select_related("asset", "job__ontology")
        .get(task=task)
    )
    if GoldScore.objects.filter(pk=answer.pk).exists():
        return
    scene = scene_of(gold.asset, gold.job.ontology)
    scored = score_annotations(answer.job.annotation_type, answer.payload.annotations, gold.truth, scene=scene)
    _keep(answer, gold, scored)
    if gold.state == GoldState.ACTIVE and _in_doubt(gold):
        change_state(gold, GoldState.DISPUTED)
        retire_task(task, reason=RetiredReason.FLAGGED, facts={"gold": True})
        data = {"gold": str(gold.pk), "task": str(task.pk), "n_scored": gold.n_scored, "n_right": gold.n_right}
        gold_disputed.send(sender=None, job_id=gold.job_id, data=data, deltas={"gold_disputed": 1})
    if answer.job.teaches:
        settle_learner(answer.job, answer.worker_id)
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
        conflicts=[told_conflict(conflict) for conflict in scored.conflicts],
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
