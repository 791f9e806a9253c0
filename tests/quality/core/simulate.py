"""Simulated crowds whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class SimulatedCrowd:
    labels: LabelMatrix
    truth: IntArray
    confusion: FloatArray


def confusion_of(accuracy: FloatArray, *, n_classes: int) -> FloatArray:
    """Return (n_workers, n_classes, n_classes) with errors spread evenly."""
    confusion = np.repeat(((1 - accuracy) / (n_classes - 1))[:, None], n_classes**2, axis=1)
    confusion = confusion.reshape(-1, n_classes, n_classes)
    confusion[:, np.arange(n_classes), np.arange(n_classes)] = accuracy[:, None]
    return confusion


def simulate_crowd(
    rng: np.random.Generator, *, accuracy: FloatArray, n_tasks: int, n_classes: int, overlap: int
) -> SimulatedCrowd:
    """Let `overlap` random workers label each task."""
    n_workers = len(accuracy)
    truth = rng.integers(n_classes, size=n_tasks)
    confusion = confusion_of(accuracy, n_classes=n_classes)
    task = np.repeat(np.arange(n_tasks), overlap)
    worker = np.concatenate([rng.permutation(n_workers)[:overlap] for _ in range(n_tasks)])
    cumulative = confusion[worker, truth[task]].cumsum(axis=1)
    label = (rng.random(len(task))[:, None] > cumulative).sum(axis=1).clip(max=n_classes - 1)
    labels = LabelMatrix(
        task=task, worker=worker, label=label, n_tasks=n_tasks, n_workers=n_workers, n_classes=n_classes
    )
    return SimulatedCrowd(labels=labels, truth=truth, confusion=confusion)
