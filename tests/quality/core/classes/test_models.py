"""What each model learns beyond the truth."""

from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.beliefs import Tally
from quality.core.classes.dawid_skene import Inference, dawid_skene
from quality.core.classes.difficulty import GladPriors, glad
from quality.core.classes.majority import majority, weighted_vote
from quality.core.classes.mixed_membership import mixed_membership
from quality.core.classes.one_coin import CoinPriors, one_coin
from quality.core.classes.ordinal import OrdinalPriors, ordinal_dawid_skene
from quality.core.labels import LabelMatrix, index_labels
from tests.quality.core.simulate import simulate_crowd


def matrix(task: np.ndarray, worker: np.ndarray, label: np.ndarray, n_classes: int) -> LabelMatrix:
    return LabelMatrix(
        task=task,
        worker=worker,
        label=label,
        n_tasks=int(task.max()) + 1,
        n_workers=int(worker.max()) + 1,
        n_classes=n_classes,
    )


def test_one_coin_recovers_accuracies(rng: np.random.Generator) -> None:
    accuracy = np.array([0.95, 0.85, 0.75, 0.65, 0.55, 0.4])
    crowd = simulate_crowd(rng, accuracy=accuracy, n_tasks=1_500, n_classes=4, overlap=5)
    assert np.abs(one_coin(crowd.labels).accuracy - accuracy).max() < 0.05


def test_one_coin_does_not_collapse_with_two_labels_a_task(rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=np.full(40, 0.75), n_tasks=300, n_classes=2, overlap=2)
    share = one_coin(crowd.labels).posterior.mean(axis=0)
    assert share.min() > 0.4


def test_lone_label_is_believed_as_much_as_the_prior_says() -> None:
    labels = index_labels([("a", "x", "yes")], classes=["no", "yes"]).matrix
    found = one_coin(labels, priors=CoinPriors(right=3.0, wrong=1.0), inference=Inference.MEAN, max_iter=1)
    # The vote share makes the first accuracy (1 + 3) / (1 + 4).
    assert found.posterior.tolist() == pytest.approx(np.array([[0.2, 0.8]]))


def test_variational_trusts_a_worker_of_few_answers_less(rng: np.random.Generator) -> None:
    crowd = simulate_crowd(rng, accuracy=np.full(60, 0.8), n_tasks=100, n_classes=2, overlap=3)
    mean = dawid_skene(crowd.labels)
    variational = dawid_skene(crowd.labels, inference=Inference.VARIATIONAL)
    assert variational.converged
    assert (variational.choice == crowd.truth).mean() > 0.85
    assert variational.posterior != pytest.approx(mean.posterior, abs=1e-3)


def test_earlier_skills_decide_between_two_who_differ() -> None:
    rows = [(f"t{number}", worker, label) for number in range(4) for worker, label in (("x", "no"), ("y", "yes"))]
    labels = index_labels(rows).matrix
    assert dawid_skene(labels).choice.tolist() == [-1] * 4
    right, wrong = np.array([[20.0, 0.0], [0.0, 20.0]]), np.array([[10.0, 10.0], [10.0, 10.0]])
    earlier = Tally(
        worker=np.array([0, 0, 1, 1]), label=np.array([0, 1, 0, 1]), mass=np.vstack([wrong, right]), n_workers=2
    )
    assert dawid_skene(labels, earlier=earlier).choice.tolist() == [1] * 4


def test_label_of_no_weight_changes_no_belief() -> None:
    rows = [("a", "x", "yes"), ("a", "y", "no"), ("b", "x", "yes"), ("b", "y", "yes")]
    labels = index_labels(rows).matrix
    weight = np.array([1.0, 0.0, 1.0, 1.0])
    posterior = dawid_skene(labels, weight=weight).posterior
    assert posterior[0, 1] > 0.5


def test_weighted_vote_follows_those_who_agree_with_others(rng: np.random.Generator) -> None:
    accuracy = np.array([0.95, 0.95, 0.95, 0.5, 0.5, 0.5, 0.5])
    crowd = simulate_crowd(rng, accuracy=accuracy, n_tasks=500, n_classes=2, overlap=5)
    right = [(found.choice == crowd.truth).mean() for found in (weighted_vote(crowd.labels), majority(crowd.labels))]
    assert right[0] > right[1] + 0.05


