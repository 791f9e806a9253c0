from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quality.core.shapes.panoptic import PanopticAnswer, panoptic_belief
from quality.core.shapes.skills import ShapeSkills

CLASSES = ["sky", "car", "bus"]
SKILLS = ShapeSkills.cold(CLASSES)
STUFF = frozenset({"sky"})
NAMES = {1: "sky", 2: "car", 3: "bus"}


def scene(shift: int = 0, **names: str) -> tuple[np.ndarray, dict[int, str]]:
    """Return a 10 x 10 image of sky with a car of 4 x 4 pixels."""
    segments = np.full((10, 10), 1)
    segments[4:8, 2 + shift : 6 + shift] = 7
    return segments, {1: "sky", 7: names.get("thing", "car")}


def test_majority_decides_each_pixel() -> None:
    answers = [PanopticAnswer(worker, *scene(shift)) for worker, shift in (("x", 0), ("y", 0), ("z", 1))]
    belief = panoptic_belief(answers, SKILLS, stuff=STUFF)
    names = {number: segment.label for number, segment in belief.of_segment.items()}
    (car,) = [number for number, name in names.items() if name == "car"]
    assert sorted(map(str, names.values())) == ["car", "sky"]
    assert ((belief.segments == car) == (scene()[0] == 7)).all()
    assert not belief.disputed.any()


def test_thing_that_one_of_five_invents_is_left_out_and_its_pixels_go_to_the_others_choice() -> None:
    empty = np.full((10, 10), 1)
    answers = [PanopticAnswer(worker, empty, {1: "sky"}) for worker in "wxyz"]
    answers.append(PanopticAnswer("inventor", *scene()))
    belief = panoptic_belief(answers, SKILLS, stuff=STUFF)
    assert [segment.label for segment in belief.of_segment.values()] == ["sky"]
    assert (belief.segments == 1).all()


def test_two_classes_for_one_thing_leave_it_without_a_name() -> None:
    answers = [PanopticAnswer("x", *scene()), PanopticAnswer("y", *scene(thing="bus"))]
    belief = panoptic_belief(answers, SKILLS, stuff=STUFF)
    assert None in {segment.label for segment in belief.of_segment.values()}


def test_what_most_call_nothing_is_nothing() -> None:
    nothing = np.zeros((10, 10), dtype=int)
    answers = [PanopticAnswer("x", nothing, {}), PanopticAnswer("y", nothing, {}), PanopticAnswer("z", *scene())]
    assert (panoptic_belief(answers, SKILLS, stuff=STUFF).segments == 0).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(images=st.lists(arrays(int, (4, 5), elements=st.integers(0, 3)), min_size=1, max_size=5))
def test_any_answers_give_every_pixel_to_one_named_segment(images: list[np.ndarray]) -> None:
    answers = [PanopticAnswer(number, segments, NAMES) for number, segments in enumerate(images)]
    belief = panoptic_belief(answers, SKILLS, stuff=STUFF)
    present = set(np.unique(belief.segments).tolist()) - {0}
    assert present == set(belief.of_segment)
    assert belief.segments.shape == (4, 5)
    assert all(0.0 <= segment.confidence <= 1.0 for segment in belief.of_segment.values())
    everybody = np.all([image != 0 for image in images], axis=0)
    assert (belief.segments[everybody] != 0).all()
    assert len(images) > 1 or not belief.disputed.any()


@pytest.mark.parametrize(
    "answers", [[], [PanopticAnswer("x", *scene()), PanopticAnswer("y", np.zeros((2, 2), dtype=int), {})]]
)
def test_no_answers_and_images_of_different_sizes_are_refused(answers: list[PanopticAnswer]) -> None:
    with pytest.raises(ValueError, match="one size"):
        panoptic_belief(answers, SKILLS)


def test_segment_without_a_class_is_refused() -> None:
    with pytest.raises(ValueError, match="without a class"):
        PanopticAnswer("x", np.ones((2, 2), dtype=int), {})
