from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from quality.core.agreement.bootstrap import bootstrap_interval
from quality.core.agreement.coefficients import Undefined
from quality.core.agreement.cohen import Cohen, Weighting, cohen_kappa, pair_table
from quality.core.agreement.percentages import (
    fleiss_kappa,
    fleiss_statistic,
    pairwise_agreement,
    pairwise_statistic,
    percentage_agreement,
    percentage_statistic,
)
from quality.core.agreement.slices import by_class, by_group, of_workers
from quality.core.labels import LabelMatrix, index_labels
from tests.quality.core.agreement.test_alpha import some_labels

SCIKIT = {Weighting.PLAIN: None, Weighting.LINEAR: "linear", Weighting.QUADRATIC: "quadratic"}

# Fleiss 1971 as worked in the literature: 10 subjects, 14 raters, 5 categories, kappa .210.
FLEISS_EXAMPLE = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)


def labels_of_counts(counts: np.ndarray) -> LabelMatrix:
    """Give each task's labels to workers 0, 1, 2, ..."""
    task = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    label = np.concatenate([np.repeat(np.arange(counts.shape[1]), row) for row in counts])
    worker = np.concatenate([np.arange(row.sum()) for row in counts])
    return LabelMatrix(
        task=task,
        worker=worker,
        label=label,
        n_tasks=len(counts),
        n_workers=int(counts.sum(axis=1).max()),
        n_classes=counts.shape[1],
    )


@pytest.mark.parametrize("weighting", list(Weighting))
def test_cohen_equals_scikit_learn(rng: np.random.Generator, weighting: Weighting) -> None:
    for _ in range(5):
        first = rng.integers(5, size=80)
        second = np.where(rng.random(80) < 0.5, first, rng.integers(5, size=80))
        reference = cohen_kappa_score(first, second, weights=SCIKIT[weighting], labels=list(range(5)))
        assert cohen_kappa(first, second, n_classes=5, weighting=weighting).value == pytest.approx(reference, abs=1e-12)


@pytest.mark.parametrize("weighting", list(Weighting))
def test_every_pair_of_the_table_equals_scikit_learn(rng: np.random.Generator, weighting: Weighting) -> None:
    labels = some_labels(rng)
    table = pair_table(labels, weighting=weighting)
    assert len(table.first) == 7 * 6 // 2
    dense = np.full((labels.n_tasks, labels.n_workers), -1)
    dense[labels.task, labels.worker] = labels.label
    for row, (one, other) in enumerate(zip(table.first, table.second, strict=True)):
        common = (dense[:, one] >= 0) & (dense[:, other] >= 0)
        first, second = dense[common, one], dense[common, other]
        reference = cohen_kappa_score(first, second, weights=SCIKIT[weighting], labels=list(range(5)))
        assert table.kappa[row] == pytest.approx(reference, abs=1e-12)
        assert table.agreement[row] == pytest.approx((first == second).mean(), abs=1e-12)
        assert table.n_common[row] == common.sum()


def test_mean_kappa_weighs_pairs_by_their_common_tasks(rng: np.random.Generator) -> None:
    table = pair_table(some_labels(rng))
    assert table.mean_kappa == pytest.approx((table.kappa * table.n_common).sum() / table.n_common.sum(), abs=1e-12)
    assert pair_table(index_labels([("t", "w", "a")]).matrix).mean_kappa is None


def test_kappa_of_workers_who_always_say_the_same_is_undefined() -> None:
    same = np.zeros(6, dtype=np.int64)
    coefficient = cohen_kappa(same, same, n_classes=3, weighting=Weighting.PLAIN)
    assert (coefficient.value, coefficient.undefined) == (None, Undefined.NO_VARIATION)
    nobody = cohen_kappa(same[:0], same[:0], n_classes=3, weighting=Weighting.LINEAR)
    assert nobody.undefined is Undefined.NO_LABELS


