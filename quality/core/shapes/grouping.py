"""Which shapes of a task, or of all tasks at once, show the same thing; skills play no part in it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.core.geometry.base import Geometry
from quality.core.labels import FloatArray, IntArray
from quality.core.shapes.answers import DrawnShapes
from quality.core.shapes.candidates import meeting_pairs
from quality.core.shapes.clustering import MIN_SIMILARITY, Pairs, cluster_pairs, members_of


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

    def sightings(self) -> FloatArray:
        """Return (n_groups, n_workers) 1.0 where the worker drew a member."""
        seen = np.zeros((len(self.groups), len(self.drawn.worker_ids)))
        for row, group in enumerate(self.groups):
            seen[row, self.drawn.worker[group]] = 1.0
        return seen

    def votes(self, group: IntArray) -> list[tuple[Hashable, str]]:
        """Return (worker_id, label) of a group's shapes."""
        drawn = self.drawn
        return [(drawn.worker_ids[drawn.worker[shape]], drawn.labels[shape]) for shape in group]


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
