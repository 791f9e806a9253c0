"""Screening: how often honest crowds are suspected over the life of a job, and whether careless workers are found."""

from collections import Counter

import numpy as np
import pytest

from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.signals.findings import Signal
from quality.core.signals.screen import FALSE_ALARMS, Suspicion, Times, level_of_look, screen

N_WORKERS = 30
N_TASKS = 300
OVERLAP = 5
# Ends of the looks of one job, in tasks: each has half as many answers again as the one before.
LOOKS = (60, 90, 135, 200, 300)
N_CROWDS = 100


class Crowd:
    """Workers of different skill, pace and leaning on skewed classes and tasks of different difficulty."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.task = np.repeat(np.arange(N_TASKS), OVERLAP)
        self.worker = np.concatenate([rng.permutation(N_WORKERS)[:OVERLAP] for _ in range(N_TASKS)])
        self.truth = rng.choice(3, N_TASKS, p=[0.6, 0.3, 0.1])
        skill = rng.beta(16, 3, N_WORKERS)
        right = rng.random(len(self.task)) < skill[self.worker] * rng.beta(12, 1, N_TASKS)[self.task]
        leaning = rng.dirichlet([4, 4, 4], N_WORKERS)
        guess = np.array([rng.choice(3, p=leaning[worker]) for worker in self.worker])
        self.label: IntArray = np.where(right, self.truth[self.task], guess)
        pace = rng.normal(0, 0.3, N_WORKERS)[self.worker] + rng.normal(0, 0.3, N_TASKS)[self.task]
        self.seconds: FloatArray = np.exp(2.5 + pace + rng.normal(0, 0.5, len(self.task)))

    def by(self, worker: int) -> IntArray:
        return np.flatnonzero(self.worker == worker)

    def seen(self, n_tasks: int, look: int) -> tuple[Suspicion, ...]:
        rows = slice(0, n_tasks * OVERLAP)
        task, worker, label = self.task[rows], self.worker[rows], self.label[rows]
        labels = LabelMatrix(task, worker, label, n_tasks=N_TASKS, n_workers=N_WORKERS, n_classes=3)
        return screen(Times(task, worker, self.seconds[rows]), labels, look=look)

    def suspected(self) -> set[tuple[Signal, tuple[int, ...]]]:
        """Return whom all looks together suspect of what."""
        looks = [self.seen(n_tasks, look) for look, n_tasks in enumerate(LOOKS, start=1)]
        return {(found.finding.signal, found.finding.workers) for look in looks for found in look}


def test_the_levels_of_all_looks_and_signals_sum_to_the_false_alarms_allowed() -> None:
    assert sum(4 * level_of_look(look) for look in range(1, 100_000)) == pytest.approx(FALSE_ALARMS, rel=1e-3)


def test_honest_crowds_are_seldom_suspected() -> None:
    alarms = [Crowd(seed).suspected() for seed in range(N_CROWDS)]
    n_alarmed = sum(bool(found) for found in alarms)
    # Of 300 such crowds 10 were suspected; more than 10 of 100 would be a chance of one in a hundred at 5 %.
    assert n_alarmed <= 10


def test_careless_workers_are_found() -> None:
    found: Counter[str] = Counter()
    n_crowds = 30
    for seed in range(n_crowds):
        crowd = Crowd(1_000 + seed)
        crowd.seconds[crowd.by(0)] *= 0.15
        crowd.label[crowd.by(1)] = 2
        crowd.label[crowd.by(2)] = crowd.rng.integers(3, size=len(crowd.by(2)))
        suspected = crowd.suspected()
        found["too_fast"] += (Signal.TOO_FAST, (0,)) in suspected
        found["constant"] += (Signal.CONSTANT, (1,)) in suspected
        found["random"] += (Signal.RANDOM, (2,)) in suspected
    # Random answers among some fifty a worker are told from weak ones in a third of the jobs only.
    assert found["constant"] >= 0.9 * n_crowds
    assert found["too_fast"] >= 0.6 * n_crowds
    assert found["random"] >= 0.2 * n_crowds


def test_small_crowds_are_not_judged() -> None:
    times = Times(np.repeat(np.arange(50), 3), np.tile(np.arange(3), 50), np.ones(150))
    assert screen(times, None, look=1) == ()
