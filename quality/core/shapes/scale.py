"""How near is near, among points that have no size of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.spatial import cKDTree

from quality.core.labels import FloatArray

# Points looked at; more would not change the figure.
MAX_POINTS = 200_000
MIN_DISTANCES = 20


def typical_radius(tasks: Iterable[Sequence[FloatArray]]) -> float | None:
    """Return the distance within which points of different workers most plainly mark the same thing.

    Parameters
    ----------
    tasks : of each task, the (n, 2) points of each of its workers.

    Returns
    -------
    Pixels; None where too few points are there to tell.

    Notes
    -----
    It is where the share of points that have a neighbour in another worker's answer exceeds by most the share that
    would have one by chance, were that answer's points strewn over the same area (Youden's index); but never more
    than half the usual distance between two points of one worker, who meant two things by them.
    """
    apart, by_chance, own = _distances(tasks)
    if len(apart) < MIN_DISTANCES:
        return None
    order = np.argsort(apart)
    distance = apart[order]
    share = np.arange(1, len(distance) + 1) / len(distance)
    grid = (
        np.unique(np.quantile(distance[distance > 0.0], np.linspace(0.0, 1.0, 200))) if (distance > 0).any() else None
    )
    if grid is None:
        return None
    found = share[np.minimum(np.searchsorted(distance, grid, side="right"), len(share)) - 1]
    chance = np.array([1.0 - np.exp(-by_chance * np.pi * radius**2).mean() for radius in grid])
    radius = float(grid[np.argmax(found - chance)])
    return min(radius, float(np.median(own)) / 2.0) if len(own) and np.median(own) > 0.0 else radius


def _distances(tasks: Iterable[Sequence[FloatArray]]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return distances to the nearest point of another worker, that worker's points per pixel, and own distances."""
    apart, density, own = [], [], []
    n_points = 0
    for workers in tasks:
        drawn = [points for points in workers if len(points)]
        area = float(np.prod(np.ptp(np.concatenate(drawn), axis=0))) if drawn else 0.0
        trees = [cKDTree(points) for points in drawn]
        own += [
            np.asarray(tree.query(points, k=[2])[0]).ravel()
            for tree, points in zip(trees, drawn, strict=True)
            if len(points) > 1
        ]
        # Each worker is compared with the next alone: all pairs would say the same at many times the cost.
        for points, tree in zip(drawn, trees[1:] + trees[:1], strict=True) if len(drawn) > 1 and area > 0.0 else ():
            apart.append(np.asarray(tree.query(points)[0]))
            density.append(np.full(len(points), tree.n / area))
            n_points += len(points)
        if n_points > MAX_POINTS:
            break
    empty = np.zeros(0)
    return np.concatenate([empty, *apart]), np.concatenate([empty, *density]), np.concatenate([empty, *own])
