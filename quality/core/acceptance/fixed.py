"""Audits of a size fixed beforehand."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from quality.core.acceptance.bounds import largest, pass_probability
from quality.core.acceptance.limits import ErrorLimit
from quality.core.labels import IntArray

# An acceptance number beyond this means that the expected errors lie next to the limit: no audit tells them apart.
MAX_ACCEPTANCE_NUMBER = 2_000


class LimitTooNear(Exception):
    """The errors expected lie so near the limit (or beyond) that no reasonable audit would pass them."""

    def __init__(self, limit: float, expected: float) -> None:
        super().__init__(f"expected errors of {expected:.4%} cannot be shown to lie within {limit:.4%}")
        self.limit = limit
        self.expected = expected


@dataclass(frozen=True)
class FixedPlan:
    """Check n_audited labels; pass with at most max_wrong wrong ones.

    Parameters
    ----------
    consumer_risk : exact chance that labels just beyond the limit pass.
    producer_risk : exact chance that labels with the expected errors fail.
    """

    limit: ErrorLimit
    expected_error: float
    n_audited: int
    max_wrong: int
    consumer_risk: float
    producer_risk: float

    def passes(self, n_wrong: int) -> bool:
        """Return whether an audit with so many wrong labels passes."""
        return n_wrong <= self.max_wrong

    def to_json(self) -> dict[str, object]:
        """Return plain types."""
        return {"plan": "fixed", **asdict(self)}


def plan_fixed(limit: ErrorLimit, *, expected_error: float = 0.0, producer_risk: float = 0.1) -> FixedPlan:
    """Return the smallest audit that holds both risks.

    Parameters
    ----------
    expected_error : share wrong that the labels are thought to have, below the limit.
    producer_risk : the highest chance, at the expected errors, of failing.

    Notes
    -----
    For each acceptance number c the smallest n is found by bisection (the chance of passing falls with n), and the
    first c whose plan also holds the producer's risk is taken. In the end a census always decides rightly.

    Raises
    ------
    LimitTooNear
        The expected errors are not below the limit, or only an enormous audit of an unlimited population would do.

    Source: Schilling & Neubauer 2017, Acceptance Sampling in Quality Control, doi:10.4324/9781315120744.
    """
    expected = limit.wrong_at(expected_error)
    if expected_error < 0 or expected >= limit.least_bad:
        raise LimitTooNear(limit.share, expected_error)
    for max_wrong in range(MAX_ACCEPTANCE_NUMBER):
        if limit.population is not None and max_wrong >= limit.n_allowed:
            break
        n_audited = smallest_audit(limit, max_wrong)
        passing = pass_probability(n_audited, max_wrong, wrong=expected, population=limit.population)
        if 1.0 - passing <= producer_risk:
            return _fixed_plan(limit, expected_error, n_audited, max_wrong)
    if limit.population is None or max_wrong < limit.n_allowed:
        raise LimitTooNear(limit.share, expected_error)
    # With as many errors allowed as the limit itself holds, the plan reaches up to the census.
    return _fixed_plan(limit, expected_error, smallest_audit(limit, limit.n_allowed), limit.n_allowed)


def smallest_audit(limit: ErrorLimit, max_wrong: int) -> int:
    """Return the fewest labels to check such that passing with max_wrong errors holds the consumer's risk."""
    low = max_wrong
    high = limit.population if limit.population is not None else _enough(limit, max_wrong)

    def too_risky(n_audited: int) -> bool:
        chance = pass_probability(n_audited, max_wrong, wrong=limit.least_bad, population=limit.population)
        return chance > limit.risk

    return min(largest(too_risky, low, high) + 1, high)


def draw_audit(population: int, n_audited: int, *, rng: np.random.Generator) -> IntArray:
    """Return (n_audited,) label numbers drawn evenly without replacement, in the order to check them."""
    return rng.choice(population, size=n_audited, replace=False).astype(np.int64)


def _enough(limit: ErrorLimit, max_wrong: int) -> int:
    """Return a size, doubled until it holds the risk."""
    n_audited = max(16, 2 * max_wrong)
    while pass_probability(n_audited, max_wrong, wrong=limit.share, population=None) > limit.risk:
        n_audited *= 2
    return n_audited


def _fixed_plan(limit: ErrorLimit, expected_error: float, n_audited: int, max_wrong: int) -> FixedPlan:
    """Return the plan with its exact risks."""
    at_bad, at_expected = (
        pass_probability(n_audited, max_wrong, wrong=wrong, population=limit.population)
        for wrong in (limit.least_bad, limit.wrong_at(expected_error))
    )
    return FixedPlan(
        limit=limit,
        expected_error=expected_error,
        n_audited=n_audited,
        max_wrong=max_wrong,
        consumer_risk=at_bad,
        producer_risk=1.0 - at_expected,
    )
