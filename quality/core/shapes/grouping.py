"""Which shapes of a task, or of all tasks at once, show the same thing; skills play no part in it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.core.geometry.base import Geometry, Shapes
from quality.core.labels import FloatArray, IntArray
from quality.core.shapes.answers import Attributes, DrawnShapes
from quality.core.shapes.candidates import meeting_pairs
from quality.core.shapes.clustering import MIN_SIMILARITY, Pairs, cluster_pairs, members_of
from quality.core.shapes.existence import Sightings


@dataclass(frozen=True)
class Grouping:
    """Hold a task's shapes and which of them show the same thing.

    Parameters
    ----------
    drawn : the shapes.
    groups : arrays of shape numbers.
    agreement : (n_groups,) mean similarity between the shapes of a group, NaN for a lone one.
    """

    drawn: DrawnShapes
    groups: tuple[IntArray, ...]
    agreement: FloatArray


@dataclass(frozen=True)
class Flattened:
    """Hold the groupings of many tasks in common arrays.

    Parameters
    ----------
    worker_ids : the distinct workers, those with empty answers included.
    answered_task, answered_by : (n_answers,) tasks and numbers into `worker_ids`, empty answers included.
    shapes : n_shapes, task by task.
    worker, position : (n_shapes,) number into `worker_ids`, and place in the worker's answer.
    labels, attributes : n_shapes class names, and attributes.
    members : (n_shapes,) shape numbers, one group after the other.
    sizes : (n_groups,) of members.
    agreement : (n_groups,) as in the groupings.
    n_answers, n_groups : (n_tasks,) of answers and of groups; each task's lie together.
    """

    worker_ids: tuple[Hashable, ...]
    answered_task: IntArray
    answered_by: IntArray
    shapes: Shapes
    worker: IntArray
    position: IntArray
    labels: list[str]
    attributes: list[Attributes]
    members: IntArray
    sizes: IntArray
    agreement: FloatArray
    n_answers: IntArray
    n_groups: IntArray

    @classmethod
    def of(cls, groupings: Sequence[Grouping]) -> Flattened:
        """Join groupings."""
        drawn = [grouping.drawn for grouping in groupings]
        groups = [group for grouping in groupings for group in grouping.groups]
        number: dict[Hashable, int] = {}
        answered_by = np.array(
            [number.setdefault(worker_id, len(number)) for each in drawn for worker_id in each.worker_ids], np.int64
        )
        n_answers = np.array([len(each.worker_ids) for each in drawn], dtype=np.int64)
        n_shapes = np.array([len(each.worker) for each in drawn], dtype=np.int64)
        first_answer, first_shape = (np.repeat(np.cumsum(n) - n, n_shapes) for n in (n_answers, n_shapes))
        return cls(
            worker_ids=tuple(number),
            answered_task=np.repeat(np.arange(len(drawn)), n_answers),
            answered_by=answered_by,
            shapes=np.concatenate([each.shapes for each in drawn]) if drawn else np.zeros(0),
            worker=answered_by[_joined([each.worker for each in drawn]) + first_answer],
            position=_joined([each.position for each in drawn]),
            labels=[label for each in drawn for label in each.labels],
            attributes=[attributes for each in drawn for attributes in each.attributes],
            # Every shape is in one group, so the groups of a task have as many members as it has shapes.
            members=_joined(groups) + first_shape,
            sizes=np.array([len(group) for group in groups], dtype=np.int64),
            agreement=np.concatenate([np.zeros(0), *(grouping.agreement for grouping in groupings)]),
            n_answers=n_answers,
            n_groups=np.array([len(grouping.groups) for grouping in groupings], dtype=np.int64),
        )

    @property
    def group(self) -> IntArray:
        """Return (n_shapes,) the group of each of `members`."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def sightings(self) -> Sightings:
        """Return who answered and drew what over all tasks, clusters being the groups."""
        n_tasks = len(self.n_groups)
        return Sightings(
            task=self.answered_task,
            worker=self.answered_by,
            task_of_cluster=np.repeat(np.arange(n_tasks), self.n_groups),
            drawn_cluster=self.group,
            drawn_by=self.worker[self.members],
            n_tasks=n_tasks,
            n_workers=len(self.worker_ids),
        )


def group_tasks(
    geometry: Geometry, tasks: Sequence[DrawnShapes], *, min_similarity: float = MIN_SIMILARITY
) -> list[Grouping]:
    """Match the shapes of each task by place alone, whatever they are called.

    All tasks are matched in one go: a job of many small tasks costs no more than one large task.
    """
    if not tasks:
        return []
    sizes = np.array([len(drawn.worker) for drawn in tasks], dtype=np.int64)
    n_workers = np.array([len(drawn.worker_ids) for drawn in tasks], dtype=np.int64)
    shapes = np.concatenate([drawn.shapes for drawn in tasks])
    task = np.repeat(np.arange(len(tasks)), sizes)
    worker = np.concatenate([drawn.worker for drawn in tasks]) + np.repeat(np.cumsum(n_workers) - n_workers, sizes)
    one, other = meeting_pairs(geometry.bounds(shapes), task, worker=worker) if len(shapes) else (task, task)
    apart = worker[one] != worker[other]
    one, other = one[apart], other[apart]
    similarity = geometry.similarity(shapes[one], shapes[other])
    alike = similarity > 0.0
    pairs = Pairs(one[alike], other[alike], similarity[alike])
    group = cluster_pairs(worker, pairs, min_similarity=min_similarity)
    agreement = mean_agreement(group, pairs)
    return _by_task(tasks, sizes, group, agreement)


def _joined(parts: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def mean_agreement(group: IntArray, pairs: Pairs) -> FloatArray:
    """Return (n_groups,) the mean similarity over the pairs of each group, NaN for a lone shape."""
    n_members = np.bincount(group)
    inside = group[pairs.one] == group[pairs.other]
    total = np.bincount(group[pairs.one[inside]], weights=pairs.similarity[inside], minlength=len(n_members))
    n_pairs = n_members * (n_members - 1) / 2.0
    agreement = np.full(len(n_members), np.nan)
    np.divide(total, n_pairs, out=agreement, where=n_pairs > 0)
    bounded: FloatArray = np.minimum(agreement, 1.0)
    return bounded


def _by_task(tasks: Sequence[DrawnShapes], sizes: IntArray, group: IntArray, agreement: FloatArray) -> list[Grouping]:
    """Return the grouping of each task; groups are numbered by their first shape, so each task has a range of them."""
    groups = members_of(group)
    ends = np.cumsum(sizes)
    offsets = (ends - sizes).tolist()
    first_shape = np.array([members[0] for members in groups], dtype=np.int64)
    limits = np.searchsorted(first_shape, np.concatenate([[0], ends])).tolist()
    return [
        Grouping(
            drawn=drawn,
            groups=tuple(members - offset for members in groups[begin:end]) if offset else tuple(groups[begin:end]),
            agreement=agreement[begin:end],
        )
        for drawn, offset, begin, end in zip(tasks, offsets, limits[:-1], limits[1:], strict=True)
    ]
