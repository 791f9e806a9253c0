"""When a job will be done: P50, P85 and P95, never a mean (completion times are a power law without one)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.conformal import LEAST_ENDED, correct
from pricing.core.turnaround.inputs import QUANTILES, History, Supply, Work, traits_of
from pricing.core.turnaround.measured import LEAST_DAYS, simulate_measured
from pricing.core.turnaround.structural import HOUR_S, simulate_stragglers, simulate_structural

VERSION = "3"
N_RUNS = 400
MEASURED_DAYS = 14
# Days of history after which days seen count as much as the model of sessions.
_EVEN_DAYS = 3.0
LONGEST_S = 10 * 365 * 86_400.0


class Basis(StrEnum):
    """What a forecast rests on."""

    PRIOR = "prior"  # assumptions, and what little was seen
    BLENDED = "blended"  # in part days that were seen
    MEASURED = "measured"  # two weeks and more that were seen


@dataclass(frozen=True)
class Finish:
    """Seconds from now by which a job is done with 50, 85 and 95 %.

    Attributes
    ----------
    raw : the same before they were corrected by what became of earlier forecasts.
    traits : what later corrections will know this forecast by, as `Trait` numbers them.
    n_learned : ended forecasts that the correction rests on; 0 where there was none.
    """

    p50_s: float
    p85_s: float
    p95_s: float
    raw: tuple[float, float, float]
    traits: tuple[float, ...]
    basis: Basis
    n_learned: int

    @property
    def seconds(self) -> tuple[float, float, float]:
        """Return the three quantiles."""
        return self.p50_s, self.p85_s, self.p95_s


def forecast(
    work: Work, supply: Supply, history: History | None = None, *, now_h: float, seed: int, n_runs: int = N_RUNS
) -> Finish:
    """Return when the work is done.

    Parameters
    ----------
    history : what was seen; without it the forecast rests on `supply` alone.
    now_h : hour of the week, 0 to 168, Monday 00:00 UTC being 0.
    """
    seen = history or History()
    if work.n_answers + work.n_reviews <= 0 and not work.n_leased:
        nothing = tuple(traits_of(work, seen, p50_s=0.0).tolist())
        return Finish(0.0, 0.0, 0.0, (0.0, 0.0, 0.0), nothing, Basis.PRIOR, 0)
    rng = np.random.default_rng(seed)
    ends, basis = _simulate(work, supply, seen, now_h=now_h, rng=rng, n_runs=n_runs)
    ends = ends + simulate_stragglers(work, supply, ends, now_h=now_h, rng=rng)
    raw = np.clip(np.quantile(ends, QUANTILES) * HOUR_S, 1.0, LONGEST_S)
    traits = traits_of(work, seen, p50_s=float(raw[0]))
    shown = np.minimum(correct(raw, seen.outcomes, traits=traits), LONGEST_S)
    n_learned = len(seen.outcomes) if len(seen.outcomes) >= LEAST_ENDED else 0
    first, second, third = (float(value) for value in raw)
    return Finish(
        p50_s=float(shown[0]),
        p85_s=float(shown[1]),
        p95_s=float(shown[2]),
        raw=(first, second, third),
        traits=tuple(traits.tolist()),
        basis=basis,
        n_learned=n_learned,
    )


def _simulate(
    work: Work, supply: Supply, history: History, *, now_h: float, rng: np.random.Generator, n_runs: int
) -> tuple[NDArray[np.float64], Basis]:
    """Return runs of both models, the more of past days the more of them there are."""
    n_days = len(history.pool) // 24
    part = n_days / (n_days + _EVEN_DAYS) if n_days >= LEAST_DAYS else 0.0
    n_measured = round(part * n_runs)
    measured = None
    if n_measured:
        measured = simulate_measured(
            history, effort_s=work.effort_s / supply.boost, now_h=now_h, share=supply.share, rng=rng, n_runs=n_measured
        )
    if measured is None:
        return simulate_structural(work, supply, now_h=now_h, rng=rng, n_runs=n_runs), Basis.PRIOR
    basis = Basis.MEASURED if n_days >= MEASURED_DAYS else Basis.BLENDED
    if n_measured == n_runs:
        return measured, basis
    others = simulate_structural(work, supply, now_h=now_h, rng=rng, n_runs=n_runs - n_measured)
    return np.concatenate([measured, others]), basis
