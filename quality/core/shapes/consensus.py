"""Conclude a whole job of shapes: who misses how much, and what each task shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic

import numpy as np

from labeling.core.geometry.base import Frame, Geometry
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.core.labels import FloatArray, IntArray, TaskId, index_labels
from quality.core.shapes.answers import ShapeAnswer, lay_flat
from quality.core.shapes.beliefs import DEFAULT_METHOD, ShapeBelief, ShapeMethod, believe
from quality.core.shapes.existence import Detection, Sightings, detect
from quality.core.shapes.grouping import Grouping, group_tasks
from quality.core.shapes.skills import DEFAULT_DETECTION_PRIORS, DetectionPriors, ShapeSkills


@dataclass(frozen=True)
class LearnedSkills:
    """Hold the skills that a job's groupings show."""

    skills: ShapeSkills
    n_iter: int
    converged: bool

    @property
    def remembering(self) -> ShapeSkills:
        """Return the same skills, quicker where many tasks are believed by them."""
        return replace(self.skills, naming=_remembering(self.skills.naming))


@dataclass(frozen=True)
class ShapeConsensus(Generic[TaskId]):
    """Hold the outcome of a batch run: a belief for every task, and the skills found on the way."""

    beliefs: Mapping[TaskId, ShapeBelief]
    skills: ShapeSkills
    n_iter: int
    converged: bool


def shape_consensus(
    geometry: Geometry,
    answers: Mapping[TaskId, Iterable[ShapeAnswer]],
    *,
    classes: Sequence[str],
    frames: Mapping[TaskId, Frame] | None = None,
    priors: DetectionPriors = DEFAULT_DETECTION_PRIORS,
    method: ShapeMethod = DEFAULT_METHOD,
) -> ShapeConsensus[TaskId]:
    """Learn all skills from all answers (by task id), then believe each task as `shape_belief` does.

    Parameters
    ----------
    answers : empty answers included; without them nobody's misses would be learned.
    classes : the ontology's classes; every label is one of them.
    frames : sizes of some or all tasks' images; shapes are cut to them.

    Raises
    ------
    ValueError
        A label is not among the classes.
    """
    sizes = frames or {}
    drawn = [lay_flat(geometry, given, frame=sizes.get(task_id)) for task_id, given in answers.items()]
    groupings = group_tasks(geometry, drawn, min_similarity=method.min_similarity)
    learned = learn_skills(groupings, classes=classes, priors=priors)
    quick = learned.remembering
    return ShapeConsensus(
        beliefs={
            task_id: believe(geometry, grouping, quick, method=method)
            for task_id, grouping in zip(answers, groupings, strict=True)
        },
        skills=learned.skills,
        n_iter=learned.n_iter,
        converged=learned.converged,
    )


def learn_skills(
    groupings: Sequence[Grouping], *, classes: Sequence[str], priors: DetectionPriors = DEFAULT_DETECTION_PRIORS
) -> LearnedSkills:
    """Learn who misses and invents how much, and who names how well, from all tasks' groupings.

    The shapes themselves are not looked at, and may have been left out.
    """
    worker_ids = tuple(dict.fromkeys(worker for grouping in groupings for worker in grouping.drawn.worker_ids))
    found = detect(_sightings(groupings, worker_ids), priors=priors)
    naming = _learn_naming(groupings, found, classes)
    skills = ShapeSkills(crowd=found.crowd, naming=naming, workers=found.workers(worker_ids))
    return LearnedSkills(skills=skills, n_iter=found.n_iter, converged=found.converged)


def _sightings(groupings: Sequence[Grouping], worker_ids: Sequence[Hashable]) -> Sightings:
    """Return who answered and drew what over all tasks, clusters numbered in the order of tasks and groups."""
    number = {worker_id: position for position, worker_id in enumerate(worker_ids)}
    workers = [np.array([number[each] for each in grouping.drawn.worker_ids], np.int64) for grouping in groupings]
    n_groups = [len(grouping.groups) for grouping in groupings]
    groups = [group for grouping in groupings for group in grouping.groups]
    drawers = [
        of_task[grouping.drawn.worker[group]]
        for of_task, grouping in zip(workers, groupings, strict=True)
        for group in grouping.groups
    ]
    return Sightings(
        task=np.repeat(np.arange(len(groupings)), [len(of_task) for of_task in workers]),
        worker=_joined(workers),
        task_of_cluster=np.repeat(np.arange(len(groupings)), n_groups),
        drawn_cluster=np.repeat(np.arange(len(groups)), [len(group) for group in groups]),
        drawn_by=_joined(drawers),
        n_tasks=len(groupings),
        n_workers=len(worker_ids),
    )


def _joined(parts: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


class _RememberingSkill(WorkerSkill):
    """A skill that works out the likelihood of each label once; a batch asks for few of them very often."""

    def likelihood(self, label: int, crowd: CrowdSkill) -> FloatArray:
        """Return what `WorkerSkill.likelihood` does, for the one crowd of the batch."""
        known: dict[int, FloatArray] = self.__dict__.setdefault("_known", {})
        if label not in known:
            known[label] = super().likelihood(label, crowd)
        return known[label]


def _remembering(skills: ClassSkills) -> ClassSkills:
    workers = {worker_id: _RememberingSkill(skill.mass_of_label) for worker_id, skill in skills.workers.items()}
    return ClassSkills(crowd=skills.crowd, workers=workers)


def _learn_naming(groupings: Sequence[Grouping], found: Detection, classes: Sequence[str]) -> ClassSkills:
    """Return the workers' skill in naming, learned from the things that are likely objects."""
    groups = ((grouping, group) for grouping in groupings for group in grouping.groups)
    likely = found.p_exist >= 0.5
    rows = [
        (cluster, worker_id, label)
        for cluster, (grouping, group) in enumerate(groups)
        if likely[cluster]
        for worker_id, label in grouping.votes(group)
    ]
    indexed = index_labels(rows, classes=classes)
    return ClassSkills.learned(dawid_skene(indexed.matrix), classes=indexed.classes, worker_ids=indexed.worker_ids)
