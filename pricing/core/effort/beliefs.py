"""What is believed of the seconds of one type of annotation, and how sure that is.

An answer takes, in seconds,

    exp(level) * complexity * work * (look * L + units * (unit * U * (vertices / usual) ** v + attribute * A * n))

times the worker's speed, the job's own level and chance, all log-normal; `look`, `unit` and `attribute` are the
published seconds, and L = exp(of `look`) and so on are what is measured. Every coefficient has a normal prior:

level .6: published times for a box are 25.5, 12.5, 8.5, 7.4, 7.0, 6.5 and 5.2 s, whose logarithms spread by .53 (Su et
al. 2012; Gygli & Ferrari 2019; Kuznetsova et al. 2020; Papadopoulos et al. 2017; Manen et al. 2017). The rest are
assumptions: the parts of the seconds .35 (attributes .7, for want of any study) beside the level; vertices multiply the
seconds of drawing in proportion (1) within .3; complexity as it stands (1) within .5; an aided answer or a review takes
the published share of a review within a factor of 2 (.7); practice -.1 within .1 (the power law of practice has some
-.1 to -.3 for simple tasks; a quote is for a worker after 20 answers, where it makes no difference).

Spread: mean over median is 1.99 for drawing a box (Su et al.), a log-normal of sigma 1.17; assumed to be 1.0 of one
worker's answers, .5 between workers and .35 between jobs.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.effort.rates import EFFORT_RATES

PARAMETERS = ("level", "look", "unit", "attribute", "vertices", "complexity", "aided", "review", "practice")
LEVEL, LOOK, UNIT, ATTRIBUTE, VERTICES, COMPLEXITY, AIDED, REVIEW, PRACTICE = range(len(PARAMETERS))
PRIOR_SD = np.array([0.6, 0.35, 0.35, 0.7, 0.3, 0.5, 0.7, 0.7, 0.1])
ANSWER_SD, WORKER_SD, JOB_SD = 1.0, 0.5, 0.35


@dataclass(frozen=True)
class EffortBelief:
    """A posterior, normal in its coefficients.

    Attributes
    ----------
    mean : (9,) by `PARAMETERS`; of level, look, unit, attribute, aided and review the logarithm of a factor.
    covariance : (9, 9)
    answer_sd, worker_sd, job_sd : of log seconds: of one worker's answers, between workers, between jobs.
    n_answers, n_workers, n_jobs : that were measured.
    """

    annotation_type: str
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    answer_sd: float = ANSWER_SD
    worker_sd: float = WORKER_SD
    job_sd: float = JOB_SD
    n_answers: int = 0
    n_workers: int = 0
    n_jobs: int = 0

    @property
    def elasticity(self) -> float:
        """Return the power to which an asset's complexity is raised."""
        return float(self.mean[COMPLEXITY])

    def is_measured(self, parameter: int) -> bool:
        """Return whether what was measured says more of a coefficient than the prior does."""
        return bool(self.covariance[parameter, parameter] < 0.5 * PRIOR_SD[parameter] ** 2)


def prior_mean(annotation_type: str) -> NDArray[np.float64]:
    """Return the coefficients of which nothing was measured, (9,)."""
    share = math.log(EFFORT_RATES[annotation_type].review_share)
    return np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, share, share, -0.1])


def prior_of(annotation_type: str) -> EffortBelief:
    """Return what is believed before anything was measured."""
    return EffortBelief(annotation_type, prior_mean(annotation_type), np.diag(PRIOR_SD**2))
