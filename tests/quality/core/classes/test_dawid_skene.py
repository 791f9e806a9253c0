from __future__ import annotations

import time

import numpy as np
import pytest

from quality.core.classes.dawid_skene import ConfusionPriors, dawid_skene, discounted_posterior
from quality.core.classes.majority import majority
from quality.core.labels import LabelMatrix, index_labels
from tests.quality.core.simulate import simulate_crowd

PRIORS = ConfusionPriors(
    competence=0.8, crowd_strength=10.0, pooled_strength=1.0, competence_strength=1.0, class_strength=1.0
)


def test_one_sweep_worked_by_hand() -> None:
    labels = index_labels([("a", "x", "no"), ("b", "x", "yes")]).matrix
    beliefs = dawid_skene(labels, priors=PRIORS, max_iter=1)
    # Start: both tasks certain. Pooled counts [[1,0],[0,1]] + 10 [[.8,.2],[.2,.8]] = [[9,2],[2,9]] / 11.
    crowd = (np.array([[9, 2], [2, 9]]) / 11 + np.array([[0.8, 0.2], [0.2, 0.8]])) / 2
    right = (1 + 2 * crowd[0, 0]) / (1 + 2)
    wrong = (0 + 2 * crowd[0, 1]) / (1 + 2)
    # The class prior is even, so the posterior is the share of the likelihoods.
    expected = right / (right + wrong)
    assert beliefs.posterior == pytest.approx(np.array([[expected, 1 - expected], [1 - expected, expected]]))
    assert beliefs.n_iter == 1
    assert not beliefs.converged


def test_truth_and_confusion_of_a_simulated_crowd_are_recovered(rng: np.random.Generator) -> None:
    accuracy = np.array([0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.34, 0.34, 0.34])
    crowd = simulate_crowd(rng, accuracy=accuracy, n_tasks=1500, n_classes=3, overlap=5)
    beliefs = dawid_skene(crowd.labels)
    right = (beliefs.choice == crowd.truth).mean()
    assert beliefs.converged
    assert right > (majority(crowd.labels).choice == crowd.truth).mean() + 0.03
    assert np.abs(beliefs.confusion - crowd.confusion).mean() < 0.03


def test_worker_who_is_always_wrong_is_read_backwards(rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=np.array([0.9, 0.9, 0.9, 0.05]), n_tasks=300, n_classes=2, overlap=4)
    beliefs = dawid_skene(crowd.labels)
    right = (beliefs.choice == crowd.truth).mean()
    assert right > 0.95
    assert right > (majority(crowd.labels).choice == crowd.truth).mean() + 0.05
    assert beliefs.confusion[3, 0, 0] < 0.2


def test_two_labels_a_task_from_workers_with_four_tasks_do_not_collapse(rng: np.random.Generator) -> None:
    n_tasks = 400
    truth = rng.integers(2, size=n_tasks)
    task = np.repeat(np.arange(n_tasks), 2)
    label = np.where(rng.random(2 * n_tasks) < 0.75, truth[task], 1 - truth[task])
    worker = np.arange(2 * n_tasks) % 200
    labels = LabelMatrix(task=task, worker=worker, label=label, n_tasks=n_tasks, n_workers=200, n_classes=2)
    beliefs = dawid_skene(labels)
    assert 0.35 < beliefs.class_prior[0] < 0.65
    agreed = label[0::2] == label[1::2]
    assert (beliefs.choice == label[0::2])[agreed].mean() > 0.95


def test_gold_is_kept_and_teaches_who_is_right() -> None:
    # Two workers contradict each other on every task; only gold tells which of them knows.
    rows = [(task, worker, label) for task in range(20) for worker, label in (("good", "yes"), ("bad", "no"))]
    labels = index_labels(rows, classes=["no", "yes"]).matrix
    gold = np.array([1] * 10 + [-1] * 10)
    beliefs = dawid_skene(labels, gold=gold)
    assert beliefs.posterior[:10].tolist() == [[0.0, 1.0]] * 10
    assert beliefs.choice[10:].tolist() == [1] * 10


@pytest.mark.parametrize("gold", [[0], [0, 2], [0, -2]])
def test_impossible_gold_is_refused(gold: list[int]) -> None:
    labels = index_labels([("a", "x", "no"), ("b", "x", "yes")]).matrix
    with pytest.raises(ValueError, match="gold"):
        dawid_skene(labels, gold=np.array(gold))


