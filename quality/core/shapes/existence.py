"""Which clusters are objects, and how often each worker misses one or sees one too many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.special import expit, logit

from quality.core.classes.sweeping import row_maxima
from quality.core.labels import FloatArray, IntArray
from quality.core.shapes.skills import MAX_RATE, MIN_RATE, CrowdDetection, DetectionPriors, WorkerDetection

N_NODES = 7
# A matrix of up to this many numbers is quicker built in full than sparse, as that of one task is.
SMALL = 10_000
Counts = sparse.csr_array | FloatArray
_PLACES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(N_NODES)


@dataclass(frozen=True)
class Sightings:
    """Hold who answered which task and who drew which cluster.

    Parameters
    ----------
    task, worker : (n_answers,) one entry an answer, empty ones included.
    task_of_cluster : (n_clusters,).
    drawn_cluster, drawn_by : (n_shapes,) one entry a shape: its cluster and its worker.
    n_tasks, n_workers : the sizes.
    """

    task: IntArray
    worker: IntArray
    task_of_cluster: IntArray
    drawn_cluster: IntArray
    drawn_by: IntArray
    n_tasks: int
    n_workers: int

    def log_likelihood(self, log_drawn: FloatArray, log_left: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (n_clusters, n_levels) of what was drawn and left out, and (n_tasks, n_levels) of nobody drawing.

        Parameters
        ----------
        log_drawn, log_left : (n_workers, n_levels) logarithms of each worker's chance to draw it and not to.
        """
        # All of a task's workers are taken to have left the cluster out; then those who drew it are put right.
        nobody = self._answered @ log_left
        both = self._drawn @ (log_drawn - log_left)
        both += nobody[self.task_of_cluster]
        return both, nobody

    @cached_property
    def _answered(self) -> Counts:
        """Return (n_tasks, n_workers) how many answers a worker gave on a task."""
        return _counted(self.task, self.worker, (self.n_tasks, self.n_workers))

    @cached_property
    def _drawn(self) -> Counts:
        """Return (n_clusters, n_workers) how many members of a cluster a worker drew."""
        return _counted(self.drawn_cluster, self.drawn_by, (len(self.task_of_cluster), self.n_workers))


def _counted(row: IntArray, column: IntArray, shape: tuple[int, int]) -> Counts:
    if shape[0] * shape[1] <= SMALL:
        counts = np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1])
        return counts.reshape(shape).astype(np.float64)
    return sparse.coo_array((np.ones(len(row)), (row, column)), shape=shape).tocsr()


@dataclass(frozen=True)
class Detection:
    """Hold what is believed of clusters and workers.

    Parameters
    ----------
    p_exist : (n_clusters,) chance that the cluster is an object.
    crowd : the crowd's rates.
    counts : (4, n_workers) expected found, missed, false, spared.
    """

    p_exist: FloatArray
    crowd: CrowdDetection
    counts: FloatArray
    n_iter: int
    converged: bool

    def workers(self, worker_ids: Sequence[Hashable]) -> dict[Hashable, WorkerDetection]:
        """Return the workers' counts by id."""
        columns = np.round(self.counts, 6).T.tolist()
        return {worker_id: WorkerDetection(*column) for worker_id, column in zip(worker_ids, columns, strict=True)}


