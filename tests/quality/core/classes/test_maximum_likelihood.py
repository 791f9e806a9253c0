from __future__ import annotations

import numpy as np
import pytest

from quality.adapters.crowd_kit import CrowdKitMethod, crowd_kit_beliefs
from quality.core.classes.choosing import Method, aggregate
from quality.core.classes.layout import BLOCK_TASKS
from quality.core.classes.maximum_likelihood import accelerated_likelihood, maximum_likelihood
from quality.core.labels import LabelMatrix
from tests.quality.core.simulate import simulate_crowd

NEVER = -float("inf")


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("sweeps", [1, 7])
def test_posteriors_equal_crowd_kits_after_as_many_sweeps(
    n_classes: int, sweeps: int, rng: np.random.Generator
) -> None:
    labels = simulate_crowd(
        rng, accuracy=rng.uniform(0.4, 0.95, size=15), n_tasks=200, n_classes=n_classes, overlap=5
    ).labels
    ours = maximum_likelihood(labels, max_iter=sweeps, tol=NEVER)
    theirs = crowd_kit_beliefs(labels, CrowdKitMethod.DAWID_SKENE, n_iter=sweeps, tol=NEVER)
    assert ours.n_iter == sweeps
    assert ours.posterior == pytest.approx(theirs.posterior, abs=1e-6)


def test_majority_equals_crowd_kits(rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=np.full(8, 0.6), n_tasks=100, n_classes=3, overlap=4).labels
    theirs = crowd_kit_beliefs(labels, CrowdKitMethod.MAJORITY_VOTE)
    assert aggregate(labels, method=Method.MAJORITY).beliefs.posterior == pytest.approx(theirs.posterior, abs=1e-6)


def test_likelihood_never_falls(rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=10), n_tasks=80, n_classes=3, overlap=4).labels
    values = [maximum_likelihood(labels, max_iter=n, tol=NEVER).log_likelihood for n in range(1, 25)]
    assert (np.diff(values) > -1e-9).all()


def test_acceleration_reaches_the_same_optimum_in_fewer_sweeps(rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.5, 0.9, size=20), n_tasks=500, n_classes=4, overlap=4).labels
    plain = maximum_likelihood(labels, max_iter=2_000, tol=1e-10)
    fast = accelerated_likelihood(labels, max_iter=2_000, tol=1e-10)
    assert plain.converged
    assert fast.converged
    assert fast.n_iter < 0.8 * plain.n_iter
    assert fast.log_likelihood == pytest.approx(plain.log_likelihood, abs=0.01)
    assert (fast.choice == plain.choice).mean() > 0.99


def test_blocks_join_without_a_seam(rng: np.random.Generator) -> None:
    """Twice the same labels, in tasks so many that several blocks hold them: both halves come out alike."""
    n_tasks, overlap = BLOCK_TASKS + 1_000, 3
    half = simulate_crowd(rng, accuracy=np.full(30, 0.7), n_tasks=n_tasks, n_classes=2, overlap=overlap).labels
    twice = LabelMatrix(
        task=np.concatenate([half.task, half.task + n_tasks]),
        worker=np.concatenate([half.worker, half.worker]),
        label=np.concatenate([half.label, half.label]),
        n_tasks=2 * n_tasks,
        n_workers=30,
        n_classes=2,
    )
    one, two = (maximum_likelihood(labels, max_iter=5, tol=NEVER).posterior for labels in (half, twice))
    assert two[:n_tasks] == pytest.approx(two[n_tasks:], abs=1e-12)
    assert two[:n_tasks] == pytest.approx(one, abs=1e-9)


def test_too_many_labels_for_plain_exponentials_do_not_underflow() -> None:
    n_workers = 3_000
    label = np.repeat([0, 1], [2_000, 1_000])
    task = np.zeros(n_workers, dtype=np.int64)
    # Each worker has a second task, which shows that the first third is of another opinion there too.
    labels = LabelMatrix(
        task=np.concatenate([task, task + 1]),
        worker=np.tile(np.arange(n_workers), 2),
        label=np.concatenate([label, label]),
        n_tasks=2,
        n_workers=n_workers,
        n_classes=2,
    )
    assert np.isfinite(maximum_likelihood(labels).posterior).all()
