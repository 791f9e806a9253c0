from __future__ import annotations

import numpy as np
import pytest

from quality.core.labels import LabelMatrix, index_labels


def test_first_of_a_workers_repeated_rows_wins() -> None:
    indexed = index_labels([("t1", "w1", "cat"), ("t1", "w1", "dog"), ("t1", "w2", "dog")])
    assert indexed.matrix.n_labels == 2
    assert [indexed.classes[number] for number in indexed.matrix.label] == ["cat", "dog"]


def test_numbers_stand_for_the_ids_in_order_of_first_appearance() -> None:
    indexed = index_labels([("b", "y", "dog"), ("a", "x", "cat"), ("b", "x", "cat")])
    assert indexed.task_ids == ("b", "a")
    assert indexed.worker_ids == ("y", "x")
    assert indexed.classes == ("cat", "dog")
    assert indexed.matrix.task.tolist() == [0, 1, 0]
    assert indexed.matrix.worker.tolist() == [0, 1, 1]
    assert indexed.matrix.label.tolist() == [1, 0, 0]


def test_named_classes_and_tasks_are_kept_though_nobody_used_them() -> None:
    indexed = index_labels([("a", "x", "dog")], classes=["cat", "dog", "owl"], task_ids=["z", "a"])
    assert (indexed.matrix.n_classes, indexed.matrix.n_tasks) == (3, 2)
    assert indexed.matrix.task.tolist() == [1]


def test_label_outside_the_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the classes"):
        index_labels([("a", "x", "owl")], classes=["cat", "dog"])


def test_repeated_class_name_is_refused() -> None:
    with pytest.raises(ValueError, match="distinct"):
        index_labels([], classes=["cat", "cat"])


def test_no_rows_make_an_empty_matrix() -> None:
    matrix = index_labels([]).matrix
    assert (matrix.n_labels, matrix.n_tasks, matrix.n_workers, matrix.n_classes) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("task", "worker", "label", "message"),
    [
        ([0, 0], [0, 0], [0, 1], "more than one label"),
        ([0], [0], [2], r"0\.\.1"),
        ([-1], [0], [0], r"0\.\.0"),
        ([0, 0], [0], [0], "same length"),
    ],
)
def test_impossible_triples_are_refused(task: list[int], worker: list[int], label: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelMatrix(
            task=np.array(task), worker=np.array(worker), label=np.array(label), n_tasks=1, n_workers=2, n_classes=2
        )
