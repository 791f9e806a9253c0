"""Which clusters are objects, and how often each worker misses one or sees one too many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from quality.core.boxes.skills import MAX_RATE, MIN_RATE, CrowdDetection, DetectionPriors, WorkerDetection
from quality.core.labels import FloatArray, IntArray


@dataclass(frozen=True)
class Sightings:
    """Hold who answered which task and who drew which cluster.

    Parameters
    ----------
    task, worker : (n_answers,) one entry an answer, empty ones included.
    task_of_cluster : (n_clusters,).
    drawn_cluster, drawn_by : (n_boxes,) one entry a box: its cluster and its worker.
    n_tasks, n_workers : the sizes.
    """

    task: IntArray
    worker: IntArray
    task_of_cluster: IntArray
    drawn_cluster: IntArray
    drawn_by: IntArray
    n_tasks: int
    n_workers: int


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


def p_exist(drawn: FloatArray, skills: Sequence[WorkerDetection], crowd: CrowdDetection) -> FloatArray:
    """Return (n_clusters,) the chance that each cluster of one task is an object.

    Parameters
    ----------
    drawn : (n_clusters, n_workers) 1.0 where the worker drew a member.
    skills : of the task's workers, in that order.
    """
    miss = np.array([skill.miss(crowd) for skill in skills])
    false_alarm = np.array([skill.false_alarm(crowd) for skill in skills])
    log_odds = drawn @ np.log((1 - miss) / false_alarm) + (1 - drawn) @ np.log(miss / (1 - false_alarm))
    chance: FloatArray = expit(np.log(crowd.objects_per_task / crowd.mistakes_per_task) + log_odds)
    return chance


def detect(sightings: Sightings, *, priors: DetectionPriors, max_iter: int = 50, tol: float = 1e-3) -> Detection:
    """Estimate which clusters are objects and the workers' rates by EM, a posteriori.

    Parameters
    ----------
    max_iter : sweeps at most.
    tol : stop when no chance moves by more.

    Notes
    -----
    A task holds a Poisson number of objects and of mistakes, each drawn or not by each worker. Those that nobody
    drew are counted in expectation: a mistake is only seen because somebody drew it, so that rates counted over the
    seen ones alone would call everybody careless and demand too many witnesses of an object.

    Source: the binary detection model of Branson, Van Horn & Perona 2017 (Lean Crowdsourcing), here with Poisson
    numbers of objects and mistakes and Beta priors.
    """
    n_clusters = len(sightings.task_of_cluster)
    crowd = CrowdDetection.cold(priors)
    miss = np.full(sightings.n_workers, crowd.miss)
    false_alarm = np.full(sightings.n_workers, crowd.false_alarm)
    chance, unseen = _e_step(sightings, crowd, miss, false_alarm)
    n_iter, converged = 0, False
    while True:
        crowd, counts = _m_step(sightings, chance, unseen, priors)
        if converged or n_iter == max_iter or n_clusters == 0:
            return Detection(chance, crowd, counts, n_iter=n_iter, converged=converged or n_clusters == 0)
        n_iter += 1
        previous = chance
        miss, false_alarm = _rates(counts, crowd)
        chance, unseen = _e_step(sightings, crowd, miss, false_alarm)
        converged = bool(np.abs(chance - previous).max() <= tol)


def _e_step(
    sightings: Sightings, crowd: CrowdDetection, miss: FloatArray, false_alarm: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return (n_clusters,) chances and (2, n_tasks) expected objects and mistakes that nobody drew."""
    task, worker = sightings.task, sightings.worker
    log_miss = np.bincount(task, weights=np.log(miss)[worker], minlength=sightings.n_tasks)
    log_spare = np.bincount(task, weights=np.log1p(-false_alarm)[worker], minlength=sightings.n_tasks)
    # All of a task's workers are taken to have missed the cluster; then those who drew it are put right.
    gain = (np.log1p(-miss) - np.log(miss)) - (np.log(false_alarm) - np.log1p(-false_alarm))
    drawn = np.bincount(
        sightings.drawn_cluster, weights=gain[sightings.drawn_by], minlength=len(sightings.task_of_cluster)
    )
    prior = np.log(crowd.objects_per_task / crowd.mistakes_per_task)
    chance: FloatArray = expit(prior + (log_miss - log_spare)[sightings.task_of_cluster] + drawn)
    unseen = np.array([crowd.objects_per_task * np.exp(log_miss), crowd.mistakes_per_task * np.exp(log_spare)])
    return chance, unseen


def _m_step(
    sightings: Sightings, chance: FloatArray, unseen: FloatArray, priors: DetectionPriors
) -> tuple[CrowdDetection, FloatArray]:
    """Return the crowd's rates and (4, n_workers) expected counts."""
    of_cluster, n_tasks, n_workers = sightings.task_of_cluster, sightings.n_tasks, sightings.n_workers
    objects = unseen[0] + np.bincount(of_cluster, weights=chance, minlength=n_tasks)
    mistakes = unseen[1] + np.bincount(of_cluster, weights=1 - chance, minlength=n_tasks)
    drawn = chance[sightings.drawn_cluster]
    found = np.bincount(sightings.drawn_by, weights=drawn, minlength=n_workers)
    false = np.bincount(sightings.drawn_by, weights=1 - drawn, minlength=n_workers)
    missed = np.bincount(sightings.worker, weights=objects[sightings.task], minlength=n_workers) - found
    spared = np.bincount(sightings.worker, weights=mistakes[sightings.task], minlength=n_workers) - false
    strength = priors.crowd_strength
    crowd = CrowdDetection(
        objects_per_task=float((objects.sum() + strength * priors.objects_per_task) / (n_tasks + strength)),
        mistakes_per_task=float((mistakes.sum() + strength * priors.mistakes_per_task) / (n_tasks + strength)),
        miss=_within_bounds((missed.sum() + strength * priors.miss) / (missed.sum() + found.sum() + strength)),
        false_alarm=priors.false_alarm,
        strength=priors.worker_strength,
    )
    # Counts are differences of sums, which rounding may leave a hair below 0.
    return crowd, np.maximum(np.array([found, missed, false, spared]), 0.0)


def _rates(counts: FloatArray, crowd: CrowdDetection) -> tuple[FloatArray, FloatArray]:
    """Return (n_workers,) miss and false alarm rates; `WorkerDetection` has the same for one worker."""
    found, missed, false, spared = counts
    strength = crowd.strength
    miss = (missed + strength * crowd.miss) / (found + missed + strength)
    false_alarm = (false + strength * crowd.false_alarm) / (false + spared + strength)
    return np.clip(miss, MIN_RATE, MAX_RATE), np.clip(false_alarm, MIN_RATE, MAX_RATE)


def _within_bounds(rate: float) -> float:
    return float(min(max(rate, MIN_RATE), MAX_RATE))
