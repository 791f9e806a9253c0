"""Two runs of a job side by side: what flipped, and why."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from labeling.models import JobWorker, Task
from quality.core.run_comparison import Change, Concluded, Summary, change_of
from quality.core.terms import Scene, Terms
from quality.models import ConsensusLabel, ConsensusRun
from quality.services.aggregation import AGGREGATORS
from quality.services.explain import skills_of_run
from quality.services.explaining import class_weights
from quality.services.reading import answers_of_task, terms_of
from quality.services.scoring import score_annotations

Json = dict[str, Any]

# Tasks looked at by one request.
MAX_COMPARED = 10_000
MAX_SCANNED = 5_000
MAX_MOVES = 100
CHUNK = 500


class _Pair(NamedTuple):
    first: ConsensusLabel
    second: ConsensusLabel


class _Seen(NamedTuple):
    task: Task
    first: ConsensusLabel | None
    second: ConsensusLabel | None

    @property
    def pair(self) -> _Pair | None:
        """Return both labels, None where a run has none."""
        return None if self.first is None or self.second is None else _Pair(self.first, self.second)


def compare_runs(first: ConsensusRun, second: ConsensusRun) -> Json:
    """Return what changed from one run of a job to another, over its first ten thousand tasks."""
    annotation_type, terms = first.job.annotation_type, terms_of(first.job.ontology)
    summary = Summary()
    n_seen, n_only_first, n_only_second = 0, 0, 0
    for seen in _in_order(first, second, after=0, limit=MAX_COMPARED):
        n_seen += 1
        pair = seen.pair
        if pair is None:
            n_only_first += seen.first is not None
            n_only_second += seen.second is not None
            continue
        one, other = (_concluded(label, annotation_type) for label in pair)
        summary.add(one, other, _change(seen.task, pair, annotation_type, terms))
    moved = sorted(
        ((move, count) for move, count in summary.moves.items() if move[0] != move[1]), key=lambda item: -item[1]
    )
    n = max(summary.n_tasks, 1)
    return {
        "first": first,
        "second": second,
        "n_tasks": summary.n_tasks,
        "complete": n_seen < MAX_COMPARED,
        "n_only_first": n_only_first,
        "n_only_second": n_only_second,
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
    annotation_type, terms = first.job.annotation_type, terms_of(first.job.ontology)
    pseudonyms = dict(JobWorker.objects.filter(job=first.job).values_list("worker_id", "pseudonym"))
    found: list[Json] = []
    n_seen, last = 0, after
    for seen in _in_order(first, second, after=after, limit=MAX_SCANNED):
        n_seen, last = n_seen + 1, seen.task.ordinal
        pair = seen.pair
        if pair is None:
            continue
        change = _change(seen.task, pair, annotation_type, terms)
        if change.is_any:
            found.append(_told(seen.task, pair, change, (first, second), pseudonyms))
        if len(found) == limit:
            break
    ended = n_seen < MAX_SCANNED and len(found) < limit
    return found, None if ended else last


def _in_order(first: ConsensusRun, second: ConsensusRun, *, after: int, limit: int) -> Iterator[_Seen]:
    """Yield tasks of the job by ordinal, with what either run says of them."""
    ordinal = after
    for start in range(0, limit, CHUNK):
        size = min(CHUNK, limit - start)
        tasks = (
            Task.objects.annotations()
            .filter(job=first.job, ordinal__gt=ordinal)
            .order_by("ordinal")
            .select_related("asset")[:size]
        )
        page = list(tasks)
        labels = [{label.task_id: label for label in run.labels.filter(task__in=page)} for run in (first, second)]
        for task in page:
            for of_run in labels:
                if task.pk in of_run:
                    of_run[task.pk].task = task  # read with its asset
            yield _Seen(task, labels[0].get(task.pk), labels[1].get(task.pk))
        if len(page) < size:
            return
        ordinal = page[-1].ordinal


def _change(task: Task, pair: _Pair, annotation_type: str, terms: Terms) -> Change:
    """Compare what two runs say of a task, read with its asset."""
    aggregator = AGGREGATORS[annotation_type]
    before, after = (aggregator.parts(label.value) for label in pair)
    scene = Scene(terms, width=task.asset.width, height=task.asset.height)
    scored = score_annotations(annotation_type, after, before, scene=scene)
    one, other = (_concluded(label, annotation_type) for label in pair)
    return change_of(one, other, scored)


def _concluded(label: ConsensusLabel, annotation_type: str) -> Concluded:
    names_one_class = AGGREGATORS[annotation_type].names_one_class
    return Concluded(
        state=label.state,
        confidence=label.confidence,
        label=label.value["class"] if names_one_class else None,
        names_one_class=names_one_class,
    )


def _told(
    task: Task, pair: _Pair, change: Change, runs: tuple[ConsensusRun, ConsensusRun], pseudonyms: dict[UUID, str]
) -> Json:
    return {
        "task": task.pk,
        "ordinal": task.ordinal,
        "external_id": task.asset.external_id,
        "first": pair.first,
        "second": pair.second,
        "flipped": change.flipped,
        "votes": _votes(task, pair, runs, pseudonyms),
        "differences": [asdict(conflict) | {"kind": conflict.kind.value} for conflict in change.conflicts],
    }


def _votes(task: Task, pair: _Pair, runs: tuple[ConsensusRun, ConsensusRun], pseudonyms: dict[UUID, str]) -> list[Json]:
    """Return how each vote weighs, in either run, for the second run's class against the first's."""
    job = runs[0].job
    if not AGGREGATORS[job.annotation_type].names_one_class:
        return []
    given = answers_of_task(task)
    before, after = (label.value.get("class") for label in pair)
    weights: list[dict[UUID, float | None]] = [{}, {}]
    if before is not None and after is not None and before != after:
        for place, run in enumerate(runs):
            worker_ids = [answer.worker_id for answer in given.answers]
            skills = skills_of_run(run, worker_ids, terms=terms_of(job.ontology))
            if skills is not None:
                weights[place] = class_weights(given, skills, towards=after, against=before)
    return [
        {
            "worker": pseudonyms[answer.worker_id],
            "class": answer.annotations[0]["class"],
            "weight_first": weights[0].get(answer.worker_id),
            "weight_second": weights[1].get(answer.worker_id),
        }
        for answer in given.answers
    ]
