"""Conclude a whole job of shapes: who misses how much, and what each task shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from labeling.core.geometry.base import Frame, Geometry
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.skills import ClassSkills
from quality.core.labels import LabelMatrix, TaskId, class_numbers
from quality.core.shapes.answers import ShapeAnswer, lay_flat
from quality.core.shapes.beliefs import ACCEPTED_FROM, DEFAULT_METHOD, ShapeBelief, ShapeMethod, believe_all
from quality.core.shapes.existence import Detection, detect
from quality.core.shapes.grouping import Flattened, Grouping, group_tasks
from quality.core.shapes.skills import DEFAULT_DETECTION_PRIORS, DetectionPriors, ShapeSkills


@dataclass(frozen=True)
class LearnedSkills:
    """Hold the skills that a job's groupings show."""

    skills: ShapeSkills
    n_iter: int
    converged: bool


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
    flat = Flattened.of(groupings)
    learned = _learned(flat, classes=classes, priors=priors)
    beliefs = believe_all(geometry, flat, learned.skills, method=method)
    return ShapeConsensus(
        beliefs=dict(zip(answers, beliefs, strict=True)),
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
    return _learned(Flattened.of(groupings), classes=classes, priors=priors)


def _learned(flat: Flattened, *, classes: Sequence[str], priors: DetectionPriors) -> LearnedSkills:
    found = detect(flat.sightings(), priors=priors)
    naming = _learn_naming(flat, found, classes)
    skills = ShapeSkills(crowd=found.crowd, naming=naming, workers=found.workers(flat.worker_ids))
    return LearnedSkills(skills=skills, n_iter=found.n_iter, converged=found.converged)


def _learn_naming(flat: Flattened, found: Detection, classes: Sequence[str]) -> ClassSkills:
    """Return the workers' skill in naming, learned from the things that are likely objects."""
    likely = found.p_exist >= ACCEPTED_FROM
    counted = likely[flat.group]
    shapes = flat.members[counted]
    labels = LabelMatrix(
        task=(np.cumsum(likely) - 1)[flat.group[counted]],
        worker=flat.worker[shapes],
        label=class_numbers(flat.labels, classes)[shapes],
        n_tasks=int(likely.sum()),
        n_workers=len(flat.worker_ids),
        n_classes=len(classes),
    )
    return ClassSkills.learned(dawid_skene(labels), classes=classes, worker_ids=flat.worker_ids)
