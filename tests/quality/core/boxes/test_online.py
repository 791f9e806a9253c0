from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.geometry.base import Frame
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.beliefs import Member, ShapeBelief, decide
from quality.core.shapes.fusion.medians import coordinate_median
from quality.core.shapes.skills import DetectionPriors, ShapeSkills
from quality.core.stopping import StoppingRule, Verdict
from tests.quality.core.boxes.drawing import box_answer, box_belief, box_consensus

# Without a spread of difficulty what the rates say can be worked by hand.
INDEPENDENT = DetectionPriors(difficulty=0.0)
COLD = ShapeSkills.cold(["cat", "dog"], priors=INDEPENDENT)
IMAGE = Frame(width=100, height=100)
RULE = StoppingRule(target_confidence=0.9, min_overlap=2, max_overlap=4)


def answer(worker: str, *boxes: tuple[float, ...], labels: str = "") -> ShapeAnswer:
    names = {"c": "cat", "d": "dog"}
    return box_answer(worker, boxes, [names[letter] for letter in labels or "c" * len(boxes)])


def figures(belief: ShapeBelief) -> list[float]:
    """Return all numbers of a belief in an order of their own."""
    things = [*belief.objects, *belief.doubted]
    rows = sorted((*thing.shape.tolist(), thing.p_exist, thing.agreement, thing.confidence) for thing in things)
    return [*(number for row in rows for number in row), belief.p_complete, belief.n_answers]


def test_three_boxes_are_fused_by_the_median_and_two_by_the_mean() -> None:
    three = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [4, 0, 90, 10]], dtype=float)
    assert coordinate_median(three).tolist() == [2, 0, 12, 10]
    assert coordinate_median(three[:2]).tolist() == [1, 0, 11, 10]


def test_agreed_object_is_found_named_and_placed() -> None:
    belief = box_belief([answer("x", (0, 0, 10, 10)), answer("y", (0, 0, 10, 8))], COLD, image=IMAGE)
    (thing,) = belief.objects
    assert thing.shape.tolist() == [0, 0, 10, 9]
    assert thing.agreement == pytest.approx(0.8)
    assert thing.label == "cat"
    assert set(thing.members) == {Member("x", 0), Member("y", 0)}
    assert belief.doubted == ()


def test_object_is_as_certain_as_the_rates_say() -> None:
    belief = box_belief([answer("x", (0, 0, 10, 10)), answer("y")], COLD)
    crowd = COLD.crowd
    odds = (crowd.objects_per_task / crowd.mistakes_per_task) * (0.85 / 0.1) * (0.15 / 0.9)
    (thing,) = belief.objects
    assert thing.p_exist == pytest.approx(odds / (1 + odds))
    assert decide(belief, RULE).verdict is Verdict.WANT_MORE


def test_box_that_most_leave_out_is_doubted_but_kept_for_the_record() -> None:
    answers = [answer("x", (0, 0, 10, 10)), *(answer(worker) for worker in "yzuv")]
    belief = box_belief(answers, COLD)
    assert belief.objects == ()
    (thing,) = belief.doubted
    assert thing.members == (Member("x", 0),)
    assert thing.confidence == pytest.approx(1 - thing.p_exist)


def test_all_empty_answers_agree_that_nothing_is_there() -> None:
    belief = box_belief([answer("x"), answer("y")], COLD)
    assert (belief.objects, belief.doubted) == ((), ())
    assert belief.confidence == pytest.approx(math.exp(-1.0 * 0.15**2))
    assert decide(belief, RULE).verdict is Verdict.CONFIDENT


def test_no_answers_give_no_confidence() -> None:
    belief = box_belief([], COLD)
    assert (belief.confidence, belief.n_answers) == (0.0, 0)
    assert decide(belief, RULE).wanted_overlap == 2


def test_disagreement_on_the_name_keeps_one_object_without_a_label() -> None:
    belief = box_belief([answer("x", (0, 0, 10, 10)), answer("y", (0, 0, 10, 10), labels="d")], COLD)
    (thing,) = belief.objects
    assert thing.label is None
    assert belief.confidence <= 0.5


def test_loose_boxes_leave_the_place_in_doubt() -> None:
    tight = box_belief([answer("x", (0, 0, 10, 10)), answer("y", (0, 0, 10, 9))], COLD)
    loose = box_belief([answer("x", (0, 0, 10, 10)), answer("y", (0, 0, 10, 4))], COLD)
    assert loose.objects[0].p_exist == tight.objects[0].p_exist
    assert loose.confidence < tight.confidence


def test_two_boxes_of_one_worker_are_two_things() -> None:
    belief = box_belief([answer("x", (0, 0, 10, 10), (0, 0, 10, 9)), answer("y", (0, 0, 10, 10))], COLD)
    assert sorted(len(thing.members) for thing in (*belief.objects, *belief.doubted)) == [1, 2]


def test_overhanging_box_is_cut_and_one_without_size_left_out() -> None:
    drawn = answer("x", (90, 90, 120, 120), (5, 5, 5, 9), (200, 0, 210, 10), (0, 0, math.nan, 5))
    belief = box_belief([drawn, answer("y", (90, 90, 100, 100))], COLD, image=IMAGE)
    (thing,) = (*belief.objects, *belief.doubted)
    assert thing.shape.tolist() == [90, 90, 100, 100]


