"""Audits that stop as soon as enough is seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from quality.core.acceptance.fixed import FixedPlan, plan_fixed
from quality.core.acceptance.limits import ErrorLimit
from quality.core.acceptance.walk import Boundaries, accepted_at_stages, walk_ends
from quality.core.labels import FloatArray, IntArray

# The likelihood ratio needs a good rate above 0, or the first wrong label would end every audit.
LEAST_GOOD_SHARE = 0.125
# Bisection steps for the height of the accepting line: a few thousandths of a nat, about one label.
N_HALVINGS = 14
N_SHARES = 2**20
N_SECTIONS = 32
MORE_ACCEPTANCE_NUMBERS = 12


class Verdict(StrEnum):
    """Say how an audit stands."""

    PASSED = "passed"
    FAILED = "failed"
    GO_ON = "go_on"


@dataclass(frozen=True)
class SequentialPlan:
    """Check labels one by one until a boundary is met.

    Parameters
    ----------
    accept_from : labels checked from which 0, 1, ..., c wrong ones pass.
    reject_until : labels checked up to which 0, ..., c + 1 wrong ones fail (advice: passing stays valid without it).
    consumer_risk : exact chance that labels just beyond the limit ever pass, whether or not failing ends the audit.
    producer_risk : exact chance that labels with the expected errors fail.
    expected_audit_good, expected_audit_bad : mean labels checked at the expected errors and just beyond the limit.
    """

    limit: ErrorLimit
    expected_error: float
    accept_from: tuple[int, ...]
    reject_until: tuple[int, ...]
    consumer_risk: float
    producer_risk: float
    expected_audit_good: float
    expected_audit_bad: float

    @property
    def boundaries(self) -> Boundaries:
        """Return the boundaries as arrays."""
        return Boundaries(accept_from=np.array(self.accept_from), reject_until=np.array(self.reject_until))

    def verdict(self, n_audited: int, n_wrong: int) -> Verdict:
        """Return how the audit stands after n_audited labels, n_wrong of them wrong."""
        if self.boundaries.accepted(n_audited, n_wrong):
            return Verdict.PASSED
        return Verdict.FAILED if self.boundaries.rejected(n_audited, n_wrong) else Verdict.GO_ON

    def to_json(self) -> dict[str, object]:
        """Return plain types."""
        return {"plan": "sequential", **asdict(self)}


def plan_sequential(
    limit: ErrorLimit, *, expected_error: float = 0.0, producer_risk: float = 0.1
) -> SequentialPlan | None:
    """Return a truncated sequential probability ratio test with exact risks, None where none holds them.

    Parameters
    ----------
    expected_error, producer_risk : as for `plan_fixed`.

    Notes
    -----
    Both boundaries are Wald's lines between the limit and the good share. Wald's own heights are only bounds, so the
    accepting line is lowered as far as the exact consumer's risk allows (dynamic programming over the labels,
    without replacement where the population is finite); it is computed as if failing never ended an audit, so that
    passing is valid however the requester treats a failure. The chance of passing falls with the number of wrong
    labels, for more errors move a path up everywhere: the mildest breach is the worst case. The audit is cut off at the
    acceptance number (from the fixed plan's up) with the smallest mean audit at the expected errors among those that
    hold the producer's risk.

    Raises
    ------
    LimitTooNear
        As for `plan_fixed`.

    Source: Wald 1945, doi:10.1214/aoms/1177731118; exact evaluation after Aroian 1968,
    doi:10.1080/00401706.1968.10490541.
    """
    fixed = plan_fixed(limit, expected_error=expected_error, producer_risk=producer_risk)
    good = max(expected_error, LEAST_GOOD_SHARE * limit.share)
    best: SequentialPlan | None = None
    for max_wrong in range(fixed.max_wrong, fixed.max_wrong + MORE_ACCEPTANCE_NUMBERS):
        if limit.population is not None and max_wrong > limit.n_allowed:
            break
        plan = _lowest_plan(limit, expected_error, good, max_wrong, producer_risk)
        if plan is None or plan.producer_risk > producer_risk:
            continue
        if best is not None and plan.expected_audit_good >= best.expected_audit_good:
            break
        best = plan
    return best


def plan_audit(
    limit: ErrorLimit, *, expected_error: float = 0.0, producer_risk: float = 0.1
) -> FixedPlan | SequentialPlan:
    """Return the plan with the smaller mean audit at the expected errors."""
    fixed = plan_fixed(limit, expected_error=expected_error, producer_risk=producer_risk)
    sequential = plan_sequential(limit, expected_error=expected_error, producer_risk=producer_risk)
    cheaper = sequential is not None and sequential.expected_audit_good < fixed.n_audited
    return sequential if sequential is not None and cheaper else fixed


def sequential_upper_bound(plan: SequentialPlan, *, n_audited: int, n_wrong: int) -> float:
    """Return the exact upper confidence bound of the share wrong when an audit has ended by the plan.

    Notes
    -----
    Outcomes are ordered by stage: an earlier pass speaks for fewer errors, an earlier failure for more, any pass for
    fewer than any failure. The bound is the largest share under which an outcome at least as good has a chance above
    the risk. A pass is always within the limit.

    Raises
    ------
    ValueError
        The audit has not ended there by the plan.

    Source: Siegmund 1978, doi:10.1093/biomet/65.2.341 (ordering by stage).
    """
    verdict = plan.verdict(n_audited, n_wrong)
    if verdict is Verdict.GO_ON:
        raise ValueError("the audit has not ended")
    boundaries, population, risk = plan.boundaries, plan.limit.population, plan.limit.risk

    def plausible(wrong: IntArray) -> NDArray[np.bool_]:
        at = wrong / N_SHARES if population is None else wrong.astype(np.float64)
        if verdict is Verdict.PASSED:
            stages = [accepted_at_stages(boundaries.accept_from, wrong=one, population=population) for one in at]
            as_good: FloatArray = np.array(stages)[:, : n_wrong + 1].sum(axis=1)
            return as_good > risk
        rejected = walk_ends(boundaries, wrong=at, population=population, n_max=n_audited - 1).rejected
        sooner: FloatArray = rejected[:, :n_audited].sum(axis=1)
        return 1.0 - sooner > risk

    if population is None:
        # The first step ruled out, so that rounding errs on the safe side.
        return min(1.0, (_largest_by_sections(plausible, 0, N_SHARES) + 1) / N_SHARES)
    return _largest_by_sections(plausible, n_wrong, population) / population


def _largest_by_sections(holds: Callable[[IntArray], NDArray[np.bool_]], low: int, high: int) -> int:
    """Return the largest integer in low..high where a predicate holds, as `largest`, many points at a time."""
    while low < high:
        points = np.unique(np.linspace(low + 1, high, N_SECTIONS).astype(np.int64))
        n_holding = int(np.logical_and.accumulate(holds(points)).sum())
        high = int(points[n_holding]) - 1 if n_holding < len(points) else high
        low = int(points[n_holding - 1]) if n_holding else low
    return low


def _lowest_plan(
    limit: ErrorLimit, expected_error: float, good: float, max_wrong: int, producer_risk: float
) -> SequentialPlan | None:
    """Return the plan with the lowest accepting line that holds the consumer's risk, None where no line does."""

    def risk_of(height: float) -> float:
        boundaries = _wald_boundaries(limit, good, max_wrong, height=height, depth=math.inf)
        stages = accepted_at_stages(boundaries.accept_from, wrong=limit.least_bad, population=limit.population)
        return float(stages.sum())

    # Wald's height holds the risk where the walk has no end; cut off at max_wrong only less can pass.
    low, high = 0.0, 2.0 * math.log(1.0 / limit.risk)
    if risk_of(high) > limit.risk:
        return None
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if risk_of(middle) <= limit.risk else (middle, high)
    boundaries = _wald_boundaries(limit, good, max_wrong, height=high, depth=math.log(1.0 / producer_risk))
    both = np.array([limit.wrong_at(expected_error), limit.least_bad])
    ends = walk_ends(boundaries, wrong=both, population=limit.population)
    mean = ends.expected_audit(boundaries)
    return SequentialPlan(
        limit=limit,
        expected_error=expected_error,
        accept_from=tuple(boundaries.accept_from.tolist()),
        reject_until=tuple(boundaries.reject_until.tolist()),
        consumer_risk=risk_of(high),
        producer_risk=1.0 - float(ends.pass_probability[0]),
        expected_audit_good=float(mean[0]),
        expected_audit_bad=float(mean[1]),
    )


def _wald_boundaries(limit: ErrorLimit, good: float, max_wrong: int, *, height: float, depth: float) -> Boundaries:
    """Return lines of equal log likelihood ratio: accepting at `height` nats, rejecting at -`depth`."""
    per_right = math.log((1.0 - good) / (1.0 - limit.share))
    per_wrong = math.log(limit.share / good) + per_right
    found = np.arange(max_wrong + 2)
    accept_from = np.ceil((height + found[:-1] * per_wrong) / per_right)
    # A walk cannot have more wrong labels than labels.
    accept_from = np.maximum(accept_from, found[:-1] + 1).astype(np.int64)
    accept_from = accept_from if limit.population is None else np.minimum(accept_from, limit.population)
    reject_until = np.floor(np.maximum((found * per_wrong - min(depth, 1e9)) / per_right, -1.0)).astype(np.int64)
    reject_until[-1] = accept_from[-1]
    return Boundaries(accept_from=accept_from, reject_until=np.minimum(reject_until, accept_from[-1]))
