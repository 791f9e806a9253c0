"""Timed answers of a crowd that is made otherwise than the model has it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pricing.core.effort import EffortBelief
from pricing.core.effort.design import Features, FloatArray, practice_of
from pricing.core.effort.fitting import Timings


@dataclass(frozen=True)
class Crowd(Timings):
    """Timings that tests can put together and shuffle."""

    def followed_by(self, other: "Timings") -> "Crowd":
        """Return the answers of both."""
        features = {
            name: np.concatenate([value, getattr(other.features, name)])
            for name, value in vars(self.features).items()
            if name != "annotation_type"
        }
        return Crowd(
            Features(self.features.annotation_type, **features),
            np.concatenate([self.log_s, other.log_s]),
            np.concatenate([self.worker, other.worker]),
            np.concatenate([self.job, other.job]),
        )

    def shuffled(self, rng: np.random.Generator, *, rename: Callable[[Any], Any]) -> "Crowd":
        """Return the answers in another order, of workers and jobs by other numbers."""
        order = rng.permutation(len(self.log_s))
        features = {name: value[order] for name, value in vars(self.features).items() if name != "annotation_type"}
        return replace(
            self,
            features=Features(self.features.annotation_type, **features),
            log_s=self.log_s[order],
            worker=rename(self.worker[order]),
            job=rename(self.job[order]),
        )


def simulated(
    annotation_type: str,
    *,
    n_answers: int,
    n_workers: int = 120,
    n_jobs: int = 20,
    look_s: float = 5.0,
    unit_s: float = 9.0,
    elasticity: float = 0.5,
    aided: float = 0.0,
    aided_ratio: float = 0.5,
    breaks: float = 0.04,
    seed: int = 1,
) -> Crowd:
    """Return a crowd's answers.

    Speeds are gamma, and few workers (by a power law) give most answers; jobs differ evenly; noise is Gumbel; workers
    learn exponentially, to .6 of their first seconds; some go away for minutes. The median worker, practised, of the
    median job takes `look_s + unit_s * units`.
    """
    rng = np.random.default_rng(seed)
    speed = rng.gamma(6.0, 1.0, n_workers) / 5.67  # the median of that gamma
    share = rng.pareto(1.5, n_workers) + 0.3
    worker = rng.choice(n_workers, n_answers, p=share / share.sum())
    job = rng.integers(n_jobs, size=n_answers)
    units = rng.poisson(rng.uniform(1.0, 8.0, n_jobs)[job]).astype(np.float64)
    log_kappa = np.log(1.5) * (2.0 * rng.random(n_answers) - 1.0)
    shown = (rng.random(n_answers) < aided).astype(np.float64)
    before = _before(worker, job)
    learning = 1.0 + 0.67 * np.exp(-before / 8.0)
    noise = rng.gumbel(0.0, 0.35, n_answers) + 0.35 * np.log(np.log(2.0))  # of median 0
    seconds = (look_s + unit_s * units) * learning * rng.uniform(0.75, 1.33, n_jobs)[job] / speed[worker]
    seconds = seconds * np.exp(elasticity * log_kappa + noise + shown * np.log(aided_ratio))
    seconds += np.where(rng.random(n_answers) < breaks, rng.exponential(300.0, n_answers), 0.0)
    nothing = np.zeros(n_answers)
    features = Features(annotation_type, units, nothing, nothing, log_kappa, shown, nothing, practice_of(before))
    return Crowd(features, np.log(seconds), worker.astype(np.int64), job.astype(np.int64))


def told(belief: EffortBelief) -> dict[str, Any]:
    """Return all that a belief says, to be compared."""
    return {**vars(belief), "mean": belief.mean.tolist(), "covariance": belief.covariance.tolist()}


def _before(worker: Any, job: Any) -> FloatArray:
    """Return how many answers each worker gave in each job before."""
    given: dict[tuple[int, int], int] = {}
    found = []
    for pair in zip(worker.tolist(), job.tolist(), strict=True):
        found.append(given.get(pair, 0))
        given[pair] = found[-1] + 1
    return np.array(found, dtype=np.float64)
