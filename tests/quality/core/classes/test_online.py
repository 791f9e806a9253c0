from __future__ import annotations

import json
from collections.abc import Hashable, Sequence

import numpy as np
import pytest

from quality.core.classes.consensus import class_consensus
from quality.core.classes.online import DEFAULT_CORRELATION, TaskBelief, decide, group_posteriors, stops
from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.core.gain import gain_of_task
from quality.core.labels import FloatArray, class_numbers
from quality.core.stopping import StoppingRule, Verdict
from tests.quality.core.simulate import simulate_crowd

RULE = StoppingRule(target_confidence=0.95, min_overlap=2, max_overlap=5)

CROWD = CrowdSkill(
    classes=("no", "yes"),
    class_prior=np.array([0.5, 0.5]),
    confusion=np.array([[0.8, 0.2], [0.3, 0.7]]),
    strength=2.0,
)


def weigh(groups: Sequence[Sequence[tuple[Hashable, str]]], skills: ClassSkills, *, correlation: float) -> FloatArray:
    """Return the posteriors of groups of votes (worker_id, label)."""
    votes = [(worker_id, label, group) for group, given in enumerate(groups) for worker_id, label in given]
    worker_ids = sorted({worker_id for worker_id, _, _ in votes}, key=str)
    return group_posteriors(
        np.array([worker_ids.index(worker_id) for worker_id, _, _ in votes], dtype=np.int64),
        class_numbers([label for _, label, _ in votes], skills.crowd.classes),
        np.array([group for _, _, group in votes], dtype=np.int64),
        n_groups=len(groups),
        worker_ids=worker_ids,
        skills=skills,
        correlation=correlation,
    )


def task_belief(
    answers: Sequence[tuple[Hashable, str]], skills: ClassSkills, *, correlation: float = DEFAULT_CORRELATION
) -> TaskBelief:
    """Return the belief in the one group there is."""
    (posterior,) = weigh([answers], skills, correlation=correlation)
    return TaskBelief(classes=skills.crowd.classes, posterior=posterior, n_answers=len(answers))


def test_belief_of_two_strangers_worked_by_hand() -> None:
    belief = task_belief([("x", "yes"), ("y", "yes")], ClassSkills(crowd=CROWD), correlation=0.0)
    assert belief.posterior == pytest.approx([0.2**2 / (0.2**2 + 0.7**2), 0.7**2 / (0.2**2 + 0.7**2)])
    assert belief.label == "yes"
    assert belief.n_answers == 2


def test_skill_moves_a_worker_from_the_crowds_confusion_to_his_own() -> None:
    # Behind 10 answers "yes" lay 8 times yes and twice no; he was never seen to say "no".
    skill = WorkerSkill({1: np.array([2.0, 8.0])})
    assert skill.likelihood(1, CROWD) == pytest.approx([(2 + 2 * 0.2) / (2 + 2), (8 + 2 * 0.7) / (8 + 2)])
    assert skill.likelihood(0, CROWD) == pytest.approx([2 * 0.8 / (2 + 2), 2 * 0.3 / (8 + 2)])
    assert skill.n_answers == 10
    assert skill.accuracy(CROWD) == pytest.approx((0.4 + 0.94) / 2)


def test_discount_divides_the_evidence_by_the_design_effect() -> None:
    belief = task_belief([("x", "yes"), ("y", "yes"), ("z", "yes")], ClassSkills(crowd=CROWD), correlation=0.5)
    log_odds = 3 * np.log(0.7 / 0.2) / (1 + 0.5 * 2)
    assert belief.posterior[1] == pytest.approx(1 / (1 + np.exp(-log_odds)))


def test_groups_are_weighed_each_on_its_own() -> None:
    skills = ClassSkills(crowd=CROWD, workers={"x": WorkerSkill({0: np.array([9.0, 1.0])})})
    groups = [[("x", "no"), ("y", "yes")], [], [("y", "yes"), ("z", "yes"), ("x", "yes")]]
    together = weigh(groups, skills, correlation=0.3)
    assert together == pytest.approx(
        np.array([task_belief(each, skills, correlation=0.3).posterior for each in groups])
    )


def test_order_of_answers_changes_nothing() -> None:
    skills = ClassSkills(crowd=CROWD, workers={"x": WorkerSkill({0: np.array([9.0, 1.0])})})
    answers = [("x", "no"), ("y", "yes"), ("z", "yes")]
    assert task_belief(answers, skills).posterior == pytest.approx(task_belief(answers[::-1], skills).posterior)


def test_without_answers_the_class_prior_stands_and_nothing_is_concluded() -> None:
    belief = task_belief([], ClassSkills(crowd=CROWD))
    assert belief.posterior.tolist() == [0.5, 0.5]
    assert belief.label is None