def test_cohen_bootstrap_contains_the_estimate(rng: np.random.Generator) -> None:
    first = rng.integers(3, size=200)
    second = np.where(rng.random(200) < 0.7, first, rng.integers(3, size=200))
    statistic = Cohen(first=first, second=second, cost=Weighting.PLAIN.matrix(3))
    interval = bootstrap_interval(statistic, rng=rng)
    value = statistic.values(np.ones((200, 1)))[0]
    assert value - 0.15 < (interval.low or 0.0) < value < (interval.high or 1.0) < value + 0.15


def test_fleiss_published_example() -> None:
    coefficient = fleiss_kappa(labels_of_counts(FLEISS_EXAMPLE))
    # By hand: mean share of agreeing pairs .378022, chance .212755.
    assert coefficient.value == pytest.approx((0.378021978 - 0.212755102) / (1 - 0.212755102), abs=1e-8)
    assert coefficient.value == pytest.approx(0.210, abs=5e-4)


def test_fleiss_leaves_lonely_labels_out_and_counts_tasks_alike() -> None:
    # Task 0: aab (pairs agreeing 1/3), task 1: bb (1), task 2: a alone. Shares of a: 2/3 and 0; of b: 1/3 and 1.
    labels = labels_of_counts(np.array([[2, 1], [0, 2], [1, 0]]))
    observed, expected = (1 / 3 + 1) / 2, (1 / 3) ** 2 + (2 / 3) ** 2
    assert fleiss_kappa(labels).value == pytest.approx((observed - expected) / (1 - expected), abs=1e-15)
    assert pairwise_agreement(labels).value == pytest.approx(observed, abs=1e-15)
    assert percentage_agreement(labels).value == pytest.approx(0.5, abs=1e-15)


def test_kappa_without_variation_is_undefined_but_raw_agreement_is_not() -> None:
    labels = labels_of_counts(np.array([[3, 0], [2, 0]]))
    assert fleiss_kappa(labels).undefined is Undefined.NO_VARIATION
    assert (pairwise_agreement(labels).value, percentage_agreement(labels).value) == (1.0, 1.0)


def test_nothing_pairable_is_undefined_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in ([], [("t", "w", "a")], [("t", "w", "a"), ("u", "w", "b")]):
            labels = index_labels(rows).matrix
            for measure in (fleiss_kappa, pairwise_agreement, percentage_agreement):
                assert measure(labels).value is None
            assert len(pair_table(labels).kappa) == 0


def test_slices_are_the_coefficients_of_their_labels_alone(rng: np.random.Generator) -> None:
    labels = some_labels(rng)
    group = np.where(np.arange(labels.n_tasks) < 40, 0, 1)
    group[:5] = -1
    first, second = by_group(labels, fleiss_kappa, group=group)
    assert first.n_tasks + second.n_tasks < fleiss_kappa(labels).n_tasks
    assert second.n_labels == np.bincount(labels.task)[40:][np.bincount(labels.task)[40:] > 1].sum()
    per_class = by_class(labels, pairwise_agreement)
    # A pair that disagrees does so in two one-against-rest readings.
    shares = [part.value or 0.0 for part in per_class]
    assert sum(1 - share for share in shares) == pytest.approx(2 * (1 - (pairwise_agreement(labels).value or 0.0)))
    pair = of_workers(labels, np.array([0, 3]))
    table = pair_table(labels)
    row = np.flatnonzero((table.first == 0) & (table.second == 3))[0]
    assert pairwise_agreement(pair).value == pytest.approx(table.agreement[row], abs=1e-12)
    with pytest.raises(ValueError, match="one number for each task"):
        by_group(labels, fleiss_kappa, group=group[:-1])


def test_bootstraps_of_raw_agreement_bracket_it(rng: np.random.Generator) -> None:
    labels = some_labels(rng)
    for statistic in (pairwise_statistic(labels), percentage_statistic(labels), fleiss_statistic(labels)):
        value = statistic.values(np.ones((statistic.n_tasks, 1)))[0]
        interval = bootstrap_interval(statistic, rng=rng, n_resamples=400)
        assert (interval.low or 0.0) < value < (interval.high or 0.0)