def test_mixed_membership_is_unsure_of_ambiguous_tasks_however_many_label_them(rng: np.random.Generator) -> None:
    """On half of the tasks everybody sees either class with chances 2:1, on the others nearly all see the truth."""
    n_tasks, n_workers = 100, 30
    truth = rng.integers(2, size=n_tasks)
    ambiguous = np.arange(n_tasks) < 50
    chance = np.where(ambiguous, 2 / 3, 0.95)
    label = np.where(rng.random((n_tasks, n_workers)) < chance[:, None], truth[:, None], 1 - truth[:, None])
    task = np.repeat(np.arange(n_tasks), n_workers)
    labels = matrix(task, np.tile(np.arange(n_workers), n_tasks), label.ravel(), 2)
    views, witnesses = mixed_membership(labels), dawid_skene(labels)
    assert witnesses.confidence[ambiguous].mean() > 0.95
    assert 0.6 < views.confidence[ambiguous].mean() < 0.85
    assert views.confidence[~ambiguous].mean() > views.confidence[ambiguous].mean() + 0.1


def test_glad_tells_hard_tasks_from_easy_ones_and_good_workers_from_bad(rng: np.random.Generator) -> None:
    n_tasks, n_workers = 300, 20
    truth = rng.integers(3, size=n_tasks)
    ease = np.where(np.arange(n_tasks) < 150, 0.3, 2.0)
    ability = np.linspace(0.2, 3.0, n_workers)
    chance = 1 / (1 + np.exp(-ability[None, :] * ease[:, None]))
    wrong = (truth[:, None] + rng.integers(1, 3, size=chance.shape)) % 3
    label = np.where(rng.random(chance.shape) < chance, truth[:, None], wrong)
    task = np.repeat(np.arange(n_tasks), n_workers)
    found = glad(matrix(task, np.tile(np.arange(n_workers), n_tasks), label.ravel(), 3))
    assert found.converged
    assert found.ease[150:].mean() > 1.5 * found.ease[:150].mean()
    assert np.corrcoef(found.ability, ability)[0, 1] > 0.9
    assert (found.choice == truth)[150:].mean() > 0.99


def test_ordinal_recovers_shift_and_spread_and_beats_full_confusions_when_labels_are_few(
    rng: np.random.Generator,
) -> None:
    n_tasks, n_workers, n_grades = 150, 12, 7
    truth = rng.integers(n_grades, size=n_tasks)
    shift = np.array([1.0, -1.0, *np.zeros(n_workers - 2)])
    spread = np.array([0.6, 0.6, *np.full(n_workers - 2, 1.0)])
    task = np.repeat(np.arange(n_tasks), 6)
    worker = np.concatenate([rng.permutation(n_workers)[:6] for _ in range(n_tasks)])
    exact = truth[task] + shift[worker] + spread[worker] * rng.normal(size=len(task))
    labels = matrix(task, worker, np.clip(np.rint(exact), 0, n_grades - 1).astype(np.int64), n_grades)
    found = ordinal_dawid_skene(labels)
    assert found.shift[0] > 0.4
    assert found.shift[1] < -0.4
    assert found.spread[:2].max() < found.spread[2:].mean()
    assert np.abs(found.expected_grade - truth).mean() < 0.5
    assert (found.choice == truth).mean() > (dawid_skene(labels).choice == truth).mean() + 0.05


@pytest.mark.parametrize(
    ("priors", "wrong"),
    [
        (CoinPriors, {"right": 0.0}),
        (CoinPriors, {"class_strength": -1.0}),
        (GladPriors, {"ability_sd": 0.0}),
        (OrdinalPriors, {"slip": 1.0}),
        (OrdinalPriors, {"spread": 0.0}),
    ],
)
def test_improper_priors_are_refused(priors: type, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must be|positive"):
        priors(**wrong)


def test_ambiguity_must_be_positive() -> None:
    labels = index_labels([("a", "x", "yes")]).matrix
    with pytest.raises(ValueError, match="ambiguity"):
        mixed_membership(labels, ambiguity=0.0)
