"""Two runs of a job side by side: what flipped, and why."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery

from labeling.core.geometry.base import Geometry
from labeling.core.geometry.registry import GEOMETRIES
from labeling.models import JobWorker, LabelingJob
from quality.core.run_comparison import Change, Concluded, Summary, change_of, named_shapes
from quality.models import ConsensusLabel, ConsensusRun
from quality.services.explain import skills_of_run
from quality.services.explaining import class_weights
from quality.services.reading import answers_of_task

Json = dict[str, Any]

# Tasks looked at by one request.
MAX_COMPARED = 20_000
MAX_SCANNED = 5_000
MAX_MOVES = 100
CHUNK = 500
_GEOMETRY_OF: dict[str, str] = {"bounding_box": "box"}


class _Pair(NamedTuple):
    first: ConsensusLabel
    second: ConsensusLabel


def compare_runs(first: ConsensusRun, second: ConsensusRun) -> Json:
    """Return what changed from one run of a job to another, over its first twenty thousand tasks."""
    geometry = _geometry(first.job)
    summary = Summary()
    n_seen = 0
    for pair in _pairs(first, second, after=0, limit=MAX_COMPARED):
        n_seen += 1
        one, other = (_concluded(label, geometry) for label in pair)
        summary.add(one, other, change_of(one, other, geometry=geometry))
    moved = sorted(
        ((move, count) for move, count in summary.moves.items() if move[0] != move[1]), key=lambda item: -item[1]
    )
    n = max(summary.n_tasks, 1)
    return {
        "first": first,
        "second": second,
        "n_tasks": summary.n_tasks,
        "complete": n_seen < MAX_COMPARED,
        "n_only_first": first.labels.exclude(task__in=second.labels.values("task")).count(),
        "n_only_second": second.labels.exclude(task__in=first.labels.values("task")).count(),
        "n_flipped": summary.n_flipped,
        "n_state_changed": summary.n_state_changed,
        "mean_confidence_first": summary.sum_first / n if summary.n_tasks else None,
        "mean_confidence_second": summary.sum_second / n if summary.n_tasks else None,
        "agreement": summary.sum_found_again / n if summary.n_tasks else None,
        "kappa": summary.kappa,
        "moves": [{"from": move[0], "to": move[1], "n_tasks": count} for move, count in moved[:MAX_MOVES]],
        "states": [{"from": one, "to": other, "n_tasks": n} for (one, other), n in sorted(summary.states.items())],
        "differences": {kind.value: count for kind, count in summary.kinds.items()},
    }


def flips(first: ConsensusRun, second: ConsensusRun, *, after: int, limit: int) -> tuple[list[Json], int | None]:
    """Return the tasks whose label or state changed, by ordinal, and the ordinal to go on after.

    At most five thousand tasks are looked at, so that a page may hold fewer than `limit` and yet not be the last.
    """
    geometry = _geometry(first.job)
    pseudonyms = dict(JobWorker.objects.filter(job=first.job).values_list("worker_id", "pseudonym"))
    found: list[Json] = []
    n_seen, last = 0, after
    for pair in _pairs(first, second, after=after, limit=MAX_SCANNED):
        n_seen, last = n_seen + 1, pair.first.task.ordinal
        one, other = (_concluded(label, geometry) for label in pair)
        change = change_of(one, other, geometry=geometry)
        if change.is_any:
            found.append(_told(pair, change, first, second, pseudonyms))
        if len(found) == limit:
            break
    ended = n_seen < MAX_SCANNED and len(found) < limit
    return found, None if ended else last


def _pairs(first: ConsensusRun, second: ConsensusRun, *, after: int, limit: int) -> Iterator[_Pair]:
    """Yield the labels of tasks that both runs concluded, by ordinal."""
    ordinal = after
    for start in range(0, limit, CHUNK):
        size = min(CHUNK, limit - start)
        of_other = second.labels.filter(task=OuterRef("task")).values("pk")
        page = list(
            first.labels.filter(task__ordinal__gt=ordinal)
            .annotate(other=Subquery(of_other))
            .filter(other__isnull=False)
            .select_related("task__asset", "task__job__ontology")
            .order_by("task__ordinal")[:size]
        )
        others = ConsensusLabel.objects.in_bulk([label.other for label in page])
        for label in page:
            yield _Pair(label, others[label.other])
        if len(page) < size:
            return
        ordinal = page[-1].task.ordinal


def _geometry(job: LabelingJob) -> Geometry | None:
    name = _GEOMETRY_OF.get(job.annotation_type)
    return GEOMETRIES[name]() if name else None


def _concluded(label: ConsensusLabel, geometry: Geometry | None) -> Concluded:
    if geometry is None:
        return Concluded(state=label.state, confidence=label.confidence, label=label.value["class"])
    objects = label.value["objects"]
    shapes = named_shapes(geometry, [each["box"] for each in objects], [each["class"] for each in objects])
    return Concluded(state=label.state, confidence=label.confidence, shapes=shapes)


def _told(pair: _Pair, change: Change, first: ConsensusRun, second: ConsensusRun, pseudonyms: dict[UUID, str]) -> Json:
    task = pair.first.task
    return {
        "task": task.pk,
        "ordinal": task.ordinal,
        "external_id": task.asset.external_id,
        "first": pair.first,
        "second": pair.second,
        "flipped": change.flipped,
        "votes": _votes(pair, first, second, pseudonyms) if not change.conflicts else [],
        "differences": [asdict(conflict) | {"kind": conflict.kind.value} for conflict in change.conflicts],
    }


def _votes(pair: _Pair, first: ConsensusRun, second: ConsensusRun, pseudonyms: dict[UUID, str]) -> list[Json]:
    """Return how each vote weighs, in either run, for the second run's class against the first's."""
    task = pair.first.task
    given = answers_of_task(task)
    before, after = (label.value.get("class") for label in pair)
    weights: list[dict[UUID, float | None]] = [{}, {}]
    if before is not None and after is not None and before != after:
        for place, run in enumerate((first, second)):
            worker_ids = [answer.worker_id for answer in given.answers]
            skills = skills_of_run(run, worker_ids, classes=task.job.ontology.class_names)
            if skills is not None:
                weights[place] = class_weights(given, skills, towards=after, against=before)
    return [
        {
            "worker": pseudonyms[answer.worker_id],
            "class": answer.annotations[0].get("class") if len(answer.annotations) == 1 else None,
            "weight_first": weights[0].get(answer.worker_id),
            "weight_second": weights[1].get(answer.worker_id),
        }
        for answer in given.answers
    ]
