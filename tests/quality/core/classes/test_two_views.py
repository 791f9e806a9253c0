from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.beliefs import Beliefs
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.online import decide
from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_belief, two_view_posterior
from quality.core.labels import LabelMatrix
from quality.core.stopping import StoppingRule, Verdict
from tests.quality.core.simulate import simulate_crowd

CROWD = CrowdSkill(
    classes=("no", "yes"),
    class_prior=np.array([0.5, 0.5]),
    confusion=np.array([[0.8, 0.2], [0.3, 0.7]]),
    strength=2.0,
)


def fitted(rng: np.random.Generator, *, n_classes: int = 3) -> tuple[LabelMatrix, Beliefs]:
    accuracy = rng.uniform(0.5, 0.95, size=9)
    labels = simulate_crowd(rng, accuracy=accuracy, n_tasks=60, n_classes=n_classes, overlap=4).labels
    return labels, dawid_skene(labels, priors=STOPPING_PRIORS)


def test_belief_worked_by_hand() -> None:
    # Behind 10 answers "yes" lay 8 times yes and twice no: as a coin, 8 right of 10, with the prior 12 of 15.
    skills = ClassSkills(crowd=CROWD, workers={"x": WorkerSkill({1: np.array([2.0, 8.0])})})
    belief = two_view_belief([("x", "yes")], skills)
    given_no, given_yes = (2 + 2 * 0.2) / (2 + 2), (8 + 2 * 0.7) / (8 + 2)
    assert belief.posterior[1] == pytest.approx(2 / 3 * given_yes / (given_no + given_yes) + 1 / 3 * 12 / 15)
    assert (belief.label, belief.n_answers) == ("yes", 1)


def test_strangers_count_less_together_than_each_alone() -> None:
    alone = two_view_belief([("x", "yes"), ("y", "yes")], ClassSkills(crowd=CROWD), correlation=0.0)
    together = two_view_belief([("x", "yes"), ("y", "yes")], ClassSkills(crowd=CROWD), correlation=1.0)
    single = two_view_belief([("x", "yes")], ClassSkills(crowd=CROWD))
    assert together.posterior == pytest.approx(single.posterior)
    assert alone.confidence > together.confidence


def test_batch_believes_each_task_as_the_online_rule_does(rng: np.random.Generator) -> None:
    labels, beliefs = fitted(rng)
    posterior = two_view_posterior(labels, beliefs)
    skills = ClassSkills.learned(beliefs, classes=["a", "b", "c"], worker_ids=range(labels.n_workers))
    for task in range(labels.n_tasks):
        of_task = labels.task == task
        answers = zip(labels.worker[of_task].tolist(), ["abc"[label] for label in labels.label[of_task]], strict=True)
        assert two_view_belief(answers, skills).posterior == pytest.approx(posterior[task], abs=1e-9)


def test_numbers_of_classes_and_order_of_labels_change_nothing(rng: np.random.Generator) -> None:
    labels, beliefs = fitted(rng)
    order, new = rng.permutation(labels.n_labels), np.array([2, 0, 1])
    other = LabelMatrix(
        labels.task[order], labels.worker[order], new[labels.label[order]], labels.n_tasks, labels.n_workers, 3
    )
    found = two_view_posterior(other, dawid_skene(other, priors=STOPPING_PRIORS))
    assert found[:, new] == pytest.approx(two_view_posterior(labels, beliefs), abs=1e-6)


def test_weights_of_zero_leave_the_priors(rng: np.random.Generator) -> None:
    labels, beliefs = fitted(rng)
    found = two_view_posterior(labels, beliefs, weight=np.zeros(labels.n_labels))
    assert found == pytest.approx(np.tile(2 / 3 * beliefs.class_prior + 1 / 9, (labels.n_tasks, 1)))


def test_labels_of_workers_without_a_record_are_weighed_as_the_crowds(rng: np.random.Generator) -> None:
    labels, _ = fitted(rng)
    keep = labels.worker != 0
    rest = LabelMatrix(labels.task[keep], labels.worker[keep], labels.label[keep], labels.n_tasks, labels.n_workers, 3)
    found = two_view_posterior(labels, dawid_skene(rest, priors=STOPPING_PRIORS))
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_first_answer_of_a_repeated_worker_counts() -> None:
    skills = ClassSkills(crowd=CROWD)
    once = two_view_belief([("x", "yes")], skills)
    assert two_view_belief([("x", "yes"), ("x", "no")], skills).posterior == pytest.approx(once.posterior)


def test_without_answers_nothing_is_concluded() -> None:
    belief = two_view_belief([], ClassSkills(crowd=CROWD))
    assert belief.posterior == pytest.approx([0.5, 0.5])
    assert belief.label is None


@pytest.mark.parametrize("classes", [[], ["only"]])
def test_too_few_classes_to_doubt(classes: list[str]) -> None:
    answers = [("x", name) for name in classes]
    assert two_view_belief(answers, ClassSkills.cold(classes)).posterior.tolist() == [1.0] * len(classes)


def test_batch_without_classes_is_empty() -> None:
    none = np.zeros(0, dtype=np.int64)
    labels = LabelMatrix(none, none, none, 2, 1, 0)
    assert two_view_posterior(labels, dawid_skene(labels)).shape == (2, 0)


def test_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="tuple"):
        two_view_belief([("x", "perhaps")], ClassSkills(crowd=CROWD))


@pytest.mark.parametrize("n_classes", [2, 4, 10])
def test_two_agreeing_strangers_are_not_yet_believed_before_skills_are_learned(n_classes: int) -> None:
    skills = ClassSkills.cold([str(number) for number in range(n_classes)])
    rule = StoppingRule(min_overlap=2)
    assert decide(two_view_belief([("x", "0"), ("y", "0")], skills), rule).verdict is Verdict.WANT_MORE


def test_thousands_of_answers_do_not_underflow() -> None:
    answers = [(worker, "no" if worker % 3 else "yes") for worker in range(5000)]
    assert two_view_belief(answers, ClassSkills(crowd=CROWD)).label == "no"


def test_class_that_no_task_has_does_not_keep_open_what_good_workers_agree_on(rng: np.random.Generator) -> None:
    """While tasks have an answer or two, an unused class must not become what bad workers explain everything by."""
    n_tasks, n_workers = 180, 30
    truth = np.where(rng.random(n_tasks) < 0.7, 0, 2)
    n_answers = np.where(rng.random(n_tasks) < 0.75, 2, 1)
    task = np.repeat(np.arange(n_tasks), n_answers)
    labels = LabelMatrix(
        task=task,
        worker=np.concatenate([rng.permutation(n_workers)[:n] for n in n_answers]),
        label=np.where(rng.random(len(task)) < 0.95, truth[task], 2 - truth[task]),
        n_tasks=n_tasks,
        n_workers=n_workers,
        n_classes=3,
    )
    posterior = two_view_posterior(labels, dawid_skene(labels, priors=STOPPING_PRIORS))
    agreed = (n_answers == 2) & (np.bincount(task, labels.label == truth[task]) == 2)
    assert posterior[agreed].max(axis=1).mean() > 0.97
