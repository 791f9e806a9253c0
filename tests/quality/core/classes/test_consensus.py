from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.consensus import ClassConsensus, class_consensus
from quality.core.classes.two_views import two_view_belief
from tests.quality.core.simulate import simulate_crowd

Rows = list[tuple[str, str, str]]


def rows_of(rng: np.random.Generator) -> Rows:
    labels = simulate_crowd(rng, accuracy=rng.uniform(0.5, 0.95, size=8), n_tasks=40, n_classes=3, overlap=4).labels
    numbers = zip(labels.task.tolist(), labels.worker.tolist(), labels.label.tolist(), strict=True)
    return [(f"t{task}", f"w{worker}", "abc"[label]) for task, worker, label in numbers]


def test_batch_believes_each_task_as_the_online_rule_does(rng: np.random.Generator) -> None:
    rows = rows_of(rng)
    outcome = class_consensus(rows, classes=["a", "b", "c"])
    for task_id, belief in outcome.beliefs.items():
        answers = [(worker, label) for task, worker, label in rows if task == task_id]
        online = two_view_belief(answers, outcome.skills)
        assert online.posterior == pytest.approx(belief.posterior, abs=1e-9)
        assert (online.label, online.n_answers) == (belief.label, belief.n_answers)


def test_order_of_rows_changes_nothing(rng: np.random.Generator) -> None:
    rows = rows_of(rng)
    plain = class_consensus(rows, classes=["a", "b", "c"])
    shuffled = class_consensus([rows[row] for row in rng.permutation(len(rows))], classes=["c", "a", "b"])
    for task_id, belief in plain.beliefs.items():
        assert shuffled.beliefs[task_id].posterior == pytest.approx(belief.posterior[[2, 0, 1]], abs=1e-6)


def test_gold_teaches_skills_and_leaves_its_tasks_belief_to_their_answers() -> None:
    rows = [(task, worker, label) for task in range(20) for worker, label in (("good", "yes"), ("bad", "no"))]
    outcome = class_consensus(rows, classes=["no", "yes"], gold=dict.fromkeys(range(10), "yes"))
    crowd = outcome.skills.crowd
    assert outcome.skills.of("good").accuracy(crowd) > outcome.skills.of("bad").accuracy(crowd)
    assert outcome.beliefs[19].label == "yes"
    assert 0.5 < outcome.beliefs[0].confidence < 1.0


def test_gold_outside_the_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="gold outside"):
        class_consensus([], classes=["no", "yes"], gold={"a": "perhaps"})


def test_job_without_answers_has_no_beliefs_and_cold_skills() -> None:
    outcome: ClassConsensus[str] = class_consensus([], classes=["no", "yes"])
    assert outcome.beliefs == {}
    assert outcome.converged
    assert outcome.skills.crowd.class_prior.tolist() == [0.5, 0.5]
    assert outcome.skills.crowd.confusion == pytest.approx(np.array([[0.7, 0.3], [0.3, 0.7]]))
