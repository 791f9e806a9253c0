from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest

from quality.core.scoring import BoxScore, NamedBoxes, score_boxes, total
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.beliefs import ShapeBelief
from quality.core.shapes.consensus import ShapeConsensus
from quality.core.shapes.skills import ShapeSkills
from tests.quality.core.boxes.drawing import box_answer, box_belief, box_consensus
from tests.quality.core.boxes.simulate import IMAGE, SimulatedBoxes, simulate_boxes

MISS = np.array([0.1, 0.1, 0.2, 0.6])
MISTAKES = np.array([0.1, 0.1, 0.3, 0.8])


@pytest.fixture
def crowd(rng: np.random.Generator) -> SimulatedBoxes:
    return simulate_boxes(rng, miss=MISS, n_mistakes=MISTAKES, n_tasks=80, n_objects=2.5)


def run(answers: dict[str, list[ShapeAnswer]]) -> ShapeConsensus[str]:
    return box_consensus(answers, classes=["thing"], images=dict.fromkeys(answers, IMAGE))


def score(beliefs: Mapping[str, ShapeBelief], crowd: SimulatedBoxes) -> BoxScore:
    def named(boxes: list[np.ndarray]) -> NamedBoxes:
        return NamedBoxes(np.array(boxes).reshape(-1, 4), ("thing",) * len(boxes))

    return total(
        score_boxes(named([thing.shape for thing in beliefs[task].objects]), named(list(truth)))
        for task, truth in crowd.truth.items()
    )


def test_objects_of_a_simulated_crowd_are_recovered(crowd: SimulatedBoxes) -> None:
    outcome = run(crowd.answers)
    found = score(outcome.beliefs, crowd)
    assert outcome.converged
    assert found.f1 is not None
    assert found.f1 > 0.95
    assert found.mean_iou is not None
    assert found.mean_iou > 0.9


def test_careless_workers_are_known_by_their_rates(crowd: SimulatedBoxes) -> None:
    skills = run(crowd.answers).skills
    miss = [skills.of(f"w{worker}").miss(skills.crowd) for worker in range(4)]
    false_alarm = [skills.of(f"w{worker}").false_alarm(skills.crowd) for worker in range(4)]
    assert miss[3] > 0.4 > max(miss[:3])
    assert false_alarm[3] == max(false_alarm)


def test_batch_believes_each_task_as_the_online_rule_does(crowd: SimulatedBoxes) -> None:
    outcome = run(crowd.answers)
    for task, belief in outcome.beliefs.items():
        online = box_belief(crowd.answers[task], outcome.skills, image=IMAGE)
        assert online.confidence == pytest.approx(belief.confidence)
        assert [thing.p_exist for thing in online.objects] == pytest.approx([thing.p_exist for thing in belief.objects])


def test_order_of_tasks_and_names_of_workers_change_nothing(crowd: SimulatedBoxes) -> None:
    plain = run(crowd.answers)
    renamed = {
        task: [box_answer(f"{given.worker_id}!", given.shapes, given.labels) for given in answers[::-1]]
        for task, answers in reversed(crowd.answers.items())
    }
    other = run(renamed)
    for task, belief in plain.beliefs.items():
        assert other.beliefs[task].confidence == pytest.approx(belief.confidence, abs=1e-6)
        assert len(other.beliefs[task].objects) == len(belief.objects)


def test_naming_skills_are_learned_from_the_objects() -> None:
    boxes = [[0, 0, 10, 10]]
    answers = {
        task: [
            *(box_answer(worker, boxes, ["cat" if task % 2 else "dog"]) for worker in "xyz"),
            box_answer("confused", boxes, ["dog"]),
        ]
        for task in range(30)
    }
    naming = box_consensus(answers, classes=["cat", "dog"]).skills.naming
    assert naming.of("confused").accuracy(naming.crowd) < 0.65
    assert naming.of("x").accuracy(naming.crowd) > 0.9


def test_job_without_answers_has_no_beliefs() -> None:
    outcome = run({})
    assert outcome.beliefs == {}
    assert outcome.converged


def test_unknown_class_is_refused() -> None:
    answers = {"t": [box_answer(worker, [[0, 0, 9, 9]], ["owl"]) for worker in "xy"]}
    with pytest.raises(ValueError, match="outside the classes"):
        box_consensus(answers, classes=["cat", "dog"])


def test_skills_come_back_from_json_as_they_were(crowd: SimulatedBoxes) -> None:
    skills = run(crowd.answers).skills
    stored_crowd = json.loads(json.dumps(skills.crowd_json()))
    stored_workers = {worker: json.loads(json.dumps(skills.worker_json(worker))) for worker in skills.workers}
    restored = ShapeSkills.from_parts(stored_crowd, stored_workers)
    assert restored.workers == skills.workers
    answers = [*crowd.answers["t0"], box_answer("stranger", [[1, 1, 30, 30]], ["thing"])]
    before, after = (box_belief(answers, each).confidence for each in (skills, restored))
    assert after == pytest.approx(before, abs=1e-4)
