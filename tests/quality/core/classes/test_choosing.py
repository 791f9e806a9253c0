"""What must hold of every method alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.core.classes.choosing import Method, aggregate, choose
from quality.core.labels import LabelMatrix, index_labels
from tests.quality.core.simulate import simulate_crowd

METHODS = pytest.mark.parametrize("method", list(Method))
# The classes' order is what ordinal goes by.
UNORDERED = pytest.mark.parametrize("method", [method for method in Method if method is not Method.ORDINAL])


def renumbered(labels: LabelMatrix, tasks: np.ndarray, workers: np.ndarray, classes: np.ndarray) -> LabelMatrix:
    return LabelMatrix(
        task=tasks[labels.task],
        worker=workers[labels.worker],
        label=classes[labels.label],
        n_tasks=labels.n_tasks,
        n_workers=labels.n_workers,
        n_classes=labels.n_classes,
    )


@METHODS
def test_renumbering_tasks_and_workers_changes_nothing(method: Method, rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=9), n_tasks=60, n_classes=3, overlap=4).labels
    tasks, workers, same = rng.permutation(60), rng.permutation(9), np.arange(3)
    plain = aggregate(labels, method=method).beliefs.posterior
    other = aggregate(renumbered(labels, tasks, workers, same), method=method).beliefs.posterior
    assert other[tasks] == pytest.approx(plain, abs=1e-6)


@UNORDERED
def test_renumbering_classes_changes_nothing(method: Method, rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=9), n_tasks=60, n_classes=3, overlap=4).labels
    classes = np.array([2, 0, 1])
    plain = aggregate(labels, method=method).beliefs.posterior
    other = aggregate(renumbered(labels, np.arange(60), np.arange(9), classes), method=method).beliefs.posterior
    assert other[:, classes] == pytest.approx(plain, abs=1e-6)


@METHODS
def test_order_of_lines_changes_nothing(method: Method, rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=9), n_tasks=60, n_classes=3, overlap=4).labels
    lines = rng.permutation(labels.n_labels)
    shuffled = LabelMatrix(
        task=labels.task[lines],
        worker=labels.worker[lines],
        label=labels.label[lines],
        n_tasks=60,
        n_workers=9,
        n_classes=3,
    )
    plain = aggregate(labels, method=method).beliefs.posterior
    assert aggregate(shuffled, method=method).beliefs.posterior == pytest.approx(plain, abs=1e-6)


@METHODS
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz"), st.sampled_from("012")), max_size=14),
    n_extra=st.integers(0, 2),
)
def test_any_labels_give_proper_beliefs(method: Method, rows: list[tuple[str, str, str]], n_extra: int) -> None:
    tasks = [f"unanswered {number}" for number in range(n_extra)]
    labels = index_labels(rows, classes=["0", "1", "2"], task_ids=tasks).matrix
    beliefs = aggregate(labels, method=method).beliefs
    assert beliefs.posterior.shape == (labels.n_tasks, 3)
    assert beliefs.posterior.sum(axis=1) == pytest.approx(np.ones(labels.n_tasks))
    assert (beliefs.posterior >= 0).all()


@METHODS
def test_all_gold_is_returned_as_it_is(method: Method, rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=np.full(6, 0.5), n_tasks=40, n_classes=3, overlap=3)
    beliefs = aggregate(crowd.labels, method=method, gold=crowd.truth).beliefs
    assert beliefs.choice.tolist() == crowd.truth.tolist()


@METHODS
def test_gold_with_an_impossible_class_is_refused(method: Method) -> None:
    labels = index_labels([("a", "x", "no"), ("b", "x", "yes")]).matrix
    with pytest.raises(ValueError, match="gold"):
        aggregate(labels, method=method, gold=np.array([0, 2]))


@METHODS
def test_single_worker_is_believed(method: Method) -> None:
    rows = [(f"t{number}", "only", "no" if number % 2 else "yes") for number in range(10)]
    indexed = index_labels(rows)
    choice = aggregate(indexed.matrix, method=method).beliefs.choice
    assert [indexed.classes[number] for number in choice] == [label for _, _, label in rows]


@METHODS
def test_tie_of_two_strangers_stays_a_tie(method: Method) -> None:
    labels = index_labels([("a", "x", "no"), ("a", "y", "yes")]).matrix
    assert aggregate(labels, method=method).beliefs.choice.tolist() == [-1]


@METHODS
def test_most_tasks_of_a_fair_crowd_come_out_right(method: Method, rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=np.full(12, 0.8), n_tasks=300, n_classes=3, overlap=5)
    assert (aggregate(crowd.labels, method=method).beliefs.choice == crowd.truth).mean() > 0.9


def test_auto_beats_majority_among_spammers_and_adversaries(rng: np.random.Generator) -> None:
    accuracy = np.array([0.9, 0.85, 0.8, 0.8, 0.75, 0.7, 0.5, 0.5, 0.5, 0.1])
    crowd = simulate_crowd(rng, accuracy=accuracy, n_tasks=600, n_classes=2, overlap=6)
    right = {
        method: (aggregate(crowd.labels, method=method).beliefs.choice == crowd.truth).mean()
        for method in (Method.AUTO, Method.MAJORITY)
    }
    assert right[Method.AUTO] > right[Method.MAJORITY] + 0.05


@pytest.mark.parametrize(
    ("n_tasks", "overlap", "n_classes", "method"),
    [
        (20, 1, 3, Method.ONE_COIN),
        (20, 4, 3, Method.POOLED),
        (4_000, 4, 200, Method.DEPENDENT),
        (20, 4, 600, Method.ONE_COIN),
    ],
    ids=["one label a task", "as usual", "labels times classes are many", "classes are many"],
)
def test_auto_goes_by_the_shape_of_the_data(n_tasks: int, overlap: int, n_classes: int, method: Method) -> None:
    task = np.repeat(np.arange(n_tasks), overlap)
    worker = np.tile(np.arange(overlap), n_tasks)
    labels = LabelMatrix(
        task=task, worker=worker, label=task % 2, n_tasks=n_tasks, n_workers=overlap, n_classes=n_classes
    )
    choice = choose(labels)
    assert choice.method == method
    assert choice.reason