def test_renumbering_and_reordering_change_nothing(rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=9), n_tasks=60, n_classes=3, overlap=4)
    labels = crowd.labels
    plain = dawid_skene(labels)
    tasks, workers, classes, rows = (rng.permutation(n) for n in (60, 9, 3, labels.n_labels))
    renumbered = LabelMatrix(
        task=tasks[labels.task][rows],
        worker=workers[labels.worker][rows],
        label=classes[labels.label][rows],
        n_tasks=60,
        n_workers=9,
        n_classes=3,
    )
    other = dawid_skene(renumbered)
    assert other.posterior[tasks][:, classes] == pytest.approx(plain.posterior, abs=1e-6)
    assert other.confusion[workers][:, classes][:, :, classes] == pytest.approx(plain.confusion, abs=1e-6)


def test_arguments_are_left_as_they_were(rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=np.full(5, 0.8), n_tasks=20, n_classes=2, overlap=3).labels
    gold = np.full(20, -1)
    before = (labels.task.copy(), labels.worker.copy(), labels.label.copy())
    dawid_skene(labels, gold=gold)
    assert all(
        (now == then).all() for now, then in zip((labels.task, labels.worker, labels.label), before, strict=True)
    )
    assert (gold == -1).all()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("a", "x", "yes")],
        [("a", "x", "yes"), ("b", "x", "yes"), ("c", "x", "yes")],
        [("a", "x", "yes"), ("a", "y", "no")],
    ],
    ids=["no labels", "one label", "one worker, one class", "one tie"],
)
@pytest.mark.parametrize("classes", [["no", "yes"], ["no", "perhaps", "yes"]])
def test_degenerate_crowds_give_proper_beliefs(rows: list[tuple[str, str, str]], classes: list[str]) -> None:
    labels = index_labels(rows, classes=classes, task_ids=["unanswered"]).matrix
    beliefs = dawid_skene(labels)
    assert beliefs.converged
    assert beliefs.posterior.sum(axis=1) == pytest.approx(np.ones(labels.n_tasks))
    assert beliefs.posterior[0] == pytest.approx(beliefs.class_prior)
    assert beliefs.confusion.sum(axis=2) == pytest.approx(np.ones((labels.n_workers, len(classes))))


def test_a_tie_of_strangers_stays_a_tie() -> None:
    beliefs = dawid_skene(index_labels([("a", "x", "yes"), ("a", "y", "no")]).matrix)
    assert beliefs.choice.tolist() == [-1]


@pytest.mark.parametrize("n_classes", [0, 1])
def test_fewer_than_two_classes_are_no_failure(n_classes: int) -> None:
    n_labels = 2 * n_classes
    labels = LabelMatrix(
        task=np.zeros(n_labels, dtype=np.int64),
        worker=np.arange(n_labels),
        label=np.zeros(n_labels, dtype=np.int64),
        n_tasks=1,
        n_workers=2,
        n_classes=n_classes,
    )
    assert dawid_skene(labels).posterior.tolist() == [[1.0] * n_classes]


def test_more_labels_than_floats_can_multiply_do_not_underflow() -> None:
    n_workers = 3000
    label = np.zeros(n_workers, dtype=np.int64)
    label[: n_workers // 3] = 1
    labels = LabelMatrix(
        task=np.zeros(n_workers, dtype=np.int64),
        worker=np.arange(n_workers),
        label=label,
        n_tasks=1,
        n_workers=n_workers,
        n_classes=2,
    )
    assert dawid_skene(labels).choice.tolist() == [0]


def test_discount_for_correlated_errors_lowers_confidence(rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=np.full(8, 0.7), n_tasks=100, n_classes=2, overlap=6).labels
    beliefs = dawid_skene(labels)
    independent = discounted_posterior(labels, beliefs, correlation=0.0)
    discounted = discounted_posterior(labels, beliefs, correlation=0.3)
    assert independent == pytest.approx(beliefs.posterior, abs=0.01)
    assert discounted.max(axis=1).mean() < independent.max(axis=1).mean() - 0.02


@pytest.mark.parametrize(
    "wrong", [{"competence": 1.0}, {"competence": 0.0}, {"pooled_strength": 0.0}, {"class_strength": -1.0}]
)
def test_improper_prior_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        ConfusionPriors(**wrong)


def test_hundred_thousand_labels_take_well_under_two_seconds(rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=200), n_tasks=20_000, n_classes=5, overlap=5)
    start = time.process_time()
    dawid_skene(crowd.labels)
    assert time.process_time() - start < 2.0
