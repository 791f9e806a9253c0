"""Class answers as sparse triples, numbered from 0."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
TaskId = TypeVar("TaskId", bound=Hashable)


@dataclass(frozen=True)
class LabelMatrix:
    """Hold n_labels triples (task, worker, label), at most one a task and worker.

    Parameters
    ----------
    task, worker, label : (n_labels,) integers numbered from 0.
    n_tasks, n_workers, n_classes : the sizes; tasks and workers without a label are allowed.

    Raises
    ------
    ValueError
        Lengths differ, a number lies outside its range, or a worker has two labels on a task.
    """

    task: IntArray
    worker: IntArray
    label: IntArray
    n_tasks: int
    n_workers: int
    n_classes: int

    def __post_init__(self) -> None:
        if not len(self.task) == len(self.worker) == len(self.label):
            raise ValueError("task, worker and label must have the same length")
        sizes = ((self.task, self.n_tasks), (self.worker, self.n_workers), (self.label, self.n_classes))
        for numbers, size in sizes:
            if len(numbers) and (numbers.min() < 0 or numbers.max() >= size):
                raise ValueError(f"numbers must lie in 0..{size - 1}")
        pairs = self.task * max(self.n_workers, 1) + self.worker
        pairs.sort()
        if (pairs[1:] == pairs[:-1]).any():
            raise ValueError("a worker has more than one label on a task")

    @property
    def n_labels(self) -> int:
        """Return the number of triples."""
        return len(self.task)


@dataclass(frozen=True)
class IndexedLabels(Generic[TaskId]):
    """Pair a label matrix with the ids its numbers stand for."""

    matrix: LabelMatrix
    task_ids: tuple[TaskId, ...]
    worker_ids: tuple[Hashable, ...]
    classes: tuple[str, ...]


def index_labels(
    rows: Iterable[tuple[TaskId, Hashable, str]],
    *,
    classes: Sequence[str] | None = None,
    task_ids: Iterable[TaskId] = (),
) -> IndexedLabels[TaskId]:
    """Number rows (task_id, worker_id, label); of a repeated (task, worker) the first row wins.

    Parameters
    ----------
    classes : the ontology's classes in its order; by default the labels seen, sorted.
    task_ids : tasks to be numbered first, labelled or not.

    Raises
    ------
    ValueError
        A label is not among `classes`, or `classes` repeats a name.
    """
    first: dict[tuple[TaskId, Hashable], str] = {}
    for task_id, worker_id, label in rows:
        first.setdefault((task_id, worker_id), label)
    names = tuple(classes) if classes is not None else tuple(sorted(set(first.values())))
    number_of_class = {name: number for number, name in enumerate(names)}
    if len(number_of_class) != len(names):
        raise ValueError("classes must be distinct")
    unknown = set(first.values()) - number_of_class.keys()
    if unknown:
        raise ValueError(f"labels outside the classes: {sorted(unknown)[:5]}")

    number_of_task = {task_id: number for number, task_id in enumerate(dict.fromkeys(task_ids))}
    number_of_worker: dict[Hashable, int] = {}
    n_labels = len(first)
    task, worker, label_numbers = (np.empty(n_labels, dtype=np.int64) for _ in range(3))
    for row, ((task_id, worker_id), label) in enumerate(first.items()):
        task[row] = number_of_task.setdefault(task_id, len(number_of_task))
        worker[row] = number_of_worker.setdefault(worker_id, len(number_of_worker))
        label_numbers[row] = number_of_class[label]
    matrix = LabelMatrix(
        task=task,
        worker=worker,
        label=label_numbers,
        n_tasks=len(number_of_task),
        n_workers=len(number_of_worker),
        n_classes=len(names),
    )
    return IndexedLabels(
        matrix=matrix, task_ids=tuple(number_of_task), worker_ids=tuple(number_of_worker), classes=names
    )


def class_numbers(labels: Iterable[str], classes: Sequence[str]) -> IntArray:
    """Return (n_labels,) the labels' numbers among the classes.

    Raises
    ------
    ValueError
        A label is not among the classes, or these repeat a name.
    """
    number = {name: position for position, name in enumerate(classes)}
    if len(number) != len(classes):
        raise ValueError("classes must be distinct")
    try:
        return np.array([number[label] for label in labels], dtype=np.int64)
    except KeyError as error:
        raise ValueError(f"labels outside the classes: {error.args}") from None
