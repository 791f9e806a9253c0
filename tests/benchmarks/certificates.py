"""Coverage of audit certificates on simulated audits, and what sequential stopping saves.

python -m tests.benchmarks.certificates [--audits 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from quality.core.acceptance.anytime import anytime_upper_bound
from quality.core.acceptance.bounds import upper_bound
from quality.core.acceptance.fixed import plan_fixed
from quality.core.acceptance.limits import ErrorLimit
from quality.core.acceptance.sequential import plan_sequential
from quality.core.acceptance.strata import (
    StratifiedAudit,
    pooled_upper_bound,
    smallest_allocation,
    weighted_upper_bound,
)
from quality.core.labels import FloatArray, IntArray
from tests.quality.core.acceptance.simulate import (
    AuditEnds,
    fixed_ends,
    sequential_bounds,
    sequential_ends,
    wrong_places,
)

LIMIT, CONFIDENCE, EXPECTED = 0.02, 0.95, 0.005
TRUE_SHARES = (0.002, 0.005, 0.01, 0.02, 0.025, 0.04)
POPULATIONS = (200, 1_000, 10_000, None)


@dataclass(frozen=True)
class Row:
    """Hold the outcome of one setting: bounds that covered the truth, audits that passed, labels checked."""

    plan: str
    population: int | None
    share: float
    n_audits: int
    n_covered: int
    n_passed: int
    mean_audit: float


def wilson(n_hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % score interval of a share."""
    share = n_hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - half, centre + half


def row_of(plan: str, limit: ErrorLimit, share: float, ends: AuditEnds, bound: Callable[[int, int], float]) -> Row:
    """Compare each audit's bound with the truth and the limit."""
    bounds = np.array([bound(int(n), int(x)) for n, x in zip(ends.n_audited, ends.n_wrong, strict=True)])
    return Row(
        plan=plan,
        population=limit.population,
        share=share,
        n_audits=len(bounds),
        n_covered=int((bounds >= share - 1e-12).sum()),
        n_passed=int((bounds <= limit.share).sum()),
        mean_audit=float(ends.n_audited.mean()),
    )


def evenly_drawn(limit: ErrorLimit, rng: np.random.Generator, n_audits: int) -> Iterator[Row]:
    """Run fixed, sequential and watched audits of one population at every true share."""
    fixed = plan_fixed(limit, expected_error=EXPECTED)
    sequential = plan_sequential(limit, expected_error=EXPECTED)
    if sequential is None:
        raise RuntimeError("no sequential plan")
    n_max = max(fixed.n_audited, sequential.accept_from[-1])
    bounds = {
        "fixed": cache(lambda n, x: upper_bound(n, x, confidence=CONFIDENCE, population=limit.population)),
        "any time": cache(
            lambda n, x: anytime_upper_bound(
                n, x, confidence=CONFIDENCE, population=limit.population, expected_error=EXPECTED
            )
        ),
    }
    for share in TRUE_SHARES:
        true = share if limit.population is None else math.floor(share * limit.population + 1e-9) / limit.population
        places = wrong_places(rng, n_audits=n_audits, n_max=n_max, share=share, population=limit.population)
        yield row_of("fixed", limit, true, fixed_ends(places, fixed.n_audited), bounds["fixed"])
        ends = sequential_ends(sequential, places)
        settled = sequential_bounds(sequential, ends, true=true)
        yield Row(
            plan="sequential",
            population=limit.population,
            share=true,
            n_audits=n_audits,
            n_covered=int((settled >= true - 1e-12).sum()),
            n_passed=int(((settled > 0) & (settled <= limit.share)).sum()),
            mean_audit=float(ends.n_audited.mean()),
        )
        yield row_of("any time", limit, true, worst_looks(places, n_max, bounds["any time"]), bounds["any time"])


def worst_looks(places: list[IntArray], n_max: int, bound: Callable[[int, int], float]) -> AuditEnds:
    """Return, for each audit, the look with the lowest bound: the end a requester who peeks would choose.

    The bound falls between errors, so its lowest value lies just before an error or at the end.
    """
    ends = []
    for row in places:
        looks = [*((int(place) - 1, found) for found, place in enumerate(row)), (n_max, len(row))]
        ends.append(min(looks, key=lambda look: bound(*look)))
    return AuditEnds(n_audited=np.array([end[0] for end in ends]), n_wrong=np.array([end[1] for end in ends]))


