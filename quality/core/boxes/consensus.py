"""Conclude a whole job of box answers: who misses how much, and what each task shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from quality.core.boxes.answers import BoxAnswer, ImageSize
from quality.core.boxes.existence import Detection, Sightings, detect
from quality.core.boxes.online import DEFAULT_METHOD, BoxBelief, BoxMethod, Grouping, believe, group_boxes
from quality.core.boxes.skills import DEFAULT_DETECTION_PRIORS, BoxSkills, DetectionPriors
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.skills import ClassSkills
from quality.core.labels import TaskId, index_labels


@dataclass(frozen=True)
class BoxConsensus(Generic[TaskId]):
    """Hold the outcome of a batch run: a belief for every task, and the skills found on the way."""

    beliefs: Mapping[TaskId, BoxBelief]
    skills: BoxSkills
    n_iter: int
    converged: bool


def box_consensus(
    answers: Mapping[TaskId, Iterable[BoxAnswer]],
    *,
    classes: Sequence[str],
    images: Mapping[TaskId, ImageSize] | None = None,
    priors: DetectionPriors = DEFAULT_DETECTION_PRIORS,
    method: BoxMethod = DEFAULT_METHOD,
) -> BoxConsensus[TaskId]:
    """Learn all skills from all answers (by task id), then believe each task as `box_belief` does.

    Parameters
    ----------
    answers : empty answers included; without them nobody's misses would be learned.
    classes : the ontology's classes; every label is one of them.
    images : sizes of some or all tasks' images; boxes are cut to them.

    Raises
    ------
    ValueError
        A label is not among the classes.
    """
    sizes = images or {}
    groupings = {
        task_id: group_boxes(given, image=sizes.get(task_id), min_similarity=method.min_similarity)
        for task_id, given in answers.items()
    }
    worker_ids = tuple(dict.fromkeys(worker for grouping in groupings.values() for worker in grouping.drawn.worker_ids))
    found = detect(_sightings(groupings, worker_ids), priors=priors)
    naming = _learn_naming(groupings, found, classes)
    skills = BoxSkills(crowd=found.crowd, naming=naming, workers=found.workers(worker_ids))
    return BoxConsensus(
        beliefs={task_id: believe(grouping, skills, method=method) for task_id, grouping in groupings.items()},
        skills=skills,
        n_iter=found.n_iter,
        converged=found.converged,
    )


def _sightings(groupings: Mapping[TaskId, Grouping], worker_ids: Sequence[Hashable]) -> Sightings:
    """Return who answered and drew what over all tasks, clusters numbered in the order of tasks and groups."""
    number = {worker_id: position for position, worker_id in enumerate(worker_ids)}
    task: list[int] = []
    worker: list[int] = []
    task_of_cluster: list[int] = []
    drawn_cluster: list[int] = []
    drawn_by: list[int] = []
    for task_number, grouping in enumerate(groupings.values()):
        workers = [number[worker_id] for worker_id in grouping.drawn.worker_ids]
        task.extend([task_number] * len(workers))
        worker.extend(workers)
        for group in grouping.groups:
            drawn_cluster.extend([len(task_of_cluster)] * len(group))
            drawn_by.extend(workers[drawer] for drawer in grouping.drawn.worker[group])
            task_of_cluster.append(task_number)
    return Sightings(
        task=np.array(task, dtype=np.int64),
        worker=np.array(worker, dtype=np.int64),
        task_of_cluster=np.array(task_of_cluster, dtype=np.int64),
        drawn_cluster=np.array(drawn_cluster, dtype=np.int64),
        drawn_by=np.array(drawn_by, dtype=np.int64),
        n_tasks=len(groupings),
        n_workers=len(worker_ids),
    )


def _learn_naming(groupings: Mapping[TaskId, Grouping], found: Detection, classes: Sequence[str]) -> ClassSkills:
    """Return the workers' skill in naming, learned from the things that are likely objects."""
    votes = (grouping.votes(group) for grouping in groupings.values() for group in grouping.groups)
    rows = [
        (cluster, worker_id, label)
        for cluster, cluster_votes in enumerate(votes)
        if found.p_exist[cluster] >= 0.5
        for worker_id, label in cluster_votes
    ]
    indexed = index_labels(rows, classes=classes)
    return ClassSkills.learned(dawid_skene(indexed.matrix), classes=indexed.classes, worker_ids=indexed.worker_ids)
