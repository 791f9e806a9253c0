"""Simulated audits of labels whose errors are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.acceptance.sequential import SequentialPlan, Verdict, sequential_upper_bound
from quality.core.labels import FloatArray, IntArray


@dataclass(frozen=True)
class AuditEnds:
    """Hold where audits ended: (n_audits,) labels checked and those found wrong."""

    n_audited: IntArray
    n_wrong: IntArray


def wrong_places(
    rng: np.random.Generator, *, n_audits: int, n_max: int, share: float, population: int | None
) -> list[IntArray]:
    """Return, for each audit, the ascending places (from 1) of wrong labels among the first n_max in random order."""
    if population is None:
        wrong = rng.random((n_audits, n_max)) < share
        return [np.flatnonzero(row) + 1 for row in wrong]
    n_wrong = int(np.floor(share * population + 1e-9))
    places = (np.sort(rng.choice(population, size=n_wrong, replace=False)) + 1 for _ in range(n_audits))
    return [row[row <= n_max] for row in places]


def fixed_ends(places: list[IntArray], n_audited: int) -> AuditEnds:
    """Count the wrong labels among the first n_audited."""
    n_wrong = np.array([np.searchsorted(row, n_audited, side="right") for row in places])
    return AuditEnds(n_audited=np.full(len(places), n_audited), n_wrong=n_wrong)


def sequential_ends(plan: SequentialPlan, places: list[IntArray]) -> AuditEnds:
    """Follow each audit to its first boundary."""
    ends = [_sequential_end(plan, row) for row in places]
    return AuditEnds(n_audited=np.array([end[0] for end in ends]), n_wrong=np.array([end[1] for end in ends]))


def _sequential_end(plan: SequentialPlan, places: IntArray) -> tuple[int, int]:
    for found in range(len(plan.accept_from) + 1):
        reached = int(places[found - 1]) if found else 0
        if found and reached <= plan.reject_until[found]:
            return reached, found
        enough = plan.accept_from[found] if found < len(plan.accept_from) else None
        if enough is not None and (found >= len(places) or places[found] > enough):
            return max(enough, reached), found
    raise AssertionError("the last boundary always rejects")


def sequential_bounds(plan: SequentialPlan, ends: AuditEnds, *, true: float) -> FloatArray:
    """Return (n_audits,) bounds of passed audits, and of failed ones 0 or 1: whether their bound is below the truth.

    The bound of a failure falls with the labels it took, so the few lengths around the truth settle all.
    """
    passed = np.array(
        [plan.verdict(int(n), int(x)) is Verdict.PASSED for n, x in zip(ends.n_audited, ends.n_wrong, strict=True)]
    )
    bounds = np.empty(len(passed))
    for found in np.unique(ends.n_wrong[passed]):
        at = passed & (ends.n_wrong == found)
        bounds[at] = sequential_upper_bound(plan, n_audited=int(ends.n_audited[at][0]), n_wrong=int(found))
    failures = np.unique(np.column_stack([ends.n_audited, ends.n_wrong])[~passed], axis=0)
    low, high = 0, len(failures)
    while low < high:
        middle = (low + high) // 2
        n_audited, n_wrong = failures[middle].tolist()
        covers = sequential_upper_bound(plan, n_audited=n_audited, n_wrong=n_wrong) >= true - 1e-12
        low, high = (middle + 1, high) if covers else (low, middle)
    first_missing = failures[low][0] if low < len(failures) else np.inf
    bounds[~passed] = np.where(ends.n_audited[~passed] < first_missing, 1.0, 0.0)
    return bounds