def stratified(
    rng: np.random.Generator, n_audits: int, *, sizes: IntArray, shape: FloatArray, risk: FloatArray | None
) -> Iterator[Row]:
    """Run stratified audits whose errors lie unevenly: `shape` is each stratum's error rate against the mean."""
    allocation = smallest_allocation(sizes, share=LIMIT, confidence=CONFIDENCE, max_wrong=4, floor=10, risk=risk)
    bound_of = pooled_upper_bound if risk is None else weighted_upper_bound
    population = int(sizes.sum())
    limit = ErrorLimit(LIMIT, CONFIDENCE, population)
    for share in TRUE_SHARES:
        n_bad = np.minimum(np.round(share * sizes * shape / ((sizes * shape).sum() / population)).astype(int), sizes)
        n_wrong = rng.hypergeometric(n_bad, sizes - n_bad, allocation, size=(n_audits, len(sizes)))
        kinds, kind = np.unique(n_wrong, axis=0, return_inverse=True)
        audits = [StratifiedAudit(sizes=sizes, n_audited=allocation, n_wrong=row) for row in kinds]
        bounds = np.array([bound_of(audit, confidence=CONFIDENCE) for audit in audits])[kind.ravel()]
        true = float(n_bad.sum() / population)
        yield Row(
            plan="strata even" if risk is None else "strata x risk",
            population=limit.population,
            share=true,
            n_audits=n_audits,
            n_covered=int((bounds >= true - 1e-12).sum()),
            n_passed=int((bounds <= LIMIT).sum()),
            mean_audit=float(allocation.sum()),
        )


def print_row(row: Row) -> None:
    """Print one line of the table."""
    low, high = wilson(row.n_covered, row.n_audits)
    pass_low, pass_high = wilson(row.n_passed, row.n_audits)
    breach = "*" if row.share > LIMIT else " "
    print(
        f"{row.plan:14} {row.population or 'endless':>8} {row.share:7.4f}{breach} "
        f"{row.n_covered / row.n_audits:6.3f} [{low:.3f}, {high:.3f}] "
        f"{row.n_passed / row.n_audits:6.3f} [{pass_low:.3f}, {pass_high:.3f}] {row.mean_audit:8.1f}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--audits", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"limit {LIMIT}, confidence {CONFIDENCE}, expected {EXPECTED}, {options.audits} audits a line; * = beyond it")
    print(f"{'plan':14} {'labels':>8} {'wrong':>7}  covered [Wilson 95 %]   passed [Wilson 95 %]    checked")
    for population in POPULATIONS:
        for row in evenly_drawn(ErrorLimit(LIMIT, CONFIDENCE, population), rng, options.audits):
            print_row(row)
    sizes, shape = np.array([8_000, 1_500, 400, 100]), np.array([0.5, 2.0, 4.0, 8.0])
    for risk in (None, np.array([1.0, 1.5, 2.0, 3.0])):
        for row in stratified(rng, options.audits, sizes=sizes, shape=shape, risk=risk):
            print_row(row)
    print(f"\n{'labels':>8} {'expected':>8} {'fixed':>6} {'mean sequential: good':>22} {'just beyond':>12} {'most':>6}")
    for population in POPULATIONS:
        for expected in (0.0, 0.002, 0.005, 0.01):
            limit = ErrorLimit(LIMIT, CONFIDENCE, population)
            fixed = plan_fixed(limit, expected_error=expected)
            plan = plan_sequential(limit, expected_error=expected)
            if plan is not None:
                print(
                    f"{population or 'endless':>8} {expected:8.3f} {fixed.n_audited:6} "
                    f"{plan.expected_audit_good:22.1f} "
                    f"{plan.expected_audit_bad:12.1f} {plan.accept_from[-1]:6}"
                )


if __name__ == "__main__":
    main()
