"""What a job will cost: a distribution, narrowed by what was measured and corrected by how forecasts turned out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pricing.core.costs.answers import MAX_THINGS, Asking, Collected, collect
from pricing.core.costs.crowds import CrowdPrior, Crowds, MeasuredCrowd, draw_crowds
from pricing.core.costs.recalibrating import Correction, Distribution, Kind, Placed
from pricing.core.costs.spending import Terms, spend
from quality.core.labels import FloatArray

# Ways the job may go, and tasks sampled of each.
N_CROWDS = 320
N_SAMPLED = 96


@dataclass(frozen=True)
class Experience:
    """What finished jobs of the kind have shown.

    Parameters
    ----------
    crowds : how good their workers were.
    placed : where their costs fell in their forecasts, the latest last.
    """

    crowds: Sequence[MeasuredCrowd] = ()
    placed: Sequence[Placed] = ()


@dataclass(frozen=True)
class Piloted:
    """What a part of the very job has shown.

    Parameters
    ----------
    n_tasks : finished, at least 1.
    n_answers : counted on them.
    """

    n_tasks: int
    n_answers: int


@dataclass(frozen=True)
class CostForecast:
    """What a job is charged, in micro-units.

    Parameters
    ----------
    simulated : the distribution before correction, from the least to the cap.
    p50_micros, p90_micros : after it, up to the next cent (or whatever is the least amount of the currency), at most
        the cap.
    mean_micros : likewise; where few orders cost far more than most do it is above P50.
    answers_per_task, right_share, unsure_share : expected means; the right ones by the simulated truth.
    """

    simulated: Distribution
    p50_micros: int
    p90_micros: int
    mean_micros: int
    answers_per_task: float
    right_share: float
    unsure_share: float


@dataclass(frozen=True)
class Forecaster:
    """Draws once how jobs of one rule may go, so that any terms on them are priced alike and at once."""

    crowds: Crowds
    found: Collected
    weight: FloatArray
    correction: Correction
    seed: int
    salt: int = field(default=7)

    @classmethod
    def of(
        cls,
        terms: Terms,
        asking: Asking,
        *,
        experience: Experience,
        seed: int,
        prior: CrowdPrior | None = None,
        piloted: Piloted | None = None,
    ) -> Forecaster:
        """Simulate a job of `terms.n_tasks` tasks under the rule of the terms; the same seed, the same forecast."""
        rng = np.random.default_rng(seed)
        narrowed = (prior or CrowdPrior()).narrowed(experience.crowds)
        crowds = draw_crowds(narrowed, N_CROWDS, n_tasks=terms.n_tasks, rng=rng)
        n_sampled = max(1, min(terms.n_tasks, N_SAMPLED if asking.things <= 1.0 else N_SAMPLED // MAX_THINGS))
        found = collect(crowds, asking, terms.rule, n_tasks=terms.n_tasks, n_sampled=n_sampled, rng=rng)
        correction = Correction.of(Kind(terms.rule, terms.n_tasks), experience.placed)
        return cls(crowds, found, _plausible(found, piloted), correction, seed)

    def price(self, terms: Terms) -> CostForecast:
        """Return what the job is charged under these terms."""
        charged = spend(terms, self.crowds, self.found, rng=np.random.default_rng([self.seed, self.salt]))
        simulated = Distribution.of(
            charged, weight=self.weight, least=min(terms.floor_micros, terms.cap_micros), most=terms.cap_micros
        )
        p50, p90 = (terms.whole(simulated.at(self.correction.level(level))) for level in (0.5, 0.9))
        share = self.weight / self.weight.sum()
        return CostForecast(
            simulated=simulated,
            p50_micros=p50,
            p90_micros=p90,
            mean_micros=terms.whole(simulated.mean(self.correction)),
            answers_per_task=float(share @ self.found.n_answers.mean(axis=1)),
            right_share=float(share @ self.found.right.mean(axis=1)),
            unsure_share=float(share @ self.found.unsure.mean(axis=1)),
        )


def _plausible(found: Collected, piloted: Piloted | None) -> FloatArray:
    """Return (n,) how well each drawn job agrees with the pilot's number of answers (normal likelihood)."""
    if piloted is None:
        return np.ones(len(found.n_answers))
    mean = found.n_answers.mean(axis=1)
    # The sampled mean is as uncertain as the pilot's, by its own number of tasks.
    error = found.n_answers.var(axis=1, ddof=min(1, found.n_answers.shape[1] - 1)) + 0.05
    variance = error * (1.0 / piloted.n_tasks + 1.0 / found.n_answers.shape[1])
    log_chance = -0.5 * (mean - piloted.n_answers / piloted.n_tasks) ** 2 / variance - 0.5 * np.log(variance)
    plausible: FloatArray = np.exp(log_chance - log_chance.max()) + 1e-6
    return plausible
