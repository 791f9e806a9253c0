"""Which shapes of different workers show the same object."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from quality.core.labels import FloatArray, IntArray

MIN_SIMILARITY = 0.3
# Up to this many links, following them one by one is quicker than building a sparse matrix.
SMALL = 500


@dataclass(frozen=True)
class Pairs:
    """Hold the similarities that are not 0.

    Parameters
    ----------
    one, other : (n_pairs,) shape numbers, one < other, each pair once.
    similarity : (n_pairs,) above 0, up to 1.
    """

    one: IntArray
    other: IntArray
    similarity: FloatArray


def cluster_pairs(worker: IntArray, pairs: Pairs, *, min_similarity: float = MIN_SIMILARITY) -> IntArray:
    """Return (n_shapes,) group numbers by average linkage, never two shapes of one worker together.

    Parameters
    ----------
    worker : (n_shapes,) who drew each shape; where tasks are grouped at once, a number of its own for each task.
    pairs : pairs left out have similarity 0.
    min_similarity : two groups are joined while their mean similarity is at least this, above 0.

    Returns
    -------
    Groups are numbered by their first shape.

    Notes
    -----
    Groups whose every pair is below the threshold never join. So the shapes fall apart into components that can be
    grouped on their own; and a component of different workers in which every pair is at the threshold is one group.
    That leaves the search to the few places where objects crowd.

    Source: average linkage after Sokal & Michener 1958; cannot-link constraint after Wagstaff & Cardie 2000.
    """
    n_shapes = len(worker)
    near = pairs.similarity >= min_similarity
    near &= worker[pairs.one] != worker[pairs.other]
    component = _components(n_shapes, pairs.one[near], pairs.other[near])
    size = np.bincount(component, minlength=n_shapes)
    n_links = np.bincount(component[pairs.one[near]], minlength=n_shapes)
    # With all pairs near, and near only between different workers, nobody occurs twice.
    crowded = n_links < size * (size - 1) // 2
    group = component.copy()
    _split(group, worker, pairs, crowded=crowded[component], min_similarity=min_similarity)
    first_shape, number = np.unique(group, return_index=True, return_inverse=True)[1:]
    renumbered = np.empty(len(first_shape), dtype=np.int64)
    renumbered[np.argsort(first_shape)] = np.arange(len(first_shape))
    return renumbered[number.reshape(-1)]


def _components(n_shapes: int, one: IntArray, other: IntArray) -> IntArray:
    """Return (n_shapes,) numbers below n_shapes, equal for shapes that links connect."""
    if len(one) > SMALL:
        links = sparse.coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n_shapes, n_shapes))
        return np.asarray(connected_components(links.tocsr(), directed=False)[1], dtype=np.int64)
    root = list(range(n_shapes))

    def top(shape: int) -> int:
        while root[shape] != shape:
            root[shape] = root[root[shape]]
            shape = root[shape]
        return shape

    for left, right in zip(one.tolist(), other.tolist(), strict=True):
        root[top(left)] = top(right)
    return np.array([top(shape) for shape in range(n_shapes)], dtype=np.int64)


def cluster_shapes(
    similarity: FloatArray, worker: IntArray, *, min_similarity: float = MIN_SIMILARITY
) -> list[IntArray]:
    """Return the groups of `cluster_pairs` as ascending arrays, from an (n, n) symmetric matrix."""
    one, other = np.nonzero(np.triu(similarity, 1) > 0.0)
    group = cluster_pairs(worker, Pairs(one, other, similarity[one, other]), min_similarity=min_similarity)
    return members_of(group)


def members_of(group: IntArray) -> list[IntArray]:
    """Return the shape numbers of each group, ascending."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.searchsorted(group[order], np.arange(1, group.max() + 1))) if len(group) else []


def _split(
    group: IntArray, worker: IntArray, pairs: Pairs, *, crowded: NDArray[np.bool_], min_similarity: float
) -> None:
    """Replace, in `group`, the components where objects crowd by their groups, numbered from n_shapes on."""
    inside = crowded[pairs.one] & (group[pairs.one] == group[pairs.other])
    pairs_of: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    rows = zip(
        group[pairs.one[inside]].tolist(),
        pairs.one[inside].tolist(),
        pairs.other[inside].tolist(),
        pairs.similarity[inside].tolist(),
        strict=True,
    )
    for component, one, other, similarity in rows:
        pairs_of[component].append((one, other, similarity))
    next_number = len(group)
    for rows_of_one in pairs_of.values():
        shapes = {shape for row in rows_of_one for shape in row[:2]}
        for members in _Linkage({shape: int(worker[shape]) for shape in sorted(shapes)}, min_similarity).run(
            rows_of_one
        ):
            group[members] = next_number
            next_number += 1


@dataclass
class _Linkage:
    """Average linkage within one component, by a heap of the joins that are possible."""

    worker: dict[int, int]
    min_similarity: float
    members: dict[int, list[int]] = field(default_factory=dict)
    workers: dict[int, frozenset[int]] = field(default_factory=dict)
    total: dict[int, dict[int, float]] = field(default_factory=dict)
    heap: list[tuple[float, int, int]] = field(default_factory=list)

    def run(self, pairs: list[tuple[int, int, float]]) -> list[list[int]]:
        """Return the groups."""
        for number, (shape, worker) in enumerate(self.worker.items()):
            self.members[number] = [shape]
            self.workers[number] = frozenset((worker,))
            self.total[number] = {}
        number_of = {shape: number for number, shape in enumerate(self.worker)}
        for one, other, similarity in pairs:
            self._relate(number_of[one], number_of[other], similarity)
        next_number = len(self.worker)
        while self.heap:
            _, one, other = heapq.heappop(self.heap)
            # Joined groups get new numbers, so that what the heap still says of the old ones is passed over.
            if one in self.members and other in self.members:
                self._join(one, other, next_number)
                next_number += 1
        return list(self.members.values())

    def _relate(self, one: int, other: int, total: float) -> None:
        """Note the sum of similarities between two groups, unless a worker is in both."""
        if self.workers[one].isdisjoint(self.workers[other]):
            self.total[one][other] = self.total[other][one] = total
            mean = total / (len(self.members[one]) * len(self.members[other]))
            if mean >= self.min_similarity:
                heapq.heappush(self.heap, (-mean, one, other))

    def _join(self, one: int, other: int, joined: int) -> None:
        self.members[joined] = self.members.pop(one) + self.members.pop(other)
        self.workers[joined] = self.workers.pop(one) | self.workers.pop(other)
        related = self.total.pop(one)
        for group, total in self.total.pop(other).items():
            related[group] = related.get(group, 0.0) + total
        self.total[joined] = {}
        for group, total in related.items():
            if group in self.members:
                self.total[group].pop(one, None)
                self.total[group].pop(other, None)
                self._relate(group, joined, total)
