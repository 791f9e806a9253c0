from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.dependence import find_dependence
from quality.core.classes.one_coin import one_coin
from quality.core.classes.pooled import dependent_dawid_skene, pooled_belief
from quality.core.labels import LabelMatrix, index_labels
from tests.quality.core.simulate import SimulatedCrowd, simulate_crowd


def with_copies(crowd: SimulatedCrowd, *, of: int, n_copies: int) -> LabelMatrix:
    """Return the crowd's labels and those of new accounts that repeat one worker's."""
    labels = crowd.labels
    own = labels.worker == of
    newcomers = labels.n_workers + np.arange(n_copies)
    return LabelMatrix(
        task=np.concatenate([labels.task, np.tile(labels.task[own], n_copies)]),
        worker=np.concatenate([labels.worker, np.repeat(newcomers, own.sum())]),
        label=np.concatenate([labels.label, np.tile(labels.label[own], n_copies)]),
        n_tasks=labels.n_tasks,
        n_workers=labels.n_workers + n_copies,
        n_classes=labels.n_classes,
    )


def honest_crowd(rng: np.random.Generator) -> SimulatedCrowd:
    return simulate_crowd(rng, accuracy=rng.uniform(0.6, 0.85, size=12), n_tasks=400, n_classes=3, overlap=6)


def test_copies_are_found_and_count_as_one(rng: np.random.Generator) -> None:
    crowd = honest_crowd(rng)
    labels = with_copies(crowd, of=4, n_copies=3)
    found = dependent_dawid_skene(labels).dependence
    pairs = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    copies = {(4, 12), (4, 13), (4, 14), (12, 13), (12, 14), (13, 14)}
    assert copies <= pairs
    assert len(pairs) <= len(copies) + 1
    weight = found.label_weights(labels)
    of_copies = np.isin(labels.worker, [4, 12, 13, 14])
    together = np.bincount(labels.task[of_copies], weights=weight[of_copies])
    assert together[together > 0].max() < 1.5
    assert weight[~of_copies].min() > 0.9


def test_independent_workers_of_any_skill_keep_their_weight(rng: np.random.Generator) -> None:
    accuracy = np.array([0.95, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.34])
    crowd = simulate_crowd(rng, accuracy=accuracy, n_tasks=500, n_classes=3, overlap=5)
    found = find_dependence(crowd.labels, one_coin(crowd.labels).posterior)
    assert found.examined == 28
    assert len(found.first) <= 1


def test_copied_accounts_do_not_add_confidence_as_independent_ones_do(rng: np.random.Generator) -> None:
    """Three more labels a task: of honest newcomers they make the truth clearer, of copies they do not."""
    crowd = honest_crowd(rng)
    labels = crowd.labels
    alone = dependent_dawid_skene(labels)
    copied = with_copies(crowd, of=4, n_copies=3)
    on_copied = np.unique(labels.task[labels.worker == 4])
    gained = dependent_dawid_skene(copied).confidence[on_copied].mean() - alone.confidence[on_copied].mean()
    naive = dawid_skene(copied).confidence[on_copied].mean() - dawid_skene(labels).confidence[on_copied].mean()
    label = labels.label[labels.worker == 4]
    of_honest = np.where(rng.random((3, len(on_copied))) < 0.75, crowd.truth[on_copied], (label + 1) % 3)
    honest = LabelMatrix(
        task=copied.task,
        worker=copied.worker,
        label=np.concatenate([labels.label, of_honest.ravel()]),
        n_tasks=copied.n_tasks,
        n_workers=copied.n_workers,
        n_classes=3,
    )
    # `on_copied` is sorted, and a worker's labels come by task: the newcomers stand where the copies stood.
    earned = dependent_dawid_skene(honest).confidence[on_copied].mean() - alone.confidence[on_copied].mean()
    assert gained < naive / 2
    assert gained < earned / 2


def test_colluders_who_agree_on_wrong_answers_do_not_become_the_truth(rng: np.random.Generator) -> None:
    """Three accounts share one answer, right no oftener than chance, beside three honest labels a task."""
    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.7, 0.85, size=20), n_tasks=600, n_classes=2, overlap=4)
    shared = rng.integers(2, size=600)
    labels = LabelMatrix(
        task=np.concatenate([crowd.labels.task, np.tile(np.arange(600), 3)]),
        worker=np.concatenate([crowd.labels.worker, np.repeat([20, 21, 22], 600)]),
        label=np.concatenate([crowd.labels.label, np.tile(shared, 3)]),
        n_tasks=600,
        n_workers=23,
        n_classes=2,
    )
    honest_only = (dawid_skene(crowd.labels).choice == crowd.truth).mean()
    assert (dawid_skene(labels).choice == crowd.truth).mean() < 0.6
    assert (dependent_dawid_skene(labels).choice == crowd.truth).mean() < honest_only + 0.03


def test_nothing_is_found_where_no_two_labels_meet() -> None:
    labels = index_labels([("a", "x", "yes"), ("b", "y", "no")]).matrix
    found = find_dependence(labels, np.full((2, 2), 0.5))
    assert (found.examined, len(found.first)) == (0, 0)
    assert found.label_weights(labels).tolist() == [1.0, 1.0]


def test_pool_lies_between_its_models(rng: np.random.Generator) -> None:
    labels = honest_crowd(rng).labels
    pooled, witnesses = pooled_belief(labels), dependent_dawid_skene(labels)
    assert pooled.posterior.sum(axis=1) == pytest.approx(np.ones(labels.n_tasks))
    assert pooled.confidence.mean() < witnesses.confidence.mean()
