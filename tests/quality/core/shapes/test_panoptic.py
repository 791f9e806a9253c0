"""Segmented images: every pixel in one segment, or in none where most say so, whatever the answers are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labeling.core.geometry.masks import Mask
from quality.core.shapes.panoptic import SegmentedBelief, segmented_belief
from quality.core.shapes.segmented import SegmentedAnswer, segmented_task
from quality.core.shapes.skills import ShapeSkills

CLASSES = ["sky", "car", "bus", "unknown"]
SKILLS = ShapeSkills.cold(CLASSES)
STUFF, VOID = frozenset({"sky"}), frozenset({"unknown"})
NAMES = {1: "sky", 2: "car", 3: "bus", 4: "car", 5: "unknown"}
NOTHING = np.full((10, 10), 5)
Image = np.ndarray


def answer(worker: object, image: Image, names: Mapping[int, str] = NAMES) -> SegmentedAnswer:
    numbers = [number for number in np.unique(image).tolist() if number]
    masks = tuple(Mask.from_pixels(image == number) for number in numbers)
    return SegmentedAnswer(str(worker), masks, tuple(names[number] for number in numbers))


def concluded(*answers: SegmentedAnswer, stuff: frozenset[str] = STUFF) -> SegmentedBelief:
    return segmented_belief(segmented_task(answers, stuff=stuff, void=VOID), SKILLS)


def scene(shift: int = 0, thing: int = 2) -> Image:
    """Return a 10 x 10 image of sky with a car of 4 x 4 pixels."""
    image = np.full((10, 10), 1)
    image[4:8, 2 + shift : 6 + shift] = thing
    return image


def named(belief: SegmentedBelief) -> dict[str | None, Image]:
    return {each.label: each.mask.to_pixels() for each in belief.segments}


def test_majority_decides_each_pixel() -> None:
    belief = concluded(answer("x", scene()), answer("y", scene()), answer("z", scene(1)))
    found = named(belief)
    assert sorted(map(str, found)) == ["car", "sky"]
    assert (found["car"] == (scene() == 2)).all()
    assert belief.disputed_share == 0.0


def test_thing_that_one_of_five_invents_is_left_out_and_its_pixels_go_to_the_others_choice() -> None:
    empty = np.full((10, 10), 1)
    belief = concluded(*(answer(worker, empty) for worker in "wxyz"), answer("inventor", scene()))
    assert named(belief)["sky"].all()
    assert [each.label for each in belief.outvoted] == ["car"]


def test_two_classes_for_one_thing_leave_it_without_a_name() -> None:
    belief = concluded(answer("x", scene()), answer("y", scene(thing=3)))
    assert None in named(belief)


def test_what_most_call_nothing_is_nothing() -> None:
    belief = concluded(answer("x", NOTHING), answer("y", NOTHING), answer("z", scene()))
    assert not belief.segments


def test_the_disputed_share_counts_pixels_without_a_majority() -> None:
    left, right = np.full((10, 10), 1), np.full((10, 10), 1)
    left[:, :2], right[:, :2] = 2, 5
    # Two columns of ten are car to one and nothing to the other; the rest is sky to both.
    assert concluded(answer("x", left), answer("y", right)).disputed_share == pytest.approx(0.2)


def test_all_of_a_class_is_one_segment_where_no_class_has_instances() -> None:
    two_cars = scene()
    two_cars[:2, :2] = 4
    belief = concluded(answer("x", two_cars), answer("y", two_cars), stuff=frozenset(CLASSES) - VOID)
    assert sorted(map(str, named(belief))) == ["car", "sky"]
    assert named(belief)["car"].sum() == 20


def test_the_order_of_answers_and_of_segments_does_not_matter() -> None:
    answers = [answer("x", scene()), answer("y", scene(1, thing=3)), answer("z", scene(2, thing=4))]
    turned = [SegmentedAnswer(each.worker_id, each.masks[::-1], each.labels[::-1]) for each in answers[::-1]]
    one, other = concluded(*answers), concluded(*turned)
    assert one.confidence == pytest.approx(other.confidence)
    assert [(each.label, each.mask.to_runs()) for each in one.segments] == [
        (each.label, each.mask.to_runs()) for each in other.segments
    ]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    images=st.lists(arrays(int, (4, 5), elements=st.integers(0, 5)), max_size=5),
    stuff=st.sampled_from([STUFF, frozenset(CLASSES) - VOID]),
)
def test_any_answers_give_every_pixel_to_one_segment_at_most(images: list[Image], stuff: frozenset[str]) -> None:
    belief = concluded(*(answer(number, image) for number, image in enumerate(images)), stuff=stuff)
    covered = sum((each.mask.to_pixels().astype(int) for each in belief.segments), np.zeros((4, 5), dtype=int))
    assert covered.max() <= 1
    assert 0.0 <= belief.confidence <= 1.0
    if images:
        everybody = np.all([(image != 0) & (image != 5) for image in images], axis=0)
        assert covered[everybody].all()
    labels = [each.label for each in belief.segments if each.label in stuff]
    assert len(labels) == len(set(labels))
    assert len(images) > 1 or belief.disputed_share == 0.0


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.lists(arrays(bool, (4, 5)), max_size=3), min_size=1, max_size=3))
def test_masks_that_overlap_still_give_each_pixel_once(drawn: list[list[Image]]) -> None:
    answers = [
        SegmentedAnswer(str(worker), tuple(map(Mask.from_pixels, masks)), ("car",) * len(masks))
        for worker, masks in enumerate(drawn)
    ]
    belief = concluded(*answers)
    assert sum((each.mask.to_pixels().astype(int) for each in belief.segments), np.zeros((4, 5), int)).max() <= 1


def test_answers_of_another_image_size_than_most_are_left_out() -> None:
    odd = SegmentedAnswer("w", (Mask.from_pixels(np.ones((2, 2), dtype=bool)),), ("car",))
    belief = concluded(answer("x", scene()), answer("y", scene()), odd)
    assert {(each.mask.height, each.mask.width) for each in belief.segments} == {(10, 10)}
    assert belief.n_answers == 3


def test_segment_without_a_class_is_refused() -> None:
    with pytest.raises(ValueError, match="one label"):
        SegmentedAnswer("x", (Mask.from_pixels(np.ones((2, 2), dtype=bool)),), ())
