"""Parts of a job whose agreement is asked for apart: a class, a pair of workers, a group of assets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quality.core.agreement.coefficients import Coefficient
from quality.core.labels import IntArray, LabelMatrix

Measure = Callable[[LabelMatrix], Coefficient]


def by_class(labels: LabelMatrix, measure: Measure) -> tuple[Coefficient, ...]:
    """Measure each class against the rest (two values); one coefficient a class, in the classes' order."""
    return tuple(measure(one_against_rest(labels, number)) for number in range(labels.n_classes))


def by_group(labels: LabelMatrix, measure: Measure, *, group: IntArray) -> tuple[Coefficient, ...]:
    """Measure each group of tasks.

    Parameters
    ----------
    group : (n_tasks,) group numbers from 0; tasks with -1 are in none.

    Raises
    ------
    ValueError
        `group` has another length than n_tasks.
    """
    if np.shape(group) != (labels.n_tasks,):
        raise ValueError("group must hold one number for each task")
    group_of_label = group[labels.task]
    order = np.argsort(group_of_label, kind="stable")
    ends = np.searchsorted(group_of_label[order], np.arange(int(group.max(initial=-1)) + 2))
    return tuple(measure(labels_at(labels, order[begin:end])) for begin, end in pairwise(ends))


def of_workers(labels: LabelMatrix, workers: IntArray) -> LabelMatrix:
    """Return the labels of some workers only, such as a pair."""
    return labels_at(labels, np.isin(labels.worker, workers))


def one_against_rest(labels: LabelMatrix, number: int) -> LabelMatrix:
    """Return the labels with the values 1 (the class) and 0 (any other)."""
    return LabelMatrix(
        task=labels.task,
        worker=labels.worker,
        label=(labels.label == number).astype(np.int64),
        n_tasks=labels.n_tasks,
        n_workers=labels.n_workers,
        n_classes=2,
    )


def labels_at(labels: LabelMatrix, rows: IntArray | NDArray[np.bool_]) -> LabelMatrix:
    """Return some rows of the labels, all numbers kept.

    Parameters
    ----------
    rows : (n_labels,) booleans or row numbers.
    """
    return LabelMatrix(
        task=labels.task[rows],
        worker=labels.worker[rows],
        label=labels.label[rows],
        n_tasks=labels.n_tasks,
        n_workers=labels.n_workers,
        n_classes=labels.n_classes,
    )
