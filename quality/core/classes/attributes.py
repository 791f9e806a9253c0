"""Free attributes: values that no list of classes contains."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic

import numpy as np

from quality.core.classes.beliefs import TIE_TOLERANCE
from quality.core.labels import FloatArray, TaskId

# A wrong value is seldom anybody else's wrong value; this many are taken to lie about, beside those seen.
UNSEEN_VALUES = 3
RIGHT, WRONG = 4.0, 1.0


@dataclass(frozen=True)
class AttributeBelief:
    """State what is believed of one attribute of one task.

    Parameters
    ----------
    value : the likeliest value, in the spelling most workers gave it (of equally many, the first in code point
        order); None where values tie.
    confidence : belief in it, 0..1.
    belief : normalised value -> belief; what is missing from 1 belongs to values that nobody gave.
    """

    value: str | None
    confidence: float
    belief: Mapping[str, float]


@dataclass(frozen=True)
class AttributeConsensus(Generic[TaskId]):
    """Hold the beliefs by task, and how often each worker gives the right value."""

    beliefs: Mapping[TaskId, AttributeBelief]
    accuracy: Mapping[Hashable, float]
    n_iter: int
    converged: bool


def normalised(value: str) -> str:
    """Return a value as it is compared: Unicode-composed, without case, blanks collapsed."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def attribute_consensus(
    rows: Iterable[tuple[TaskId, Hashable, str]], *, max_iter: int = 50, tol: float = 1e-4
) -> AttributeConsensus[TaskId]:
    """Find the value of one attribute on every task from rows (task, worker, value).

    Parameters
    ----------
    rows : of a repeated (task, worker) the first counts.
    tol : stop when no belief moves by more.

    Notes
    -----
    A one-coin model whose classes are, on each task, the values given there and three that nobody gave: the number
    of values is open, and agreeing on one by mistake is less likely the more are possible.

    Source: the single-truth model with open values of Dong, Berti-Equille & Srivastava 2009,
    doi:10.14778/1687627.1687690, without its copying part.
    """
    first: dict[tuple[TaskId, Hashable], str] = {}
    for task_id, worker_id, value in rows:
        first.setdefault((task_id, worker_id), value)
    given: dict[TaskId, list[tuple[Hashable, str]]] = defaultdict(list)
    for (task_id, worker_id), value in first.items():
        given[task_id].append((worker_id, value))
    usual = RIGHT / (RIGHT + WRONG)
    accuracy: dict[Hashable, float] = dict.fromkeys((worker for _, worker in first), usual)
    beliefs: dict[TaskId, dict[str, float]] = {}
    n_iter, converged = 0, not first
    while n_iter < max_iter and not converged:
        n_iter += 1
        last = beliefs
        beliefs = {task_id: _weigh(answers, accuracy) for task_id, answers in given.items()}
        accuracy = _accuracy(given, beliefs)
        moved = (abs(p - last[t][v]) for t, values in beliefs.items() for v, p in values.items() if last)
        converged = bool(last) and max(moved, default=0.0) <= tol
    return AttributeConsensus(
        beliefs={task_id: _concluded(given[task_id], belief) for task_id, belief in beliefs.items()},
        accuracy=accuracy,
        n_iter=n_iter,
        converged=converged,
    )


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Return the number that half of the weight lies below; the middle of two where they share it.

    Raises
    ------
    ValueError
        There are no values, lengths differ, or a weight is not positive.
    """
    if len(values) == 0 or len(values) != len(weights) or not (weights > 0).all():
        raise ValueError("values need a positive weight each, and there must be one")
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    half = below[-1] / 2.0
    low = int(np.searchsorted(below, half * (1.0 - TIE_TOLERANCE)))
    high = int(np.searchsorted(below, half * (1.0 + TIE_TOLERANCE)))
    return float((values[order[low]] + values[order[min(high, len(values) - 1)]]) / 2.0)


def _weigh(answers: list[tuple[Hashable, str]], accuracy: Mapping[Hashable, float]) -> dict[str, float]:
    values = sorted({normalised(value) for _, value in answers})
    n_wrong = len(values) - 1 + UNSEEN_VALUES
    scores = dict.fromkeys(values, 0.0)
    for worker, value in answers:
        scores[normalised(value)] += float(np.log(accuracy[worker] * n_wrong / (1.0 - accuracy[worker])))
    # Of a value that nobody gave every worker is wrong: its score is 0.
    logs = np.array([*scores.values(), *[0.0] * UNSEEN_VALUES])
    unscaled = np.exp(logs - logs.max())
    return dict(zip(values, (unscaled / unscaled.sum()).tolist(), strict=False))


def _accuracy(
    given: Mapping[TaskId, list[tuple[Hashable, str]]], beliefs: Mapping[TaskId, Mapping[str, float]]
) -> dict[Hashable, float]:
    right: dict[Hashable, float] = defaultdict(float)
    count: dict[Hashable, int] = defaultdict(int)
    for task_id, answers in given.items():
        for worker, value in answers:
            right[worker] += beliefs[task_id][normalised(value)]
            count[worker] += 1
    return {worker: (right[worker] + RIGHT) / (count[worker] + RIGHT + WRONG) for worker in count}


def _concluded(answers: list[tuple[Hashable, str]], belief: Mapping[str, float]) -> AttributeBelief:
    confidence = max(belief.values())
    likeliest = [value for value, p in belief.items() if p >= confidence - TIE_TOLERANCE]
    if len(likeliest) != 1:
        return AttributeBelief(value=None, confidence=confidence, belief=belief)
    spellings = sorted(value for _, value in answers if normalised(value) == likeliest[0])
    return AttributeBelief(value=max(spellings, key=spellings.count), confidence=confidence, belief=belief)