def test_members_are_named_by_their_place_in_the_answer_as_given() -> None:
    belief = box_belief([answer("x", (5, 5, 5, 9), (50, 50, 60, 60), (1, 1, 9, 9))], COLD, image=IMAGE)
    places = {thing.shape[0]: thing.members[0].position for thing in (*belief.objects, *belief.doubted)}
    assert places == {50: 1, 1: 2}


def test_first_answer_of_a_repeated_worker_counts() -> None:
    once = box_belief([answer("x", (0, 0, 10, 10))], COLD)
    assert figures(box_belief([answer("x", (0, 0, 10, 10)), answer("x")], COLD)) == figures(once)


def test_box_without_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        box_answer("x", [[0, 0, 1, 1]], [])


@pytest.mark.parametrize(
    ("drawn_by", "n_empty", "verdict", "wanted"),
    [
        ("", 1, Verdict.WANT_MORE, 2),
        ("xy", 0, Verdict.CONFIDENT, 2),
        ("x", 1, Verdict.WANT_MORE, 3),
        ("xy", 1, Verdict.CONFIDENT, 3),
        ("xy", 2, Verdict.DISPUTED, 4),
        ("xyz", 1, Verdict.CONFIDENT, 4),
    ],
)
def test_task_is_decided_by_its_answers(drawn_by: str, n_empty: int, verdict: Verdict, wanted: int) -> None:
    one_class = ShapeSkills.cold(["cat"], priors=INDEPENDENT)
    answers = [answer(worker, (0, 0, 10, 10)) for worker in drawn_by]
    answers += [answer(f"empty{number}") for number in range(n_empty)]
    decision = decide(box_belief(answers, one_class), RULE)
    assert (decision.verdict, decision.wanted_overlap) == (verdict, wanted)


SIDE = st.one_of(st.integers(-20, 120).map(float), st.sampled_from([math.nan, math.inf, -math.inf, 1e-200, 1e200, 0.5]))
DRAWN = st.lists(st.tuples(st.tuples(SIDE, SIDE, SIDE, SIDE), st.sampled_from("cd")), max_size=4)
ANSWERS = st.lists(
    st.tuples(st.sampled_from("xyzu"), DRAWN).map(
        lambda pair: answer(pair[0], *(box for box, _ in pair[1]), labels="".join(letter for _, letter in pair[1]))
    ),
    max_size=6,
)


@settings(deadline=None)  # a loaded machine is no failure
@given(answers=ANSWERS, image=st.sampled_from([IMAGE, None]), shuffle=st.randoms())
def test_any_answers_give_a_proper_result_whatever_their_order(
    answers: list[ShapeAnswer], image: Frame | None, shuffle: random.Random
) -> None:
    first_of_each = list({given.worker_id: given for given in reversed(answers)}.values())
    belief = box_belief(first_of_each, COLD, image=image)
    assert 0.0 <= belief.confidence <= 1.0
    for thing in (*belief.objects, *belief.doubted):
        assert np.isfinite(thing.shape).all()
        assert (thing.shape[:2] < thing.shape[2:]).all()
        assert 0.0 <= thing.agreement <= 1.0
        assert len({member.worker_id for member in thing.members}) == len(thing.members)
    assert decide(belief, RULE).verdict in Verdict
    # Shapes at exactly equal similarity may be grouped either way, so only counts are compared here.
    n_drawn = sum(len(thing.members) for thing in (*belief.objects, *belief.doubted))
    shuffle.shuffle(first_of_each)
    other = box_belief(first_of_each, COLD, image=image)
    assert sum(len(thing.members) for thing in (*other.objects, *other.doubted)) == n_drawn
    outcome = box_consensus(
        {"t": answers, "u": first_of_each}, classes=["cat", "dog"], images={"t": image} if image else None
    )
    assert outcome.beliefs["t"].n_answers == len(first_of_each)


def test_order_of_answers_and_boxes_changes_nothing(rng: np.random.Generator) -> None:
    corners = rng.uniform(0, 60, size=(6, 2))
    true = np.concatenate([corners, corners + rng.uniform(10, 40, size=(6, 2))], axis=1)
    drawn = [true + rng.normal(0, 2, size=true.shape) for _ in range(4)]
    plain = [box_answer(f"w{worker}", boxes, ["cat"] * 6) for worker, boxes in enumerate(drawn)]
    orders = [rng.permutation(6) for _ in drawn]
    other = [
        box_answer(f"v{n}", boxes[order], ["cat"] * 6)
        for n, (boxes, order) in enumerate(zip(drawn, orders, strict=True))
    ]
    assert figures(box_belief(other[::-1], COLD)) == pytest.approx(figures(box_belief(plain, COLD)))


def test_fifty_boxes_are_concluded_in_a_few_milliseconds(rng: np.random.Generator) -> None:
    grid = np.array([[60.0 * column, 60.0 * row] for row in range(2) for column in range(5)])
    true = np.concatenate([grid, grid + 50], axis=1)
    answers = [box_answer(worker, true + rng.normal(0, 2, size=true.shape), ["cat"] * 10) for worker in range(5)]
    start = time.process_time()
    for _ in range(50):
        belief = box_belief(answers, COLD)
    assert (time.process_time() - start) / 50 < 0.01
    assert len(belief.objects) == 10