@dataclass(frozen=True)
class Difficulties:
    """Hold the levels of difficulty over which the chance of finding an object is averaged.

    Parameters
    ----------
    shift : (n_nodes,) logits by which an object is harder to find than the usual one.
    log_weight : (n_nodes,) logarithms of shares that sum to 1.
    stretch : a rate averaged over all objects, in logits, times this is the rate at the usual object (the logistic
        curve averaged over a normal spread is nearly a flatter logistic curve).

    Source: Gauss-Hermite quadrature; stretch after Zeger, Liang & Albert 1988, doi:10.2307/2531734.
    """

    shift: FloatArray
    log_weight: FloatArray
    stretch: float

    @classmethod
    def of(cls, difficulty: float) -> Difficulties:
        """Return the levels of a normal spread; one level for none."""
        if difficulty == 0.0:
            return cls(np.zeros(1), np.zeros(1), 1.0)
        slope = 16.0 * np.sqrt(3.0) / (15.0 * np.pi)
        stretch = float(np.sqrt(1.0 + (slope * difficulty) ** 2))
        return cls(_PLACES * difficulty, np.log(_WEIGHTS / _WEIGHTS.sum()), stretch)

    def log_rates(self, miss: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (n_workers, n_nodes) logarithms of the chances to miss and to find, from mean miss rates."""
        level = logit(miss)[:, None] * self.stretch + self.shift
        return -np.logaddexp(0.0, -level), -np.logaddexp(0.0, level)

    def averaged(self, log_likelihood: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (n,) the logarithm of the mean of (n, n_nodes) likelihoods over the levels, and the mean square.

        The latter is the expected squared difficulty of objects of these likelihoods.
        """
        weight = np.exp(self.log_weight)
        peak = row_maxima(log_likelihood)
        likelihood = np.exp(log_likelihood - peak[:, None])
        mean = likelihood @ weight
        square: FloatArray = likelihood @ (self.shift**2 * weight) / mean
        return np.log(mean) + peak, square


def rates_of(skills: Sequence[WorkerDetection], crowd: CrowdDetection) -> tuple[FloatArray, FloatArray]:
    """Return (n_workers,) miss and false alarm rates."""
    miss = np.array([skill.miss(crowd) for skill in skills], dtype=np.float64)
    return miss, np.array([skill.false_alarm(crowd) for skill in skills], dtype=np.float64)


def detect(sightings: Sightings, *, priors: DetectionPriors, max_iter: int = 50, tol: float = 2e-3) -> Detection:
    """Estimate which clusters are objects and the workers' rates by EM, a posteriori.

    Parameters
    ----------
    max_iter : sweeps at most.
    tol : stop when no chance moves by more.

    Notes
    -----
    A task holds a Poisson number of objects and of mistakes, each drawn or not by each worker. Those that nobody
    drew are counted in expectation: a mistake is only seen because somebody drew it, so that rates counted over the
    seen ones alone would call everybody careless and demand too many witnesses of an object. Objects differ in how
    hard they are to find, by the same spread for all crowds: what a third of twenty workers drew is then a hard
    object rather than a mistake that seven made alike, and twenty silent workers are not twenty independent proofs.

    Source: the binary detection model of Branson, Van Horn & Perona 2017 (Lean Crowdsourcing), here with Poisson
    numbers of objects and mistakes, Beta priors and a normal spread of difficulty (as in Rasch's model).
    """
    n_clusters = len(sightings.task_of_cluster)
    crowd = CrowdDetection.cold(priors)
    miss = np.full(sightings.n_workers, crowd.miss)
    false_alarm = np.full(sightings.n_workers, crowd.false_alarm)
    expected = expect(sightings, crowd, miss, false_alarm)
    n_iter, converged = 0, False
    while True:
        crowd, counts = _m_step(sightings, expected, priors)
        if converged or n_iter == max_iter or n_clusters == 0:
            done = converged or n_clusters == 0
            return Detection(expected.chance, crowd, counts, n_iter=n_iter, converged=done)
        n_iter += 1
        previous = expected.chance
        miss, false_alarm = _rates(counts, crowd)
        expected = expect(sightings, crowd, miss, false_alarm)
        converged = bool(np.abs(expected.chance - previous).max() <= tol)


@dataclass(frozen=True)
class Expected:
    """Hold what is expected of clusters and of what nobody drew.

    Parameters
    ----------
    chance : (n_clusters,) that a cluster is an object.
    objects, mistakes : (n_tasks,) those that nobody drew.
    squares : sum of the squared difficulties of all objects, drawn or not.
    """

    chance: FloatArray
    objects: FloatArray
    mistakes: FloatArray
    squares: float


def expect(sightings: Sightings, crowd: CrowdDetection, miss: FloatArray, false_alarm: FloatArray) -> Expected:
    """Do the E-step: tell what the sightings suggest under the workers' rates, each (n_workers,)."""
    levels = Difficulties.of(crowd.difficulty)
    log_miss, log_find = levels.log_rates(miss)
    real, nobody_found = sightings.log_likelihood(log_find, log_miss)
    mistaken, nobody_erred = sightings.log_likelihood(np.log(false_alarm)[:, None], np.log1p(-false_alarm)[:, None])
    (log_real, square), (log_nobody_found, square_unseen) = levels.averaged(real), levels.averaged(nobody_found)
    prior = np.log(crowd.objects_per_task / crowd.mistakes_per_task)
    chance = expit(prior + log_real - mistaken[:, 0])
    objects = crowd.objects_per_task * np.exp(log_nobody_found)
    squares = float(chance @ square + objects @ square_unseen)
    return Expected(chance, objects, crowd.mistakes_per_task * np.exp(nobody_erred[:, 0]), squares)


def _m_step(sightings: Sightings, expected: Expected, priors: DetectionPriors) -> tuple[CrowdDetection, FloatArray]:
    """Return the crowd's rates and (4, n_workers) expected counts."""
    of_cluster, n_tasks, n_workers = sightings.task_of_cluster, sightings.n_tasks, sightings.n_workers
    chance = expected.chance
    objects = expected.objects + np.bincount(of_cluster, weights=chance, minlength=n_tasks)
    mistakes = expected.mistakes + np.bincount(of_cluster, weights=1 - chance, minlength=n_tasks)
    drawn = chance[sightings.drawn_cluster]
    found = np.bincount(sightings.drawn_by, weights=drawn, minlength=n_workers)
    false = np.bincount(sightings.drawn_by, weights=1 - drawn, minlength=n_workers)
    # Counts are differences of sums, which rounding may leave a hair below 0.
    missed = np.maximum(np.bincount(sightings.worker, objects[sightings.task], minlength=n_workers) - found, 0.0)
    spared = np.maximum(np.bincount(sightings.worker, mistakes[sightings.task], minlength=n_workers) - false, 0.0)
    strength = priors.crowd_strength
    variance = (expected.squares + strength * priors.difficulty**2) / (objects.sum() + strength)
    crowd = CrowdDetection(
        objects_per_task=float((objects.sum() + strength * priors.objects_per_task) / (n_tasks + strength)),
        mistakes_per_task=float((mistakes.sum() + strength * priors.mistakes_per_task) / (n_tasks + strength)),
        miss=_within_bounds((missed.sum() + strength * priors.miss) / (missed.sum() + found.sum() + strength)),
        false_alarm=priors.false_alarm,
        strength=priors.worker_strength,
        difficulty=float(np.sqrt(variance)),
    )
    return crowd, np.array([found, missed, false, spared])


def _rates(counts: FloatArray, crowd: CrowdDetection) -> tuple[FloatArray, FloatArray]:
    """Return (n_workers,) miss and false alarm rates; `WorkerDetection` has the same for one worker."""
    found, missed, false, spared = counts
    strength = crowd.strength
    miss = (missed + strength * crowd.miss) / (found + missed + strength)
    false_alarm = (false + strength * crowd.false_alarm) / (false + spared + strength)
    return np.clip(miss, MIN_RATE, MAX_RATE), np.clip(false_alarm, MIN_RATE, MAX_RATE)


def _within_bounds(rate: float) -> float:
    return float(min(max(rate, MIN_RATE), MAX_RATE))
