"""How a job's own answers compare with what is believed of its type."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.effort.beliefs import EffortBelief
from pricing.core.effort.design import Features, log_seconds

# The variance of a median beside that of a mean, of normal numbers.
_MEDIAN_LOSS = math.pi / 2


@dataclass(frozen=True)
class JobLevel:
    """What a job's answers so far say of those to come.

    Attributes
    ----------
    log_factor : by which they take longer than believed, as its workers' medians have it.
    log_sd : of that, as a measurement: before it is weighed against the belief. Infinite where there are no answers.
    """

    log_factor: float = 0.0
    log_sd: float = math.inf
    n_answers: int = 0
    n_workers: int = 0


NO_LEVEL = JobLevel()


def level_of(
    belief: EffortBelief, features: Features, *, log_s: NDArray[np.float64], worker: NDArray[np.int64]
) -> JobLevel:
    """Return a job's level: of each worker the median, of the workers the mean weighed by how much they say.

    One who answers much says no more of the others than the spread between workers lets them.

    Parameters
    ----------
    log_s, worker : (n,) of the answers that `features` are of.
    """
    if not len(log_s):
        return NO_LEVEL
    residual = log_s - log_seconds(belief.mean, features)[0]
    places = np.unique(worker, return_inverse=True)[1]
    order = np.argsort(places, kind="stable")
    groups = np.split(residual[order], np.flatnonzero(np.diff(places[order])) + 1)
    medians = np.array([np.median(group) for group in groups])
    sizes = np.array([len(group) for group in groups])
    weights = 1.0 / (belief.worker_sd**2 + belief.answer_sd**2 * np.where(sizes > 2, _MEDIAN_LOSS, 1.0) / sizes)
    return JobLevel(
        log_factor=float((weights * medians).sum() / weights.sum()),
        log_sd=float(weights.sum() ** -0.5),
        n_answers=len(log_s),
        n_workers=len(groups),
    )
