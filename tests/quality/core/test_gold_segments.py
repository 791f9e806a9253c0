"""Segmented images against known ones, and details of things, worked by hand."""

from typing import Any

import numpy as np
import pytest

from labeling.core.conflicts import ConflictKind
from labeling.core.geometry.masks import Mask
from quality.core.gold.details import score_described
from quality.core.gold.scoring import GoldScore, match_class, match_classes
from quality.core.gold.segments import Segments, match_classes_of_pixels, match_segments

Json = dict[str, Any]
VOID = frozenset({"unknown"})
# A row of ten pixels, a letter each.
NAMES = {"c": "car", "d": "car", "b": "bus", "r": "road", "u": "unknown"}


def segments(row: str) -> Segments:
    letters = sorted(set(row))
    pixels = np.array(list(row))[None]
    return Segments([Mask.from_pixels(pixels == letter) for letter in letters], [NAMES[letter] for letter in letters])


def semantic(given: str, known: str) -> GoldScore:
    found = match_classes_of_pixels(segments(given), segments(known), void=VOID, min_similarity=0.5)
    return found.mean_iou([1.0] * len(found.iou), ())


def panoptic(given: str, known: str) -> GoldScore:
    found = match_segments(segments(given), segments(known), void=VOID, min_similarity=0.5)
    return found.panoptic_quality([1.0] * len(found.iou), ())


def kinds(score: GoldScore) -> list[tuple[str, int | None, int | None]]:
    return sorted((each.kind.value, each.given, each.known) for each in score.conflicts)


def test_the_mean_iou_is_over_the_classes_of_either_image() -> None:
    # car 4 of 6, road 4 of 6; the bus is nowhere in the known image.
    score = semantic("ccccbrrrrb", "cccccrrrrr")
    assert score.score == pytest.approx((4 / 5 + 4 / 5 + 0) / 3)
    assert kinds(score) == [("extra_annotation", 0, None)]
    low = semantic("crrrrrrrrr", "cccccrrrrr")
    assert low.score == pytest.approx((1 / 5 + 5 / 9) / 2)
    assert kinds(low) == [("low_overlap", 0, 0)]
    assert kinds(semantic("rrrrrrrrrr", "cccccrrrrr")) == [("missing_annotation", None, 0)]


def test_panoptic_quality_is_the_mean_over_classes() -> None:
    # One car of two is found (IoU 1), the other is missed; road gains its pixels: 6 of 8.
    score = panoptic("ccrrrrrrrr", "ccrrrrrrdd")
    assert score.score == pytest.approx((1 / 1.5 + 6 / 8) / 2)
    assert kinds(score) == [("missing_annotation", None, 1)]


def test_a_wrong_name_is_no_missing_and_extra_segment() -> None:
    score = panoptic("bbrrrrrrrr", "ccrrrrrrrr")
    assert kinds(score) == [("mismatching_label", 0, 0)]
    # Of three classes the road alone is right.
    assert score.score == pytest.approx(1 / 3)


def test_segments_that_meet_but_do_not_fit_are_of_low_overlap() -> None:
    score = panoptic("ccccrrrrrr", "crrrrrrrrr")
    assert kinds(score) == [("low_overlap", 0, 0)]


@pytest.mark.parametrize("score", [semantic, panoptic])
def test_pixels_that_are_void_in_the_known_image_are_left_out(score: object) -> None:
    assert callable(score)
    assert score("cccccrrrrr", "cccuuuurrr").score == 1.0
    assert score("cccbbbbrrr", "cccuuuurrr").score == 1.0
    assert score("cccuuuurrr", "ccccccrrrr").score < 1.0
    assert score("uuuuuuuuuu", "uuuuuuuuuu").score == 1.0


def test_sets_of_classes_are_scored_by_f1() -> None:
    found = match_classes(["cat", "dog"], ["dog", "cow", "ant"]).scored()
    assert found.score == pytest.approx(2 * 1 / 5)
    assert kinds(found) == [
        ("extra_annotation", 0, None),
        ("missing_annotation", None, 1),
        ("missing_annotation", None, 2),
    ]
    assert match_classes([], []).scored().score == 1.0


def test_half_a_pairs_credit_is_for_its_details() -> None:
    given = [{"id": "a", "class": "car", "attributes": {"parked": True, "doors": 4}}]
    known = [{"id": "b", "class": "car", "attributes": {"parked": True, "doors": 2}}]
    score = score_described(match_class("car", "car"), given, known, symmetric=frozenset())
    assert score.score == pytest.approx(0.75)
    assert [each.kind for each in score.conflicts] == [ConflictKind.MISMATCHING_ATTRIBUTES]
    bare = score_described(match_class("car", "car"), [{"id": "a", "class": "car"}], known, symmetric=frozenset())
    assert bare.score == pytest.approx(0.5)


@pytest.mark.parametrize(("symmetric", "expected"), [(frozenset[str](), 0.5), (frozenset({"beside"}), 1.0)])
def test_relations_count_between_what_was_found(symmetric: frozenset[str], expected: float) -> None:
    given: list[Json] = [
        {"id": "1", "class": "a", "relations": [{"name": "beside", "to": "2"}]},
        {"id": "2", "class": "b"},
    ]
    known: list[Json] = [
        {"id": "x", "class": "a"},
        {"id": "y", "class": "b", "relations": [{"name": "beside", "to": "x"}]},
    ]
    score = score_described(match_classes(["a", "b"], ["a", "b"]), given, known, symmetric=symmetric)
    # One way round, either end has a relation that the other side lacks there.
    assert score.score == pytest.approx(expected)
    assert {each.kind for each in score.conflicts} <= {ConflictKind.MISMATCHING_GROUPS}
