"""How beliefs compare with gold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.classes.beliefs import TaskBeliefs
from quality.core.labels import FloatArray, IntArray

N_BINS = 10
ELSEWHERE = -2


@dataclass(frozen=True)
class ReliabilityRow:
    """Tell of tasks of similar confidence how confident, and how right, they are on average."""

    n_tasks: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Comparison:
    """State how beliefs compare with gold.

    Parameters
    ----------
    n_tasks : gold tasks compared.
    accuracy : share whose label is the gold's; a tie is no label and counts as wrong.
    tie_credited : the same, where of m tied classes the right one earns 1/m.
    n_tied : tasks without a label because classes tie.
    mean_confidence : average belief in the likeliest class.
    calibration_error : average distance between confidence and tie-credited accuracy, over the rows.
    reliability : at most ten rows of as equal numbers of tasks as possible, by rising confidence.
    """

    n_tasks: int
    accuracy: float
    tie_credited: float
    n_tied: int
    mean_confidence: float
    calibration_error: float
    reliability: tuple[ReliabilityRow, ...]


def compare(beliefs: TaskBeliefs, gold: IntArray) -> Comparison | None:
    """Compare beliefs with gold; None without a gold task.

    Parameters
    ----------
    gold : (n_tasks,) true classes; -1 where unknown, -2 where the true class is none of the labels'.
    """
    compared = np.flatnonzero(gold != -1)
    if not len(compared):
        return None
    credit = tie_credit(beliefs, gold)[compared]
    confidence = beliefs.confidence[compared]
    choice = beliefs.choice[compared]
    rows = _reliability(confidence, credit)
    return Comparison(
        n_tasks=len(compared),
        accuracy=float((choice == gold[compared]).mean()),
        tie_credited=float(credit.mean()),
        n_tied=int((choice == -1).sum()),
        mean_confidence=float(confidence.mean()),
        calibration_error=sum(row.n_tasks * abs(row.confidence - row.accuracy) for row in rows) / len(compared),
        reliability=rows,
    )


def tie_credit(beliefs: TaskBeliefs, gold: IntArray) -> FloatArray:
    """Return (n_tasks,) 1/m where the gold class is among the m likeliest, else 0."""
    if beliefs.posterior.shape[1] == 0:
        return np.zeros(len(gold))
    top: NDArray[np.bool_] = beliefs.posterior >= beliefs.confidence[:, None] - 1e-9
    hit = top[np.arange(len(gold)), np.maximum(gold, 0)] & (gold >= 0)
    credit: FloatArray = hit / top.sum(axis=1)
    return credit


def _reliability(confidence: FloatArray, credit: FloatArray) -> tuple[ReliabilityRow, ...]:
    # Tasks of one confidence may fall into two bins; each takes the average credit of all of them along, so that no
    # order decides.
    _, group = np.unique(np.round(confidence, 9), return_inverse=True)
    average = np.bincount(group, weights=credit) / np.bincount(group)
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(N_BINS, len(order)))
    return tuple(
        ReliabilityRow(
            n_tasks=len(part),
            confidence=float(confidence[part].mean()),
            accuracy=float(average[group[part]].mean()),
        )
        for part in parts
    )
