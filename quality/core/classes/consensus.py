"""Conclude a whole job of class answers: who is how good, and what each task shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np

from quality.core.classes.beliefs import Beliefs, Tally
from quality.core.classes.dawid_skene import ConfusionPriors, dawid_skene
from quality.core.classes.online import TaskBelief
from quality.core.classes.skills import ClassSkills, WorkerSkill
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_posterior
from quality.core.labels import IndexedLabels, IntArray, TaskId, index_labels


@dataclass(frozen=True)
class ClassConsensus(Generic[TaskId]):
    """Hold the outcome of a batch run: a belief for every task, and the skills found on the way.

    Parameters
    ----------
    indexed, gold, fitted : what the fit was made of: labels, (n_tasks,) known classes (-1: none), and its numbers.
    """

    beliefs: Mapping[TaskId, TaskBelief]
    skills: ClassSkills
    n_iter: int
    converged: bool
    indexed: IndexedLabels[TaskId]
    gold: IntArray
    fitted: Beliefs


def class_consensus(
    rows: Iterable[tuple[TaskId, Hashable, str]],
    *,
    classes: Sequence[str],
    gold: Mapping[TaskId, str] | None = None,
    earlier: Mapping[Any, WorkerSkill] | None = None,
    priors: ConfusionPriors = STOPPING_PRIORS,
) -> ClassConsensus[TaskId]:
    """Learn all skills from all rows (task_id, worker_id, label), then believe each task as `two_view_belief` does.

    Parameters
    ----------
    rows : of a repeated (task, worker) the first counts.
    classes : the ontology's classes; every label and gold class is one of them.
    gold : known classes of some tasks. They teach the skills; their beliefs still come from their answers alone, so
        that they can be compared.
    earlier : what is known of workers from elsewhere, by worker id, counted with what is learned here.

    Raises
    ------
    ValueError
        A label or gold class is not among the classes.
    """
    indexed = index_labels(rows, classes=classes)
    number_of_class = {name: number for number, name in enumerate(indexed.classes)}
    known = dict(gold or {})
    unknown = set(known.values()) - number_of_class.keys()
    if unknown:
        raise ValueError(f"gold outside the classes: {sorted(unknown)[:5]}")
    gold_numbers = np.array(
        [number_of_class[known[task_id]] if task_id in known else -1 for task_id in indexed.task_ids], dtype=np.int64
    )
    elsewhere = _tally(earlier, indexed) if earlier else None
    fitted = dawid_skene(indexed.matrix, gold=gold_numbers, earlier=elsewhere, priors=priors)
    skills = ClassSkills.learned(fitted, classes=indexed.classes, worker_ids=indexed.worker_ids)
    posterior = two_view_posterior(indexed.matrix, fitted)
    n_answers = np.bincount(indexed.matrix.task, minlength=indexed.matrix.n_tasks)
    beliefs = {
        task_id: TaskBelief(classes=indexed.classes, posterior=posterior[task], n_answers=int(n_answers[task]))
        for task, task_id in enumerate(indexed.task_ids)
    }
    return ClassConsensus(
        beliefs=beliefs,
        skills=skills,
        n_iter=fitted.n_iter,
        converged=fitted.converged,
        indexed=indexed,
        gold=gold_numbers,
        fitted=fitted,
    )


def _tally(earlier: Mapping[Any, WorkerSkill], indexed: IndexedLabels[TaskId]) -> Tally:
    """Return what is known of the workers who labelled here."""
    pairs = [
        (worker, label, mass)
        for worker, worker_id in enumerate(indexed.worker_ids)
        if worker_id in earlier
        for label, mass in sorted(earlier[worker_id].mass_of_label.items())
    ]
    n_classes = indexed.matrix.n_classes
    return Tally(
        worker=np.array([worker for worker, _, _ in pairs], dtype=np.int64),
        label=np.array([label for _, label, _ in pairs], dtype=np.int64),
        mass=np.array([mass for _, _, mass in pairs], dtype=np.float64).reshape(len(pairs), n_classes),
        n_workers=indexed.matrix.n_workers,
    )
