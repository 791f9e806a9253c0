"""What it is worth to give hard tasks to good workers: `python -m tests.benchmarks.routing [--seeds 10]`.

A simulated crowd, half of it good and half of it poor, answers tasks of which three in ten are hard for everybody.
Workers come in random order, one answer each time. Tasks get their least number of answers first; then any task that
wants one more is handed to whoever comes, or the hardest, or the hardest but only to workers who are not behind the
usual one (the others go without while they come). The same tasks, workers and arrivals for all three, at several
target confidences, so that answers compare at the same accuracy.
"""

from __future__ import annotations

import argparse
from enum import StrEnum

import numpy as np

from quality.core.allocation.routing import Record, poorer_workers
from quality.core.classes.beliefs import Beliefs
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.online import stops
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_posterior
from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.stopping import StoppingRule

N_TASKS, N_WORKERS, N_CLASSES = 400, 40, 4
HARD_SHARE, HARDER_BY = 0.3, 0.2
TARGETS = (0.9, 0.95, 0.97, 0.985)
MIN_OVERLAP, MAX_OVERLAP, LEAST_GAIN = 2, 12, 0.001
REFIT_GROWTH, REFIT_AT_LEAST = 0.15, 25
MAX_IDLE = 2_000


class Policy(StrEnum):
    ANY = "any"
    HARDEST = "hardest first"
    BETTER = "better workers"


class Job:
    """A simulated job under one policy."""

    def __init__(self, seed: int, policy: Policy, target: float) -> None:
        self.rule = StoppingRule(target, MIN_OVERLAP, MAX_OVERLAP, least_gain=LEAST_GAIN)
        # One stream for the world and one for the policy's own chances, so that policies meet the same world.
        self.rng, self.chance, self.policy = np.random.default_rng(seed), np.random.default_rng(seed + 1), policy
        good = self.rng.random(N_WORKERS) < 0.5
        self.accuracy = np.where(good, self.rng.uniform(0.8, 0.97, N_WORKERS), self.rng.uniform(0.5, 0.7, N_WORKERS))
        self.truth = self.rng.integers(N_CLASSES, size=N_TASKS)
        self.harder = np.where(self.rng.random(N_TASKS) < HARD_SHARE, HARDER_BY, 0.0)
        self.luck = self.rng.random((N_WORKERS, N_TASKS))
        self.slip = self.rng.integers(1, N_CLASSES, size=(N_WORKERS, N_TASKS))
        self.answered = np.zeros((N_WORKERS, N_TASKS), dtype=bool)
        self.rows: list[tuple[int, int, int]] = []
        self.n_answers = np.zeros(N_TASKS, dtype=np.int64)
        self.done = np.zeros(N_TASKS, dtype=bool)
        self.posterior = np.full((N_TASKS, N_CLASSES), 1.0 / N_CLASSES)
        self.n_fitted = 0
        self.beliefs: Beliefs | None = None
        self.poorer: frozenset[int] = frozenset()

    def run(self) -> tuple[float, float, float]:
        """Return answers per task, accuracy, and the share of visits that found no task."""
        idle, n_visits = 0, 0
        while not self.done.all() and idle < MAX_IDLE:
            n_visits += 1
            worker = int(self.rng.integers(N_WORKERS))
            free = np.flatnonzero(~self.done & ~self.answered[worker])
            # Where only those who wait are left, their patience is at its end.
            if worker in self.poorer and idle < N_WORKERS:
                free = free[self.n_answers[free] < MIN_OVERLAP]
            idle = 0 if len(free) else idle + 1
            if len(free):
                self._answer(worker, self._choose(free))
        right = float((self.posterior.argmax(axis=1) == self.truth).mean())
        return len(self.rows) / N_TASKS, right, 1.0 - len(self.rows) / n_visits

    def _choose(self, free: IntArray) -> int:
        fresh = free[self.n_answers[free] < MIN_OVERLAP]
        if len(fresh):
            return int(self.chance.choice(fresh))
        free = self.chance.permutation(free)
        return int(free[0 if self.policy is Policy.ANY else self.posterior[free].max(axis=1).argmin()])

    def _answer(self, worker: int, task: int) -> None:
        chance = max(self.accuracy[worker] - self.harder[task], 1.0 / N_CLASSES)
        slip = 0 if self.luck[worker, task] < chance else self.slip[worker, task]
        self.rows.append((task, worker, int(self.truth[task] + slip) % N_CLASSES))
        self.answered[worker, task] = True
        self.n_answers[task] += 1
        if self.beliefs is None or len(self.rows) > self.n_fitted * (1 + REFIT_GROWTH) + REFIT_AT_LEAST:
            self._fit()
        else:
            self._believe(self.beliefs, [row for row in self.rows if row[0] == task], np.array([task]))

    def _fit(self) -> None:
        self.n_fitted = len(self.rows)
        self.beliefs = dawid_skene(_matrix(self.rows), priors=STOPPING_PRIORS)
        if self.policy is Policy.BETTER:
            self.poorer = poorer_workers(_records(self.beliefs))
        self._believe(self.beliefs, self.rows, np.flatnonzero(self.n_answers > 0))

    def _believe(self, beliefs: Beliefs, rows: list[tuple[int, int, int]], tasks: IntArray) -> None:
        self.posterior[tasks] = two_view_posterior(_matrix(rows), beliefs)[tasks]
        n_answers = self.n_answers[tasks]
        left = MAX_OVERLAP - n_answers
        confusion = beliefs.crowd_confusion
        self.done[tasks] = stops(self.posterior[tasks], n_answers, self.rule, confusion=confusion, n_left=left)


def _matrix(rows: list[tuple[int, int, int]]) -> LabelMatrix:
    task, worker, label = np.array(rows, dtype=np.int64).T
    sizes = {"n_tasks": N_TASKS, "n_workers": N_WORKERS, "n_classes": N_CLASSES}
    return LabelMatrix(task=task, worker=worker, label=label, **sizes)


def _records(beliefs: Beliefs) -> dict[int, Record]:
    """Return how each worker compares with the usual one, classes taken for equally likely."""
    mass = np.zeros((N_WORKERS, N_CLASSES, N_CLASSES))
    mass[beliefs.tally.worker, :, beliefs.tally.label] = beliefs.tally.mass
    n_answers = mass.sum(axis=(1, 2))
    mass += beliefs.strength * beliefs.crowd_confusion
    own: FloatArray = np.trace(mass / mass.sum(axis=2, keepdims=True), axis1=1, axis2=2)
    ahead = (own - np.trace(beliefs.crowd_confusion)) / N_CLASSES
    return {worker: Record(float(ahead[worker]), float(n_answers[worker])) for worker in range(N_WORKERS)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    seeds = range(parser.parse_args().seeds)
    print("further answers to   target   answers a task    % right         visits without work")
    for policy in Policy:
        for target in TARGETS:
            found = np.array([Job(seed, policy, target).run() for seed in seeds])
            error = found.std(axis=0, ddof=1) / np.sqrt(len(seeds))
            (labels, right, idle), (labels_error, right_error, _) = found.mean(axis=0), error
            print(
                f"{policy:20s} {target:.3f}    {labels:.2f} +- {labels_error:.2f}     {100 * right:.2f} +-"
                f" {100 * right_error:.2f}   {100 * idle:.0f} %",
                flush=True,
            )


if __name__ == "__main__":
    main()
