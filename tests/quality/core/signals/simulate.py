"""Simulated crowds, honest but uneven, into which careless and dishonest accounts are put."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class TimedCrowd:
    """Hold labels, their order per worker (the row's rank of submission) and work seconds."""

    labels: LabelMatrix
    order: FloatArray
    seconds: FloatArray
    truth: IntArray

    def answering(self, worker: int, label: IntArray) -> TimedCrowd:
        """Let a worker give these labels, in the order of submission."""
        rows = self.rows_of(worker)
        changed = self.labels.label.copy()
        changed[rows] = label
        return replace(self, labels=replace(self.labels, label=changed))

    def rows_of(self, worker: int) -> IntArray:
        """Return a worker's rows in the order of submission."""
        rows = np.flatnonzero(self.labels.worker == worker)
        return rows[np.argsort(self.order[rows], kind="stable")]


def honest_crowd(
    rng: np.random.Generator,
    *,
    n_tasks: int = 600,
    n_workers: int = 40,
    n_classes: int = 3,
    overlap: int = 5,
    in_blocks: bool = False,
) -> TimedCrowd:
    """Draw honest answers: skill, leaning and pace differ by worker, difficulty and length by task.

    Parameters
    ----------
    in_blocks : whether tasks of one class follow each other, as folders of alike images do.
    """
    share = rng.dirichlet(np.full(n_classes, 5.0))
    truth = rng.choice(n_classes, size=n_tasks, p=share)
    truth = np.sort(truth) if in_blocks else truth
    task = np.repeat(np.arange(n_tasks), overlap)
    worker = np.concatenate([rng.permutation(n_workers)[:overlap] for _ in range(n_tasks)])
    skill = rng.normal(2.2, 0.6, size=n_workers)
    difficulty = rng.gamma(2.0, 0.6, size=n_tasks)
    lure = rng.normal(0.0, 0.5, size=(n_tasks, n_classes))
    leaning = rng.normal(0.0, 0.3, size=(n_workers, n_classes))
    score = lure[task] + leaning[worker]
    score[np.arange(len(task)), truth[task]] += skill[worker] + 1.0 - difficulty[task]
    label = (score + rng.gumbel(size=score.shape)).argmax(axis=1)
    pace = rng.normal(np.log(12.0), 0.35, size=n_workers)
    length = rng.normal(0.0, 0.4, size=n_tasks)
    seconds = np.exp(pace[worker] + length[task] + rng.normal(0.0, 0.5, size=len(task)))
    order = task.astype(np.float64) if in_blocks else rng.permutation(len(task)).astype(np.float64)
    labels = LabelMatrix(
        task=task, worker=worker, label=label, n_tasks=n_tasks, n_workers=n_workers, n_classes=n_classes
    )
    return TimedCrowd(labels=labels, order=order, seconds=seconds, truth=truth)


def with_copier(crowd: TimedCrowd, rng: np.random.Generator, *, copier: int, victim: int, share: float) -> TimedCrowd:
    """Give a copier an account on the victim's tasks that repeats a share of the victim's answers."""
    labels = crowd.labels
    victims = crowd.rows_of(victim)
    kept = labels.worker != copier
    copied = np.where(
        rng.random(len(victims)) < share,
        labels.label[victims],
        rng.integers(labels.n_classes, size=len(victims)),
    )
    return TimedCrowd(
        labels=replace(
            labels,
            task=np.concatenate([labels.task[kept], labels.task[victims]]),
            worker=np.concatenate([labels.worker[kept], np.full(len(victims), copier)]),
            label=np.concatenate([labels.label[kept], copied]),
        ),
        order=np.concatenate([crowd.order[kept], crowd.order[victims] + 0.5]),
        seconds=np.concatenate([crowd.seconds[kept], crowd.seconds[victims]]),
        truth=crowd.truth,
    )
