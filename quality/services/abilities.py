"""Abilities: what gold says of workers on an ontology and annotation type, over all jobs.

They follow from the scores alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet

from labeling.models import LabelingJob, OntologyVersion
from marketplace.accounts.models import User
from marketplace.operations.adapters import database_now
from quality.core.gold.ability import MAX_SCORES, Ability, ability_of
from quality.models import GoldScore, GoldState, GoldTask, WorkerAbility

# Workers are told of their skill in steps of so many answers to gold: smaller ones would tell how each was scored.
TOLD_EVERY = 10
# What other jobs say weighs as so many answers at most: people, pictures and guidelines change.
MAX_EARLIER = 40

_BELIEVED = (GoldState.ACTIVE, GoldState.RETIRED)


@dataclass(frozen=True)
class ToldSkill:
    """What a worker is told of one ability; `n_gold` is a multiple of ten."""

    ontology: OntologyVersion
    annotation_type: str
    accuracy: float
    low: float
    high: float
    n_gold: int


def refresh_abilities(worker_ids: Iterable[UUID], *, ontology_id: UUID, annotation_type: str) -> dict[UUID, Ability]:
    """Compute the abilities of these workers anew from their latest scores, store and return them."""
    now = database_now()
    found = {
        worker_id: _ability(_scores(worker_id, ontology_id, annotation_type), now=now)
        for worker_id in sorted(set(worker_ids))
    }
    WorkerAbility.objects.bulk_create(
        [
            WorkerAbility(
                worker_id=worker_id,
                ontology_id=ontology_id,
                annotation_type=annotation_type,
                n_right=ability.n_right,
                n_wrong=ability.n_wrong,
                updated_at=now,
            )
            for worker_id, ability in found.items()
        ],
        update_conflicts=True,
        unique_fields=["worker", "ontology", "annotation_type"],
        update_fields=["n_right", "n_wrong", "updated_at"],
    )
    return found


def refresh_witnesses(gold: GoldTask) -> None:
    """Compute the abilities of all who answered a gold task anew."""
    worker_ids = gold.scores.values_list("worker_id", flat=True)
    refresh_abilities(worker_ids, ontology_id=gold.job.ontology_id, annotation_type=gold.job.annotation_type)


def ability_without(worker_id: UUID, gold: GoldTask) -> Ability:
    """Return a worker's ability as it would be without one gold task."""
    scores = _scores(worker_id, gold.job.ontology_id, gold.job.annotation_type).exclude(gold=gold)
    return _ability(scores, now=database_now())


def earlier_records(job: LabelingJob, worker_ids: Iterable[UUID] | None = None) -> dict[UUID, Ability]:
    """Return what gold of other jobs on the same ontology says of workers, as at most forty answers each.

    Parameters
    ----------
    worker_ids : whom to ask for; by default everybody who has a place in the job.
    """
    given_by = Q(worker__in=job.workers.values("worker")) if worker_ids is None else Q(worker__in=list(worker_ids))
    records = (
        GoldScore.objects.filter(
            given_by,
            ontology=job.ontology_id,
            annotation_type=job.annotation_type,
            gold__state__in=_BELIEVED,
        )
        .exclude(gold__job=job)
        .values("worker")
        .annotate(n=Count("answer"), share=Avg("score"))
    )
    found = {}
    for row in records:
        n_given = min(row["n"], MAX_EARLIER)
        found[row["worker"]] = Ability(n_right=n_given * row["share"], n_wrong=n_given * (1.0 - row["share"]))
    return found


def skills_of(user: User, *, now: datetime) -> list[ToldSkill]:
    """Return what gold said of a worker when the day began (UTC), in steps of ten answers.

    Whoever looks after every answer would else see which one completes a step, and so was to gold.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    told = []
    for kept in WorkerAbility.objects.filter(worker=user).select_related("ontology__project").order_by("id"):
        scores = _scores(user.pk, kept.ontology_id, kept.annotation_type).filter(scored_at__lt=midnight)
        n_told = scores.count() // TOLD_EVERY * TOLD_EVERY
        if not n_told:
            continue
        oldest_first = scores.order_by("answer")[max(0, n_told - MAX_SCORES) : n_told]
        ability = _weighed(list(oldest_first.values_list("score", "scored_at")), now=midnight)
        low, high = ability.interval()
        told.append(
            ToldSkill(
                ontology=kept.ontology,
                annotation_type=kept.annotation_type,
                accuracy=ability.mean,
                low=low,
                high=high,
                n_gold=n_told,
            )
        )
    return told


def _scores(worker_id: UUID, ontology_id: UUID, annotation_type: str) -> QuerySet[GoldScore]:
    return GoldScore.objects.filter(
        worker=worker_id, ontology=ontology_id, annotation_type=annotation_type, gold__state__in=_BELIEVED
    )


def _ability(scores: QuerySet[GoldScore], *, now: datetime) -> Ability:
    latest = list(scores.order_by("-answer").values_list("score", "scored_at")[:MAX_SCORES])
    return _weighed(latest[::-1], now=now)


def _weighed(oldest_first: Sequence[tuple[float, datetime]], *, now: datetime) -> Ability:
    ages = [max((now - at).total_seconds(), 0.0) / 86_400 for _, at in oldest_first]
    return ability_of([score for score, _ in oldest_first], ages)