def test_contradicting_strangers_tie() -> None:
    belief = task_belief([("x", "no"), ("y", "yes")], ClassSkills.cold(["no", "yes"]))
    assert belief.label is None
    assert decide(belief, RULE).verdict is Verdict.WANT_MORE


def test_single_class_is_certain_from_the_first_answer() -> None:
    belief = task_belief([("x", "only")], ClassSkills.cold(["only"]))
    assert (belief.label, belief.confidence) == ("only", 1.0)


def test_thousands_of_answers_do_not_underflow() -> None:
    answers = [(worker, "no" if worker % 3 else "yes") for worker in range(5000)]
    assert task_belief(answers, ClassSkills(crowd=CROWD), correlation=0.0).label == "no"


@pytest.mark.parametrize("correlation", [-0.1, 1.1])
def test_impossible_correlation_is_refused(correlation: float) -> None:
    with pytest.raises(ValueError, match="correlation"):
        task_belief([], ClassSkills(crowd=CROWD), correlation=correlation)


def test_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the classes"):
        task_belief([("x", "perhaps")], ClassSkills(crowd=CROWD))


@pytest.mark.parametrize("n_classes", [2, 4, 10])
def test_two_agreeing_strangers_are_not_yet_believed_before_skills_are_learned(n_classes: int) -> None:
    skills = ClassSkills.cold([str(number) for number in range(n_classes)])
    rule = StoppingRule(min_overlap=2)
    assert decide(task_belief([("x", "0"), ("y", "0")], skills), rule).verdict is Verdict.WANT_MORE


@pytest.mark.parametrize(
    ("answers", "verdict", "wanted"),
    [
        ("", Verdict.WANT_MORE, 2),
        ("y", Verdict.WANT_MORE, 2),
        ("yy", Verdict.WANT_MORE, 3),
        ("yyyy", Verdict.CONFIDENT, 4),
        ("yyn", Verdict.WANT_MORE, 4),
        ("yynyn", Verdict.DISPUTED, 5),
    ],
)
def test_task_is_decided_by_its_answers(answers: str, verdict: Verdict, wanted: int) -> None:
    given = [(worker, {"y": "yes", "n": "no"}[letter]) for worker, letter in enumerate(answers)]
    decision = decide(task_belief(given, ClassSkills(crowd=CROWD), correlation=0.05), RULE)
    assert (decision.verdict, decision.wanted_overlap) == (verdict, wanted)


def test_skills_come_back_from_json_as_they_were(rng: np.random.Generator) -> None:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=8), n_tasks=50, n_classes=3, overlap=4).labels
    rows = [
        (task, f"w{worker}", "abc"[label])
        for task, worker, label in zip(labels.task, labels.worker, labels.label, strict=True)
    ]
    skills = class_consensus(rows, classes=["a", "b", "c"]).skills
    restored = ClassSkills.from_json(json.loads(json.dumps(skills.to_json())))
    assert restored.crowd.classes == skills.crowd.classes
    assert restored.workers.keys() == skills.workers.keys()
    answers = [("w0", "a"), ("w1", "b"), ("w7", "b"), ("stranger", "c")]
    before, after = (task_belief(answers, each).posterior for each in (skills, restored))
    assert after == pytest.approx(before, abs=1e-4)


@pytest.mark.parametrize("classes", [[], ["only"], ["a", "b"]])
def test_cold_skills_come_back_from_json(classes: list[str]) -> None:
    restored = ClassSkills.from_json(json.loads(json.dumps(ClassSkills.cold(classes).to_json())))
    assert restored.crowd.classes == tuple(classes)
    assert restored.crowd.confusion == pytest.approx(ClassSkills.cold(classes).crowd.confusion)


@pytest.mark.parametrize("least_gain", [0.0, 0.01])
def test_many_tasks_stop_where_each_would(rng: np.random.Generator, least_gain: float) -> None:
    rule = StoppingRule(target_confidence=0.95, min_overlap=2, max_overlap=5, least_gain=least_gain)
    posterior = rng.dirichlet(np.full(2, 0.3), size=60)
    n_answers = rng.integers(0, 5, size=60)
    found = stops(posterior, n_answers, rule, confusion=CROWD.confusion, n_left=5 - n_answers)
    for beliefs, n, stopped in zip(posterior, n_answers.tolist(), found, strict=True):
        belief = TaskBelief(classes=CROWD.classes, posterior=beliefs, n_answers=n)
        decision = decide(belief, rule, gain=gain_of_task(beliefs, CROWD.confusion, n_left=5 - n))
        assert stopped == (decision.verdict is not Verdict.WANT_MORE)
    assert 0 < found.sum() < 60
