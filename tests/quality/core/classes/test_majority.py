from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.majority import majority
from quality.core.labels import LabelMatrix, index_labels
from tests.quality.core.simulate import simulate_crowd


def test_vote_worked_by_hand() -> None:
    rows = [("a", "x", "cat"), ("a", "y", "cat"), ("a", "z", "dog"), ("b", "x", "dog")]
    beliefs = majority(index_labels(rows).matrix)
    assert beliefs.posterior.tolist() == [[pytest.approx(2 / 3), pytest.approx(1 / 3)], [0.0, 1.0]]
    assert beliefs.choice.tolist() == [0, 1]
    assert beliefs.class_prior == pytest.approx([1 / 3, 2 / 3])
    # x said cat on a task that is two thirds cat and one third dog, and dog on one that is all dog.
    assert beliefs.confusion[0] == pytest.approx(np.array([[1.0, 0.0], [0.25, 0.75]]))
    # z gave one label; given either truth it was dog.
    assert beliefs.confusion[2] == pytest.approx(np.array([[0.0, 1.0], [0.0, 1.0]]))


def test_tie_is_reported_and_not_broken_by_order() -> None:
    rows = [("a", "x", "cat"), ("a", "y", "dog")]
    for ordered in (rows, rows[::-1]):
        beliefs = majority(index_labels(ordered).matrix)
        assert beliefs.tied.tolist() == [True]
        assert beliefs.choice.tolist() == [-1]


def test_task_without_labels_is_tied_over_all_classes() -> None:
    beliefs = majority(index_labels([("a", "x", "cat")], classes=["cat", "dog"], task_ids=["a", "b"]).matrix)
    assert beliefs.posterior[1].tolist() == [0.5, 0.5]
    assert beliefs.choice.tolist() == [0, -1]
    assert beliefs.class_prior.tolist() == [1.0, 0.0]


def test_no_classes_at_all_give_no_choice() -> None:
    empty = np.zeros(0, dtype=np.int64)
    labels = LabelMatrix(task=empty, worker=empty, label=empty, n_tasks=2, n_workers=0, n_classes=0)
    assert majority(labels).choice.tolist() == [-1, -1]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # crowd-kit calls pandas in a way that is going out of use
def test_choice_agrees_with_crowd_kit_where_nothing_ties(rng: np.random.Generator) -> None:
    import pandas as pd
    from crowdkit.aggregation import MajorityVote

    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=12), n_tasks=200, n_classes=3, overlap=5)
    labels, beliefs = crowd.labels, majority(crowd.labels)
    frame = pd.DataFrame({"task": labels.task, "worker": labels.worker, "label": labels.label})
    theirs = MajorityVote().fit_predict(frame).sort_index().to_numpy()
    assert 0 < beliefs.tied.sum() < labels.n_tasks
    assert (beliefs.choice == theirs)[~beliefs.tied].all()
