"""What must hold of the consensus of every kind of shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.geometry.base import Frame
from labeling.core.geometry.registry import GEOMETRIES
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.beliefs import Dispute, shape_belief
from quality.core.shapes.consensus import ShapeConsensus, shape_consensus
from quality.core.shapes.fusion.registry import FUSIONS
from quality.core.shapes.skills import ShapeSkills
from tests.quality.core.shapes.drawing import SIDE, VALUES, geometry_of, readable, usual_shape

KINDS = sorted(GEOMETRIES)
FRAME = Frame(SIDE, SIDE)
CENTRES = np.array([[10.0, 10.0], [30.0, 10.0], [20.0, 30.0]])
CLASSES = ["cat", "dog"]


def test_every_kind_of_shape_can_be_fused() -> None:
    assert sorted(FUSIONS) == KINDS == sorted(VALUES)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_answers_have_a_result(kind: str, data: st.DataObject) -> None:
    geometry = geometry_of(kind)
    drawn = st.lists(VALUES[kind], max_size=3)
    answers = []
    for worker in data.draw(st.lists(st.sampled_from("vwxyz"), max_size=6)):
        shapes = readable(geometry, data.draw(drawn))
        labels = data.draw(st.lists(st.sampled_from(CLASSES), min_size=len(shapes), max_size=len(shapes)))
        answers.append(ShapeAnswer(worker, shapes, tuple(labels)))
    frame = data.draw(st.sampled_from([FRAME, None]))
    outcome = shape_consensus(geometry, {"t": answers}, classes=CLASSES, frames={"t": frame} if frame else None)
    belief = outcome.beliefs["t"]
    assert 0.0 <= belief.confidence <= 1.0
    assert belief.n_answers == len({answer.worker_id for answer in answers})
    for thing in (*belief.objects, *belief.doubted):
        assert geometry.fault(thing.shape) is None
        assert isinstance(geometry.plain(thing.shape), list)
        assert 0.0 <= thing.agreement <= 1.0
        assert 0.0 <= thing.belief_in_object <= thing.p_exist <= 1.0
        assert len({member.worker_id for member in thing.members}) == len(thing.members)
        assert (thing.label is None) == (Dispute.CLASS in thing.disputes)


def crowd(kind: str, rng: np.random.Generator, *, n_tasks: int = 12) -> dict[str, list[ShapeAnswer]]:
    """Simulate three careful workers, one who leaves out every other object, and one who adds one of his own."""
    geometry = geometry_of(kind)

    def answer(worker: str, centres: np.ndarray) -> ShapeAnswer:
        shapes = [geometry.read(usual_shape(kind, rng, centre, 0.4)) for centre in centres]
        return ShapeAnswer(worker, shapes, ("cat",) * len(shapes))

    answers = {}
    for task in range(n_tasks):
        missing = rng.permutation(3)[: 1 + task % 2]
        invented = np.concatenate([CENTRES, [[8.0, 31.0] if task % 2 else [33.0, 31.0]]])
        answers[f"t{task}"] = [
            *(answer(worker, CENTRES) for worker in "abc"),
            answer("misses", CENTRES[missing]),
            answer("invents", invented),
        ]
    return answers


def run(kind: str, answers: dict[str, list[ShapeAnswer]]) -> ShapeConsensus[str]:
    return shape_consensus(geometry_of(kind), answers, classes=["cat"], frames=dict.fromkeys(answers, FRAME))


@pytest.mark.parametrize("kind", KINDS)
def test_objects_are_recovered_and_workers_known_for_what_they_do(kind: str, rng: np.random.Generator) -> None:
    geometry = geometry_of(kind)
    outcome = run(kind, crowd(kind, rng))
    truth = geometry.collect([geometry.read(usual_shape(kind, rng, centre, 0.0)) for centre in CENTRES])
    for belief in outcome.beliefs.values():
        assert len(belief.objects) == 3
        found = geometry.collect([thing.shape for thing in belief.objects])
        assert geometry.similarity_matrix(truth, found).max(axis=1).min() > 0.8
        assert all(thing.belief_in_object > 0.5 for thing in belief.objects)
    skills = outcome.skills
    misses = {worker: skills.of(worker).miss(skills.crowd) for worker in ("a", "b", "c", "misses", "invents")}
    alarms = {worker: skills.of(worker).false_alarm(skills.crowd) for worker in misses}
    assert max(misses, key=misses.__getitem__) == "misses"
    assert max(alarms, key=alarms.__getitem__) == "invents"


@pytest.mark.parametrize("kind", KINDS)
def test_fusing_is_nearer_to_the_truth_than_most_workers(kind: str, rng: np.random.Generator) -> None:
    geometry = geometry_of(kind)
    centre = np.array([20.0, 20.0])
    truth = geometry.collect([geometry.read(usual_shape(kind, rng, centre, 0.0))])
    single, fused = [], []
    for _ in range(20):
        drawn = geometry.collect([geometry.read(usual_shape(kind, rng, centre, 1.0)) for _ in range(7)])
        together = geometry.collect([FUSIONS[kind](drawn)])
        single.append(geometry.similarity_matrix(truth, drawn).mean())
        fused.append(geometry.similarity_matrix(truth, together)[0, 0])
    assert np.mean(fused) > np.mean(single)


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_names_change_nothing(kind: str, rng: np.random.Generator) -> None:
    answers = crowd(kind, rng, n_tasks=4)
    plain = run(kind, answers)
    other = run(
        kind, {task: [shuffled(each, rng) for each in given[::-1]] for task, given in reversed(answers.items())}
    )
    assert figures(kind, other) == pytest.approx(figures(kind, plain), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_task_of_a_job_is_concluded_as_on_its_own(kind: str, rng: np.random.Generator) -> None:
    answers = {
        task: [renamed(answer, rng) for answer in drawn] for task, drawn in crowd(kind, rng, n_tasks=4).items()
    } | {"empty": [ShapeAnswer("a", [], ()), ShapeAnswer("b", [], ())]}
    frames = dict.fromkeys(answers, FRAME)
    outcome = shape_consensus(geometry_of(kind), answers, classes=CLASSES, frames=frames)
    for task, together in outcome.beliefs.items():
        alone = shape_belief(geometry_of(kind), answers[task], outcome.skills, frame=FRAME)
        assert together.confidence == pytest.approx(alone.confidence)
        assert together.p_complete == pytest.approx(alone.p_complete)
        things = zip((*together.objects, *together.doubted), (*alone.objects, *alone.doubted), strict=True)
        for one, other in things:
            assert (one.members, one.attributes, one.label) == (other.members, other.attributes, other.label)
            assert one.naming.posterior == pytest.approx(other.naming.posterior)
            assert geometry_of(kind).plain(one.shape) == geometry_of(kind).plain(other.shape)


def renamed(answer: ShapeAnswer, rng: np.random.Generator) -> ShapeAnswer:
    labels = tuple(rng.choice(CLASSES, size=len(answer.labels)).tolist())
    return ShapeAnswer(answer.worker_id, answer.shapes, labels, tuple({"named": label} for label in labels))


def shuffled(answer: ShapeAnswer, rng: np.random.Generator) -> ShapeAnswer:
    order = rng.permutation(len(answer.labels))
    return ShapeAnswer(f"{answer.worker_id}!", [answer.shapes[number] for number in order], answer.labels)


def figures(kind: str, outcome: ShapeConsensus[str]) -> list[float]:
    """Return all numbers of an outcome, in an order of their own."""
    geometry = geometry_of(kind)
    rows = sorted(
        (task, geometry.bounds(geometry.collect([thing.shape]))[0].tolist(), thing.p_exist, thing.belief_in_object)
        for task, belief in outcome.beliefs.items()
        for thing in (*belief.objects, *belief.doubted)
    )
    return [number for _, bounds, *rest in rows for number in (*bounds, *rest)]


@pytest.mark.parametrize("kind", KINDS)
def test_one_worker_alone_gets_back_what_he_drew(kind: str, rng: np.random.Generator) -> None:
    geometry = geometry_of(kind)
    shape = geometry.read(usual_shape(kind, rng, CENTRES[0], 0.0))
    cold = ShapeSkills.cold(CLASSES)
    belief = shape_belief(geometry, [ShapeAnswer("x", [shape], ("cat",))], cold, frame=FRAME)
    (thing,) = (*belief.objects, *belief.doubted)
    assert geometry.plain(thing.shape) == geometry.plain(shape)
    assert thing.label == "cat"


@pytest.mark.parametrize("kind", KINDS)
def test_two_who_name_a_thing_differently_leave_it_disputed(kind: str, rng: np.random.Generator) -> None:
    geometry = geometry_of(kind)
    shape = geometry.read(usual_shape(kind, rng, CENTRES[0], 0.0))
    answers = [ShapeAnswer("x", [shape], ("cat",)), ShapeAnswer("y", [shape], ("dog",))]
    belief = shape_belief(geometry, answers, ShapeSkills.cold(CLASSES))
    (thing,) = belief.objects
    assert thing.label is None
    assert Dispute.CLASS in belief.disputes


def test_attributes_are_voted_on_object_by_object() -> None:
    geometry = geometry_of("box")
    box = [[0.0, 0.0, 9.0, 9.0]]
    answers = [
        ShapeAnswer(worker, box, ("cat",), ({"hidden": hidden, "pose": pose},))
        for worker, hidden, pose in (("x", "yes", "up"), ("y", "yes", "down"), ("z", "no", "left"))
    ]
    (thing,) = shape_belief(geometry, answers, ShapeSkills.cold(CLASSES)).objects
    assert thing.attributes["hidden"].value == "yes"
    assert thing.attributes["hidden"].share == pytest.approx(2 / 3)
    assert thing.attributes["pose"].value is None
