"""How near concluded shapes come to gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from labeling.core.geometry.base import Geometry, Shapes
from quality.core.scoring import BoxScore


@dataclass(frozen=True)
class NamedShapes:
    """Hold n shapes and their n classes (None: undecided)."""

    shapes: Shapes
    labels: tuple[str | None, ...]


def score_shapes(
    geometry: Geometry, concluded: NamedShapes, gold: NamedShapes, *, min_similarities: Sequence[float]
) -> list[BoxScore]:
    """Match the shapes of one task one to one, optimally, at each of several thresholds.

    Parameters
    ----------
    min_similarities : pairs below it never match; above 0, at most 1.

    Returns
    -------
    One score a threshold; `sum_iou` sums the similarity, whatever the geometry takes for one.

    Notes
    -----
    As for boxes: the most pairs possible, then the largest sum of similarity; classes play no part.
    """
    similarity = geometry.similarity_matrix(concluded.shapes, gold.shapes)
    scores = []
    for least in min_similarities:
        if not 0.0 < least <= 1.0:
            raise ValueError("thresholds must lie in (0, 1]")
        bonus = 1.0 + min(similarity.shape)
        rows, columns = linear_sum_assignment(np.where(similarity >= least, similarity + bonus, 0.0), maximize=True)
        matched = similarity[rows, columns] >= least
        pairs = list(zip(rows[matched].tolist(), columns[matched].tolist(), strict=True))
        scores.append(
            BoxScore(
                n_matched=len(pairs),
                n_named_right=sum(concluded.labels[row] == gold.labels[column] for row, column in pairs),
                n_concluded=len(concluded.labels),
                n_gold=len(gold.labels),
                sum_iou=float(sum(similarity[row, column] for row, column in pairs)),
            )
        )
    return scores
