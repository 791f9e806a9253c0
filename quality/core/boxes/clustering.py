"""Which boxes of different workers show the same object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from quality.core.labels import FloatArray, IntArray

MIN_SIMILARITY = 0.3
# Up to this many shapes, splitting into components costs more than it saves.
SMALL = 100


def cluster_shapes(
    similarity: FloatArray, worker: IntArray, *, min_similarity: float = MIN_SIMILARITY
) -> list[IntArray]:
    """Group shapes by average linkage, never two of one worker together.

    Parameters
    ----------
    similarity : (n, n) symmetric, 0..1, such as the IoU.
    worker : (n,) who drew each shape.
    min_similarity : two groups are joined while their mean similarity is at least this.

    Returns
    -------
    The groups, each an ascending array of shape numbers, ordered by their first shape.

    Source: average linkage after Sokal & Michener 1958; cannot-link constraint after Wagstaff & Cardie 2000.
    """
    if len(worker) <= SMALL:
        groups = _link(similarity, worker, min_similarity)
    else:
        groups = [
            shapes[group]
            for shapes in _components(similarity, worker)
            for group in _link(similarity[np.ix_(shapes, shapes)], worker[shapes], min_similarity)
        ]
    return sorted(groups, key=lambda group: int(group[0]))


def _components(similarity: FloatArray, worker: IntArray) -> list[IntArray]:
    """Return the parts that share no similarity: no group reaches over two of them, and small parts are quick."""
    linked = sparse.csr_array(((similarity > 0.0) & _may_join(worker)).astype(np.int8))
    n_components, component = connected_components(linked, directed=False)
    order = np.argsort(component, kind="stable")
    return np.split(order, np.searchsorted(component[order], np.arange(1, n_components)))


def _link(similarity: FloatArray, worker: IntArray, min_similarity: float) -> list[IntArray]:
    """Return the groups of a set of shapes."""
    n_shapes = len(worker)
    if n_shapes == 0:
        return []
    linkage = np.where(_may_join(worker), similarity, -np.inf)
    members: dict[int, list[int]] = {shape: [shape] for shape in range(n_shapes)}
    while True:
        best = int(linkage.argmax())
        keep, drop = divmod(best, n_shapes)
        if linkage[keep, drop] < min_similarity:
            return [np.array(sorted(group), dtype=np.int64) for group in members.values()]
        n_keep, n_drop = len(members[keep]), len(members[drop])
        # The mean over pairs of a joined group is the weighted mean of its parts'; -inf (cannot link) survives it.
        joined = (n_keep * linkage[keep] + n_drop * linkage[drop]) / (n_keep + n_drop)
        linkage[keep] = joined
        linkage[:, keep] = joined
        linkage[keep, keep] = -np.inf
        linkage[drop] = -np.inf
        linkage[:, drop] = -np.inf
        members[keep].extend(members.pop(drop))


def _may_join(worker: IntArray) -> NDArray[np.bool_]:
    """Return (n, n) whether two shapes are of different workers."""
    different: NDArray[np.bool_] = worker[:, None] != worker[None, :]
    return different
