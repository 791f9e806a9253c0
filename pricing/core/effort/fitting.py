"""The seconds of one type of annotation from timed answers: a regression of their logarithms that shrinks to the prior.

Workers and jobs have levels of their own, shrunk towards none by how much they are seen to differ; so one fast worker
with many answers, or one odd job, does not carry the estimate. Errors are taken to be as Student's t with 6 degrees of
freedom: a coffee break counts for little. Every step is a weighted ridge regression in closed form; steps follow one
another because the parts of the seconds add up inside the logarithm, and because weights and spreads depend on the fit.

Source: Henderson 1975, doi:10.2307/2529430 (levels as ridge regression); Lange, Little & Taylor 1989,
doi:10.1080/01621459.1989.10478852 (regression with t errors by EM).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import t as student

from pricing.core.effort.beliefs import (
    ANSWER_SD,
    COMPLEXITY,
    JOB_SD,
    LEVEL,
    PARAMETERS,
    PRIOR_SD,
    VERTICES,
    WORKER_SD,
    EffortBelief,
    prior_mean,
    prior_of,
)
from pricing.core.effort.design import Features, FloatArray, log_seconds

IntArray = NDArray[np.int64]

_FREEDOM = 6.0
# By which the scale of such errors falls short of a normal's with as much within the middle 80 %.
_SCALE = float(1.2815515655446004 / student.ppf(0.9, _FREEDOM))
# What the assumed spreads count for, in answers, workers and jobs.
_ANSWER_WEIGHT, _GROUP_WEIGHT = 20.0, 10.0
# More points, or more complexity, never take less time.
_NEVER_NEGATIVE = [VERTICES, COMPLEXITY]
_MAX_STEPS, _ENOUGH = 60, 1e-4


@dataclass(frozen=True)
class Timings:
    """Timed answers of one type.

    Attributes
    ----------
    log_s : (n,) log of the active seconds.
    worker, job : (n,) numbers, of any kind.
    """

    features: Features
    log_s: FloatArray
    worker: IntArray
    job: IntArray


@dataclass(frozen=True)
class _Groups:
    """The answers of workers, or of jobs."""

    of: IntArray
    incidence: sparse.csr_matrix

    @property
    def n(self) -> int:
        """Return how many groups there are."""
        return int(self.incidence.shape[1])

    @classmethod
    def by(cls, numbers: IntArray) -> "_Groups":
        """Group answers by a number."""
        names, of = np.unique(numbers, return_inverse=True)
        ones = np.ones(len(of))
        return cls(of, sparse.csr_matrix((ones, (np.arange(len(of)), of)), shape=(len(of), len(names))))


@dataclass(frozen=True)
class _Line:
    """The regression at the present coefficients: `target` is `slopes @ theta`, with errors of this precision."""

    slopes: FloatArray
    target: FloatArray
    precision: FloatArray


@dataclass(frozen=True)
class _Problem:
    """What was measured, by worker and by job, and what is assumed."""

    timings: Timings
    prior: FloatArray
    workers: _Groups
    jobs: _Groups

    @classmethod
    def of(cls, timings: Timings) -> "_Problem":
        """Group the answers."""
        kind = timings.features.annotation_type
        return cls(timings, prior_mean(kind), _Groups.by(timings.worker), _Groups.by(timings.job))


@dataclass(frozen=True)
class _State:
    """How far the fit is.

    Attributes
    ----------
    worker_var, job_var : (n_workers,), (n_jobs,) posterior variances of the levels.
    """

    theta: FloatArray
    covariance: FloatArray
    worker_level: FloatArray
    worker_var: FloatArray
    job_level: FloatArray
    job_var: FloatArray
    scale: float
    worker_sd: float
    job_sd: float


def fit(timings: Timings) -> EffortBelief:
    """Return what is believed of the type after these answers; the prior where there are none."""
    kind, n = timings.features.annotation_type, len(timings.log_s)
    if n == 0:
        return prior_of(kind)
    problem = _Problem.of(timings)
    state = _begin(problem)
    for _ in range(_MAX_STEPS):
        before = state
        state = _step(state, problem)
        if np.abs(state.theta - before.theta).max() < _ENOUGH and abs(state.scale - before.scale) < _ENOUGH:
            break
    mean = state.theta.copy()
    # Of errors that are skewed the centre lies beyond the median, which is asked for.
    mean[LEVEL] += float(np.median(_residual(state, problem))) * n / (n + _ANSWER_WEIGHT)
    return EffortBelief(
        annotation_type=kind,
        mean=mean,
        covariance=state.covariance,
        answer_sd=state.scale / _SCALE,
        worker_sd=state.worker_sd,
        job_sd=state.job_sd,
        n_answers=n,
        n_workers=problem.workers.n,
        n_jobs=problem.jobs.n,
    )


def _begin(problem: _Problem) -> _State:
    n_workers, n_jobs = problem.workers.n, problem.jobs.n
    return _State(
        theta=problem.prior,
        covariance=np.diag(PRIOR_SD**2),
        worker_level=np.zeros(n_workers),
        worker_var=np.full(n_workers, WORKER_SD**2),
        job_level=np.zeros(n_jobs),
        job_var=np.full(n_jobs, JOB_SD**2),
        scale=ANSWER_SD * _SCALE,
        worker_sd=WORKER_SD,
        job_sd=JOB_SD,
    )


def _step(state: _State, problem: _Problem) -> _State:
    """Solve for coefficients and levels at the present weights, then for the spreads."""
    timings = problem.timings
    expected, slopes = log_seconds(state.theta, timings.features)
    weights = (_FREEDOM + 1.0) / (_FREEDOM + (_residual(state, problem) / state.scale) ** 2)
    line = _Line(slopes, timings.log_s - expected + slopes @ state.theta, weights / state.scale**2)
    state = _solve(state, line, problem)
    # What was fitted follows chance, too: by as many answers as there are free coefficients and levels.
    followed = _n_free(state) * state.scale**2
    squares = weights * _residual(state, problem) ** 2
    return replace(
        state,
        scale=_spread(squares, ANSWER_SD * _SCALE, _ANSWER_WEIGHT, beside=followed),
        worker_sd=_spread(state.worker_level**2 + state.worker_var, WORKER_SD, _GROUP_WEIGHT),
        job_sd=_spread(state.job_level**2 + state.job_var, JOB_SD, _GROUP_WEIGHT),
    )


def _residual(state: _State, problem: _Problem) -> FloatArray:
    timings = problem.timings
    expected, _ = log_seconds(state.theta, timings.features)
    return timings.log_s - expected - state.worker_level[problem.workers.of] - state.job_level[problem.jobs.of]


def _solve(state: _State, line: _Line, problem: _Problem) -> _State:
    """Return the posterior of coefficients and levels, workers' eliminated: their part of the matrix is diagonal."""
    p, workers, jobs = len(PARAMETERS), problem.workers, problem.jobs
    wide = sparse.hstack([sparse.csr_matrix(line.slopes), jobs.incidence], format="csr")
    weighed = wide.multiply(line.precision[:, None]).tocsr()
    ridge = np.concatenate([1.0 / PRIOR_SD**2, np.full(jobs.n, state.job_sd**-2)])
    cross = (workers.incidence.T @ weighed).tocsr()  # (n_workers, p + n_jobs)
    of_workers = workers.incidence.T @ line.precision + state.worker_sd**-2
    told = workers.incidence.T @ (line.precision * line.target)
    scaled = cross.multiply(1.0 / of_workers[:, None]).tocsr()
    matrix = (wide.T @ weighed - cross.T @ scaled).toarray() + np.diag(ridge)
    right = weighed.T @ line.target - scaled.T @ told
    right[:p] += problem.prior / PRIOR_SD**2
    covariance = np.linalg.inv(matrix)
    found = covariance @ right
    theta = found[:p].copy()
    theta[_NEVER_NEGATIVE] = np.maximum(theta[_NEVER_NEGATIVE], 0.0)
    return replace(
        state,
        theta=theta,
        covariance=covariance[:p, :p],
        worker_level=(told - cross @ found) / of_workers,
        worker_var=1.0 / of_workers + np.asarray(scaled.multiply(scaled @ covariance).sum(axis=1)).ravel(),
        job_level=found[p:],
        job_var=np.diag(covariance)[p:].copy(),
    )


def _n_free(state: _State) -> float:
    """Return how many coefficients and levels are free, those that the prior holds counting in part."""
    held = (np.diag(state.covariance) / PRIOR_SD**2).sum()
    held += state.worker_var.sum() / state.worker_sd**2 + state.job_var.sum() / state.job_sd**2
    return float(len(PARAMETERS) + len(state.worker_var) + len(state.job_var) - held)


def _spread(squares: FloatArray, assumed: float, weight: float, *, beside: float = 0.0) -> float:
    """Return a standard deviation, what is assumed counting as so many more."""
    return float(np.sqrt((squares.sum() + beside + weight * assumed**2) / (len(squares) + weight)))
