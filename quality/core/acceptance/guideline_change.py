"""Which labels to ask again after the guidelines or the ontology changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray, IntArray

ROW_TOLERANCE = 1e-6


@dataclass(frozen=True)
class ReaskList:
    """Rank the tasks worth asking again.

    Parameters
    ----------
    task : (n_listed,) task numbers, best first; ties by task number.
    p_change : (n_listed,) chance that the right label under the new version is not the one carried over.
    gain_per_cost : (n_listed,) p_change over the task's cost.
    """

    task: IntArray
    p_change: FloatArray
    gain_per_cost: FloatArray


def expected_change(posterior: FloatArray, transition: FloatArray, *, carried: IntArray) -> FloatArray:
    """Return (n_tasks,) the chance that a carried-over label is wrong because of the change and of nothing else.

    Parameters
    ----------
    posterior : (n_tasks, n_old) belief in each class of the old version, rows sum to 1.
    transition : (n_old, n_new) for each old class, the share of its members that belong to each new class; rows sum
        to 1. One-hot = renamed or unchanged; spread = split, narrowed or redefined. It comes from the editor of the
        guidelines or from a pilot, and the ranking is as good as it is.
    carried : (n_old,) the new class to which each old label is moved without asking, -1 = removed (always asked).

    Notes
    -----
    Doubt that existed before (a flat posterior) is no reason to ask again for the change's sake. So a task counts by
    the chance that its true old class moves elsewhere than that class would be carried to, summed over its classes.

    Raises
    ------
    ValueError
        The shapes do not fit, a row does not sum to 1, or `carried` names a class that does not exist.
    """
    n_old, n_new = transition.shape
    if posterior.ndim != 2 or posterior.shape[1] != n_old or np.shape(carried) != (n_old,):
        raise ValueError("posterior, transition and carried must speak of the same old classes")
    for name, rows in (("posterior", posterior), ("transition", transition)):
        if (rows < 0).any() or (np.abs(rows.sum(axis=1) - 1.0) > ROW_TOLERANCE).any():
            raise ValueError(f"rows of {name} must be shares that sum to 1")
    if (carried >= n_new).any() or (carried < -1).any():
        raise ValueError("carried must name new classes or be -1")
    kept = np.where(carried >= 0, transition[np.arange(n_old), np.maximum(carried, 0)], 0.0)
    moved: FloatArray = posterior @ (1.0 - kept)
    return np.clip(moved, 0.0, 1.0)


def rank_for_reasking(p_change: FloatArray, *, cost: FloatArray, min_change: float = 0.0) -> ReaskList:
    """Rank tasks by expected change per cost.

    Parameters
    ----------
    p_change : (n_tasks,) from `expected_change`.
    cost : (n_tasks,) what asking again costs, > 0, in any one unit.
    min_change : tasks with at most this chance are left out, in [0, 1).

    Raises
    ------
    ValueError
        A cost is not positive or the lengths differ.
    """
    if p_change.shape != cost.shape or (cost <= 0).any():
        raise ValueError("every task needs a positive cost")
    listed = np.flatnonzero(p_change > min_change)
    gain = p_change[listed] / cost[listed]
    order = np.argsort(-gain, kind="stable")
    return ReaskList(task=listed[order], p_change=p_change[listed[order]], gain_per_cost=gain[order])


def affordable(reasks: ReaskList, *, cost: FloatArray, budget: float) -> IntArray:
    """Return the task numbers of the best-ranked tasks that a budget pays for, in order, stopping at the first beyond.

    Parameters
    ----------
    cost : (n_tasks,) as for `rank_for_reasking`.
    """
    spent = np.cumsum(cost[reasks.task])
    return reasks.task[spent <= budget]
