"""Which labels of a job to ask again after its guidelines or classes changed, and what that costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.errors import InvalidInput
from labeling.models import LabelingJob
from quality.core.acceptance.guideline_change import affordable, expected_change, rank_for_reasking
from quality.core.labels import FloatArray, IntArray
from quality.errors import NoConsensusYet
from quality.models import ConsensusLabel, ConsensusRun
from quality.services.aggregation import AGGREGATORS

Json = dict[str, Any]

MAX_TASKS = 200_000
MAX_LISTED = 300
CHUNK = 5_000
SHARE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class ClassChange:
    """What becomes of the members of a class.

    Parameters
    ----------
    becomes : share of the members that belong to each class from now on; sums to 1.
    carry_to : the class that its labels are moved to without asking; None where they are never moved.
    """

    name: str
    becomes: Mapping[str, float]
    carry_to: str | None


def guideline_impact(
    job: LabelingJob, changes: Sequence[ClassChange], *, min_change: float, budget_micros: int | None
) -> Json:
    """Rank the labels of a job's current run by the chance that the change makes them wrong.

    Parameters
    ----------
    changes : classes that are not named stay what they are.
    min_change : labels with at most this chance are not asked again, 0 to 1.
    budget_micros : pay for asking again; None for no limit.

    Raises
    ------
    NoConsensusYet
        The job's labels have not been concluded.
    InvalidInput
        The job's labels are no classes, or a change names no class, one twice, or shares that do not sum to 1.
    """
    if not AGGREGATORS[job.annotation_type].names_one_class:
        raise InvalidInput("Only the impact on labels of one class is known.", field="job")
    run = ConsensusRun.objects.current_of(job)
    if run is None:
        raise NoConsensusYet("The job's labels have not been concluded.")
    classes = job.ontology.class_names
    _check(changes, classes)
    transition, carried = _matrices(changes, classes)
    posterior, labels, complete = _posteriors(run, classes)
    p_change = expected_change(posterior, transition, carried=carried) if len(labels) else np.zeros(0)
    cost_micros = job.pay_micros * job.min_overlap
    cost = np.full(len(labels), float(max(cost_micros, 1)))
    ranked = rank_for_reasking(p_change, cost=cost, min_change=min_change)
    chosen = ranked.task if budget_micros is None else affordable(ranked, cost=cost, budget=float(budget_micros))
    shown = ConsensusLabel.objects.select_related("task__asset").in_bulk(
        [labels[number] for number in chosen[:MAX_LISTED].tolist()]
    )
    return {
        "run": run.pk,
        "n_tasks": len(labels),
        "complete": complete,
        "expected_changes": float(p_change.sum()),
        "n_to_ask": len(chosen),
        "expected_changes_found": float(p_change[chosen].sum()),
        "answers_per_task": job.min_overlap,
        "pay_micros": cost_micros * len(chosen),
        "currency": job.currency,
        "items": [
            {
                "task": label.task_id,
                "external_id": label.task.asset.external_id,
                "class": label.value.get("class"),
                "p_change": float(p_change[number]),
            }
            for number in chosen[:MAX_LISTED].tolist()
            for label in [shown[labels[number]]]
        ],
    }


def _check(changes: Sequence[ClassChange], classes: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, change in enumerate(changes):
        path = f"changes[{index}]"
        if change.name not in classes:
            raise InvalidInput("The job has no such class.", field=f"{path}.class")
        if change.name in seen:
            raise InvalidInput("The class is named twice.", field=f"{path}.class")
        seen.add(change.name)
        if abs(sum(change.becomes.values()) - 1.0) > SHARE_TOLERANCE:
            raise InvalidInput("The shares sum to 1.", field=f"{path}.becomes")


def _matrices(changes: Sequence[ClassChange], classes: Sequence[str]) -> tuple[FloatArray, IntArray]:
    """Return (n_old, n_new) shares and (n_old,) where labels are carried, -1 for nowhere."""
    of_class = {change.name: change for change in changes}
    named = {name for change in changes for name in (*change.becomes, change.carry_to) if name is not None}
    new = [*classes, *sorted(named - set(classes))]
    number = {name: place for place, name in enumerate(new)}
    transition = np.zeros((len(classes), len(new)))
    carried = np.full(len(classes), -1, dtype=np.int64)
    for old, name in enumerate(classes):
        change = of_class.get(name, ClassChange(name=name, becomes={name: 1.0}, carry_to=name))
        for target, share in change.becomes.items():
            transition[old, number[target]] = share
        if change.carry_to is not None:
            carried[old] = number[change.carry_to]
    return transition, carried


def _posteriors(run: ConsensusRun, classes: Sequence[str]) -> tuple[FloatArray, list[Any], bool]:
    """Return (n_tasks, n_classes) beliefs, the labels' ids, and whether these are all."""
    number = {name: place for place, name in enumerate(classes)}
    rows = run.labels.order_by("task__ordinal").values_list("pk", "value")[: MAX_TASKS + 1]
    ids, beliefs = [], []
    for label_id, value in rows.iterator(chunk_size=CHUNK):
        belief = np.zeros(len(classes))
        for name, chance in value.get("posterior", {}).items():
            belief[number[name]] = chance
        if belief.sum() > 0:
            ids.append(label_id)
            beliefs.append(belief / belief.sum())
    complete = len(ids) <= MAX_TASKS
    posterior = np.array(beliefs[:MAX_TASKS]).reshape(-1, len(classes))
    return posterior, ids[:MAX_TASKS], complete
