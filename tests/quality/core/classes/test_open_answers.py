"""Sets of classes, and values that no list contains."""

from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.attributes import attribute_consensus, normalised, weighted_median
from quality.core.classes.multi_label import DEFAULT_MULTI_PRIORS, MultiLabels, MultiPriors, multi_label, presence_of


def sets_of(truth: np.ndarray, *, miss: np.ndarray, invent: np.ndarray, rng: np.random.Generator) -> MultiLabels:
    """Let every worker answer every task."""
    n_tasks, n_classes = truth.shape
    n_workers = len(miss)
    task, worker = np.divmod(np.arange(n_tasks * n_workers), n_workers)
    chance = np.where(truth[task], 1 - miss[worker, None], invent[worker, None])
    answer, label = np.nonzero(rng.random(chance.shape) < chance)
    return MultiLabels(
        task=task,
        worker=worker,
        answer=answer,
        label=label,
        n_tasks=n_tasks,
        n_workers=n_workers,
        n_classes=n_classes,
    )


def test_presence_and_rates_of_a_simulated_crowd_are_recovered(rng: np.random.Generator) -> None:
    truth = rng.random((200, 6)) < np.array([0.6, 0.4, 0.3, 0.1, 0.05, 0.02])
    miss, invent = np.array([0.1, 0.2, 0.3, 0.6, 0.2]), np.array([0.02, 0.05, 0.02, 0.02, 0.3])
    answers = sets_of(truth, miss=miss, invent=invent, rng=rng)
    found = multi_label(answers)
    assert found.converged
    assert ((found.presence > 0.5) == truth).mean() > 0.97
    votes = np.zeros(truth.shape)
    np.add.at(votes, (answers.task[answers.answer], answers.label), 1)
    assert ((found.presence > 0.5) == truth).mean() > ((votes > 2.5) == truth).mean()
    assert np.abs(found.miss_rate - miss).max() < 0.08
    assert np.abs(found.false_alarm_rate - invent).max() < 0.05


def test_one_task_is_believed_as_in_the_batch_that_found_the_skills(rng: np.random.Generator) -> None:
    truth = rng.random((300, 5)) < 0.3
    answers = sets_of(truth, miss=np.array([0.1, 0.3, 0.2]), invent=np.array([0.05, 0.1, 0.2]), rng=rng)
    found = multi_label(answers, tol=1e-9)
    picked = np.zeros((len(answers.task), 5), dtype=bool)
    picked[answers.answer, answers.label] = True
    mine = answers.task == 7
    workers = answers.worker[mine]
    rates = found.miss_rate[workers], found.false_alarm_rate[workers]
    assert presence_of(picked[mine], *rates, found.prevalence) == pytest.approx(found.presence[7], abs=1e-6)


def test_presence_worked_by_hand() -> None:
    # Two of three picked it: odds 1/4 x (.8/.1)^2 x .2/.9.
    odds = 0.25 * 8.0**2 * (0.2 / 0.9)
    picked = np.array([[True], [True], [False]])
    assert (DEFAULT_MULTI_PRIORS.miss, DEFAULT_MULTI_PRIORS.false_alarm) == (0.2, 0.1)
    presence = presence_of(picked, np.full(3, 0.2), np.full(3, 0.1), np.array([0.2]))
    assert presence == pytest.approx([odds / (1.0 + odds)])
    nobody = presence_of(np.zeros((0, 1), dtype=bool), np.zeros(0), np.zeros(0), np.array([0.2]))
    assert nobody == pytest.approx([0.2])


def test_empty_sets_are_answers() -> None:
    answers = MultiLabels(
        task=np.array([0, 0, 0]),
        worker=np.array([0, 1, 2]),
        answer=np.array([0]),
        label=np.array([1]),
        n_tasks=2,
        n_workers=3,
        n_classes=2,
    )
    found = multi_label(answers)
    assert found.presence[0, 1] < 0.5
    assert found.presence.shape == (2, 2)
    assert np.isfinite(found.presence).all()


def test_no_answers_are_no_failure() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = multi_label(MultiLabels(none, none, none, none, n_tasks=0, n_workers=0, n_classes=3))
    assert found.presence.shape == (0, 3)


def test_improper_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        MultiPriors(missed=0.0)


def test_values_that_differ_in_case_and_blanks_are_one() -> None:
    assert normalised("  Red   Car ") == normalised("red car")
    found = attribute_consensus([("a", "x", "Red  car"), ("a", "y", "red car"), ("a", "z", "blue")])
    assert found.beliefs["a"].value in {"Red  car", "red car"}
    assert found.beliefs["a"].confidence > 0.7


def test_reliable_worker_wins_where_two_differ() -> None:
    rows = [(f"t{n}", worker, f"v{n}") for n in range(20) for worker in ("good", "fair", "other")]
    rows += [(f"t{n}", "random", f"noise {n}") for n in range(20)]
    rows += [("last", "good", "yes"), ("last", "random", "no")]
    found = attribute_consensus(rows)
    assert found.beliefs["last"].value == "yes"
    assert found.accuracy["good"] > 0.9
    assert found.accuracy["random"] < 0.3
    assert found.converged


def test_strangers_who_differ_leave_it_open_and_order_is_nothing() -> None:
    rows = [("a", "x", "one"), ("a", "y", "two"), ("a", "x", "a second thought")]
    found = attribute_consensus(rows)
    assert found.beliefs["a"].value is None
    assert sum(found.beliefs["a"].belief.values()) < 1.0
    assert attribute_consensus([]).beliefs == {}


def test_weighted_median_by_hand() -> None:
    values, even = np.array([9.0, 1.0, 2.0]), np.ones(3)
    assert weighted_median(values, even) == 2.0
    assert weighted_median(values, np.array([5.0, 1.0, 1.0])) == 9.0
    assert weighted_median(np.array([1.0, 3.0]), np.ones(2)) == 2.0
    with pytest.raises(ValueError, match="weight"):
        weighted_median(values, np.array([1.0, 0.0, 1.0]))
