"""Where the next answers of a job gain most."""

from __future__ import annotations

import numpy as np

from quality.core.gain import HORIZON, gains
from quality.core.labels import FloatArray, IntArray


def allocate(
    confidence: FloatArray,
    information: FloatArray,
    *,
    n_left: IntArray,
    budget: int,
    cost: FloatArray | None = None,
    horizon: int = HORIZON,
) -> IntArray:
    """Return (n_tasks,) how many of the next answers each task should get.

    Parameters
    ----------
    confidence : (n_tasks,) belief in the present conclusion of each task, 0..1.
    information : (n_tasks,) nats an answer, see `gain.information_of_tasks`.
    n_left : (n_tasks,) answers that each task may still get, not negative.
    budget : answers to be given out; fewer are where tasks take no more or where none gains anything.
    cost : (n_tasks,) of an answer, positive, in any unit; by default all cost the same. Steers what comes first, while
        `budget` counts answers.

    Raises
    ------
    ValueError
        `budget` or `n_left` is negative, or a cost is not positive.

    Notes
    -----
    The gain of several answers is not concave (one changes nothing, three may), so the steepest stretches of each
    task's gain are taken, whole, in the order of gain per cost; the last one is cut where the budget ends.
    Of equal tasks the one of lower number comes first.
    """
    price = np.ones(len(confidence)) if cost is None else cost
    if budget < 0 or (n_left < 0).any():
        raise ValueError("budget and n_left must not be negative")
    if (price <= 0.0).any():
        raise ValueError("costs must be positive")
    found = gains(confidence, information, n_left=n_left, horizon=horizon)
    task, size, rate = _steepest_stretches(found, n_left)
    order = np.lexsort((task, -rate / price[task]))
    before = np.cumsum(size[order]) - size[order]
    given = np.clip(budget - before, 0, size[order])
    return np.bincount(task[order], weights=given, minlength=len(confidence)).astype(np.int64)


def _steepest_stretches(found: FloatArray, n_left: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (task, answers, gain per answer) of the stretches of each task's upper concave hull, in order."""
    n_tasks, horizon = found.shape
    gain = np.concatenate([np.zeros((n_tasks, 1)), found], axis=1)
    steps = np.arange(horizon + 1)
    at = np.zeros(n_tasks, dtype=np.int64)
    tasks, sizes, rates = [], [], []
    while True:
        risen = gain - gain[np.arange(n_tasks), at][:, None]
        ahead = steps[None] - at[:, None]
        slope = np.where((ahead > 0) & (steps[None] <= n_left[:, None]), risen / np.maximum(ahead, 1), -np.inf)
        best = slope.argmax(axis=1)
        rate = slope[np.arange(n_tasks), best]
        live = np.flatnonzero(rate > 0.0)
        if not len(live):
            break
        tasks.append(live)
        sizes.append(best[live] - at[live])
        rates.append(rate[live])
        at[live] = best[live]
        # A task whose stretches are used up must not come again.
        at[rate <= 0.0] = horizon
    none = np.zeros(0, dtype=np.int64)
    return (
        np.concatenate([none, *tasks]).astype(np.int64),
        np.concatenate([none, *sizes]).astype(np.int64),
        np.concatenate([np.zeros(0), *rates]),
    )
