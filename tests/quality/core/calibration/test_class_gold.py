from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from quality.core.calibration.class_gold import gold_at_stop
from quality.core.calibration.reliability import reliability
from quality.core.calibration.temperature import conclusion_credit, fit_temperature, tempered
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_posterior
from quality.core.labels import FloatArray, IntArray, LabelMatrix
from tests.quality.core.simulate import simulate_crowd


def never(posterior: FloatArray, n_answers: IntArray) -> NDArray[np.bool_]:
    return np.zeros(len(n_answers), dtype=bool)


def crowd_with_gold(rng: np.random.Generator, *, n_gold: int) -> tuple[LabelMatrix, IntArray]:
    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.5, 0.9, size=12), n_tasks=80, n_classes=3, overlap=5)
    return crowd.labels, np.where(np.arange(80) < n_gold, crowd.truth, -1)


def test_gold_is_believed_by_what_its_workers_did_on_other_tasks(rng: np.random.Generator) -> None:
    """Worked by taking the answers out of the counts and weighing them as any others."""
    labels, gold = crowd_with_gold(rng, n_gold=1)
    beliefs = dawid_skene(labels, gold=gold, priors=STOPPING_PRIORS)
    found = gold_at_stop(labels, beliefs, gold, stops=never)
    counts, of_task, truth = beliefs.tally, np.flatnonzero(labels.task == 0), int(gold[0])
    mass = counts.mass.copy()
    for worker, label in zip(labels.worker[of_task], labels.label[of_task], strict=True):
        mass[(counts.worker == worker) & (counts.label == label), truth] -= 1
    without = type(counts)(counts.worker, counts.label, mass, counts.n_workers)
    expected = two_view_posterior(labels, type(beliefs)(**{**vars(beliefs), "tally": without}))[0]
    assert found.posterior[0] == pytest.approx(expected)
    assert (found.task.tolist(), found.truth.tolist(), found.n_answers.tolist()) == ([0], [truth], [5])


def test_answers_after_the_stop_are_left_out(rng: np.random.Generator) -> None:
    labels, gold = crowd_with_gold(rng, n_gold=30)
    beliefs = dawid_skene(labels, gold=gold, priors=STOPPING_PRIORS)
    found = gold_at_stop(labels, beliefs, gold, stops=lambda posterior, n: (posterior.max(axis=1) > 0.9) & (n >= 2))
    confidence = found.posterior.max(axis=1)
    assert found.task.tolist() == list(range(30))
    assert found.n_answers.min() >= 2
    assert (confidence[found.n_answers < 5] > 0.9).all()
    assert (found.n_answers < 5).any()
    whole = gold_at_stop(labels, beliefs, gold, stops=never)
    assert (whole.n_answers == 5).all()


def test_without_gold_there_is_nothing_to_believe(rng: np.random.Generator) -> None:
    labels, gold = crowd_with_gold(rng, n_gold=0)
    found = gold_at_stop(labels, dawid_skene(labels, priors=STOPPING_PRIORS), gold, stops=never)
    assert found.posterior.shape == (0, 3)


def misled_crowd(rng: np.random.Generator, *, n_tasks: int = 600) -> tuple[LabelMatrix, IntArray]:
    """Return a crowd of two classes whose workers are mostly wrong, all in the same way, on a quarter of the tasks."""
    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.75, 0.9, size=40), n_tasks=n_tasks, n_classes=2, overlap=6)
    misled = rng.random(n_tasks) < 0.25
    return crowd.labels, np.where(misled, 1 - crowd.truth, crowd.truth)


def test_errors_that_workers_share_are_overstated_by_the_score_and_not_by_what_is_stated(
    rng: np.random.Generator,
) -> None:
    labels, truth = misled_crowd(rng)
    is_gold = np.arange(labels.n_tasks) % 10 == 0
    gold = np.where(is_gold, truth, -1)
    beliefs = dawid_skene(labels, gold=gold, priors=STOPPING_PRIORS)
    found = gold_at_stop(labels, beliefs, gold, stops=never)
    posterior = two_view_posterior(labels, beliefs)[~is_gold]
    credit = conclusion_credit(posterior, truth[~is_gold])
    naive = reliability(posterior.max(axis=1), credit, rng=rng)
    stated = tempered(posterior, fit_temperature(found.posterior, found.truth)).max(axis=1)
    ours = reliability(stated, credit, rng=rng)
    assert naive is not None
    assert ours is not None
    assert naive.mean_confidence - naive.accuracy > 0.2
    assert naive.debiased_error > 0.2
    assert abs(ours.mean_confidence - ours.accuracy) < 0.1
    assert ours.debiased_error < 0.1
